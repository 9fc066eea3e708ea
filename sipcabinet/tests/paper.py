"""The layout of documents on paper: the content of each page, without writing a PDF."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.template.loader import render_to_string
from weasyprint import HTML

from sipcabinet.lib.pdf import engine

ROW, END = "row", "end"
ENDS = {"ending", "totals", "payable", "signatures", "pen", "where"}
KEPT = 2  # at least so many rows of the table stay on the page of an end


def layout(template: str, context: Mapping[str, Any], pictures: Mapping[str, bytes] | None = None) -> list[list[str]]:
    """Rows and ends of each page of a document, as `layout_of` returns them."""
    return layout_of(render_to_string(template, {**context, "title": "Документ", "author": "Оператор"}), pictures)


def layout_of(html: str, pictures: Mapping[str, bytes] | None = None) -> list[list[str]]:
    """Rows and ends of each page in their order; `pictures` as for `pdf.render`. Rows are items of lists, and rows of
    tables with a head, without the rows of headings. Ends are totals, signatures, and sums to pay."""
    warm = engine._engine()
    warm.fetcher.pictures = pictures or {}
    document = HTML(string=html, base_url=warm.base_url, url_fetcher=warm.fetcher)
    pages = document.render(stylesheets=warm.stylesheets, font_config=warm.fonts).pages
    return [list(_marks(page._page_box)) for page in pages]


def loose_ends(pages: list[list[str]]) -> list[str]:
    """Messages about ends with fewer than KEPT rows above them on their page, although the document has such rows."""
    found, before = [], 0
    for number, page in enumerate(pages, 1):
        rows = 0
        for mark in page:
            if mark == ROW:
                rows, before = rows + 1, before + 1
            elif rows < min(KEPT, before):
                found.append(f"page {number}: {mark} after {rows} rows")
    return found


def _marks(box: Any, *, counted: bool = False) -> Iterator[str]:
    tag, own = box.element_tag, type(box).__name__
    classes: set[str] = set()
    if box.element is not None and "::" not in tag and own != "LineBox":  # a line box also has an element: its parent
        classes = set((box.element.get("class") or "").split())
        if tag == "table":
            counted = box.element.find("thead") is not None
        if ends := ENDS & classes:
            yield f"{END}:{min(ends)}"
    if (own == "TableRowBox" and counted and not classes & {"group", "total"} and not _is_head(box)) or (
        tag == "li" and own == "BlockBox"
    ):
        yield ROW
    for child in getattr(box, "children", ()):
        yield from _marks(child, counted=counted)


def _is_head(row: Any) -> bool:
    return all(cell.element.get("scope") == "col" for cell in row.children)
