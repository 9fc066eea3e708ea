"""Reads SVG pictures: only shapes, gradients and clips pass; what could run, load or expand is refused."""

import re

from django.utils.translation import gettext as _
from lxml import etree

from sipcabinet.lib.pictures.records import SVG, Picture, PictureError, check_sides

_SPACE = "http://www.w3.org/2000/svg"
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
MOST_ELEMENTS = 2000
DEEPEST = 32
ELEMENTS = frozenset({
    "svg", "g", "defs", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "linearGradient",
    "radialGradient", "stop", "clipPath", "mask", "title", "desc",
})  # fmt: skip
# Presentation attributes: allowed as attributes and in `style`, which is taken apart (the CSP forbids styles).
LOOKS = frozenset({
    "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity", "stroke-linecap",
    "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray", "stroke-dashoffset", "opacity", "color", "stop-color",
    "stop-opacity", "clip-path", "clip-rule", "mask", "display", "visibility",
})  # fmt: skip
ATTRIBUTES = LOOKS | frozenset({
    "id", "viewBox", "width", "height", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy",
    "d", "points", "transform", "gradientTransform", "gradientUnits", "spreadMethod", "offset", "clipPathUnits",
    "maskUnits", "maskContentUnits", "preserveAspectRatio", "version", "pathLength",
})  # fmt: skip
# Programs that draw logos add these; they show nothing, so they are left out silently.
LEFT_OUT = frozenset({"metadata", "namedview"})
_BEFORE_PARSING = re.compile(rb"<!\s*(DOCTYPE|ENTITY)|<\?(?!xml\s)", re.IGNORECASE)
_LOCAL = re.compile(r"url\(\s*['\"]?#[\w.:-]+['\"]?\s*\)")
_LENGTH = re.compile(r"\s*(\d{1,7}(?:\.\d{1,6})?)\s*(?:px)?\s*")


def read(content: bytes) -> Picture:
    """The SVG, written anew from the allowed elements and attributes. Raises PictureError.

    A document type is refused before the parser sees it, so no entity is ever defined. Refused are also scripts,
    handlers of events, foreign content, links and references to anything but the file's own parts.
    """
    root = _parsed(content)
    _check_amount(root)
    clean = _copied(root)
    width, height = _size(root)
    check_sides(width, height)
    if clean.get("viewBox") is None:
        clean.set("viewBox", f"0 0 {width:g} {height:g}")
    written = etree.tostring(clean, encoding="utf-8", xml_declaration=True)
    return Picture(written, SVG, round(width), round(height))


def _refusal(message: str, code: str = "picture.unsafe") -> PictureError:
    return PictureError(message, code=code)


def _parsed(content: bytes) -> "etree._Element":
    if b"\0" in content or _BEFORE_PARSING.search(content):
        raise _refusal(_("В SVG есть DOCTYPE, сущности или инструкции обработки: сохраните его как «простой SVG»."))
    try:
        content.decode()
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True,
            remove_pis=True, encoding="utf-8",
        )  # fmt: skip
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise _refusal(_("SVG повреждён или записан не в UTF-8: сохраните его ещё раз."), "picture.broken") from None
    if root.tag not in {f"{{{_SPACE}}}svg", "svg"}:
        raise _refusal(_("Это не SVG: выберите другой файл."), "picture.format")
    return root


def _check_amount(root: "etree._Element") -> None:
    if sum(1 for _one in root.iter()) > MOST_ELEMENTS:
        raise _refusal(_("SVG слишком сложный: упростите рисунок."), "picture.complex")


def _copied(found: "etree._Element", depth: int = 0) -> "etree._Element":
    if depth > DEEPEST:
        raise _refusal(_("SVG слишком сложный: упростите рисунок."), "picture.complex")
    name = f"{{{_SPACE}}}{etree.QName(found).localname}"
    made = etree.Element(name, nsmap={None: _SPACE} if not depth else None)  # type: ignore[dict-item]
    for name, value in _attributes(found):
        made.set(name, value)
    if made.tag in {f"{{{_SPACE}}}title", f"{{{_SPACE}}}desc"}:
        made.text = found.text
        return made
    for child in found:
        if _is_shown(child):
            made.append(_copied(child, depth + 1))
    return made


def _is_shown(child: "etree._Element") -> bool:
    """Whether a child is copied; raises PictureError for an element that is not allowed."""
    name = etree.QName(child)
    if name.namespace not in {_SPACE, None} or name.localname in LEFT_OUT:
        if name.localname.lower() == "script":
            raise _refusal(_("В SVG есть скрипт: такой файл не принимается."))
        return False
    if name.localname in ELEMENTS - {"svg"}:
        return True
    if name.localname.lower() == "script":
        raise _refusal(_("В SVG есть скрипт: такой файл не принимается."))
    if name.localname == "text":
        raise _refusal(_("В SVG есть текст: преобразуйте его в контуры."))
    message = _("В SVG есть элемент «%(name)s»: оставьте только фигуры, контуры и градиенты.")
    raise _refusal(message % {"name": name.localname[:40]})


def _attributes(found: "etree._Element") -> list[tuple[str, str]]:
    kept: dict[str, str] = {}
    for raw, value in found.attrib.items():
        name = str(raw)
        if name.lower().startswith("on"):
            raise _refusal(_("В SVG есть обработчик события «%(name)s».") % {"name": name[:40]})
        if name in {"href", _XLINK_HREF} and not str(value).startswith("#"):
            raise _refusal(_("SVG ссылается на внешний файл: вставьте всё в сам рисунок."))
        if name == "style":
            kept |= _style(str(value))
        elif name in ATTRIBUTES:
            kept.setdefault(name, str(value))
    for name, value in kept.items():
        _check_value(name, value)
    return list(kept.items())


def _style(text: str) -> dict[str, str]:
    """The looks of `style="…"`; other properties show nothing in a logo and are left out."""
    _check_value("style", text)
    pairs = (part.partition(":") for part in text.split(";"))
    return {name.strip(): value.strip() for name, _colon, value in pairs if name.strip() in LOOKS}


def _check_value(name: str, value: str) -> None:
    bare = _LOCAL.sub("", value).lower()
    if any(part in bare for part in ("url(", "javascript:", "data:", "@import", "expression(", "//", "\\")):
        raise _refusal(_("SVG ссылается на внешний файл (%(name)s): вставьте всё в сам рисунок.") % {"name": name[:40]})


def _size(root: "etree._Element") -> tuple[float, float]:
    """Width and height of the view box, or the attributes `width` and `height`. Raises PictureError without both; a
    width that is larger than the bound counts although the view box is small."""
    told = [match for side in ("width", "height") if (match := _LENGTH.fullmatch(root.get(side, "")))]
    sides = [float(match[1]) for match in told]
    box = root.get("viewBox", "").replace(",", " ").split()
    try:
        _x, _y, width, height = (float(part) for part in box)
    except ValueError:
        if len(sides) != 2:
            message = _("У SVG не указан размер: нужен viewBox или width и height в точках.")
            raise _refusal(message, "picture.sides") from None
        width, height = sides
    if not (0 < width < float("inf") and 0 < height < float("inf")):
        raise _refusal(_("Размер SVG указан неверно."), "picture.sides")
    return max(width, *sides[:1]) if sides else width, max(height, *sides[1:]) if sides[1:] else height
