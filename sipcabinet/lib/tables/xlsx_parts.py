"""Parts of an XLSX file as expat reads them: the book, its relations, the shared texts, the styles."""

import re
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from sipcabinet.lib.tables.bounds import Bounds, TableFileError

_DEEPEST = 50  # elements inside each other
_MOST_ELEMENTS = 1_000_000  # of one part: 20,000 rows of 20 cells have 840,000
# Numbers of Excel's own formats of dates and times.
_OWN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


class Part:
    """Base of the parts. A subclass defines `start` and `end` of an element; names come without their namespace.

    A document type is refused: with it, a few bytes may stand for gigabytes, or for a file of the server.
    """

    def __init__(self) -> None:
        self.depth = self.elements = 0
        self.events = 0  # how often expat has found something whole
        self.text: list[str] | None = None  # where the text between tags goes now

    def parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        return parser

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.events += 1
        self.depth += 1
        self.elements += 1
        if self.depth > _DEEPEST:
            raise damaged()
        if self.elements > _MOST_ELEMENTS:
            raise TableFileError(_("В книге Excel слишком много ячеек: оставьте один лист без пустых строк и стилей"))
        self.start(name.rpartition(" ")[2], attributes)

    def _end(self, name: str) -> None:
        self.events += 1
        self.depth -= 1
        self.end(name.rpartition(" ")[2])

    def _characters(self, data: str) -> None:
        self.events += 1
        if self.text is not None:
            self.text.append(data)

    def taken(self) -> str:
        """The text that was collected; nothing is collected any more."""
        found, self.text = "".join(self.text or ()), None
        return found


def damaged() -> TableFileError:
    return TableFileError(_("Книга Excel повреждена. Сохраните её заново как XLSX"))


def _refuse(*_declared: Any) -> None:
    raise TableFileError(_("В книге Excel есть объявления XML (DOCTYPE, ENTITY): такие файлы не читаются"))


def _attribute(attributes: dict[str, str], name: str) -> str:
    """The value of an attribute in any namespace."""
    return next((value for key, value in attributes.items() if key.rpartition(" ")[2] == name), "")


class Book(Part):
    """workbook.xml: the relation of the first sheet, and the calendar."""

    def __init__(self) -> None:
        super().__init__()
        self.first_sheet = ""
        self.is_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet" and not self.first_sheet:
            # `id` is also in the namespace of relations; `sheetId` is another attribute.
            self.first_sheet = _attribute(attributes, "id")
        elif name == "workbookPr":
            self.is_1904 = attributes.get("date1904") in {"1", "true"}


class Relations(Part):
    """workbook.xml.rels: the path of a relation."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def path_of(self, relation: str) -> str:
        """The path inside the archive; only names of the archive's own table of contents are ever opened."""
        target = self.targets.get(relation, "")
        return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


class Texts(Part):
    """sharedStrings.xml: the texts that cells refer to by number. Readings beside a text (`rPh`) are left out.

    A text longer than a cell may be is refused here: thousands of cells may refer to it.
    """

    def __init__(self, bounds: Bounds) -> None:
        super().__init__()
        self.values: list[str] = []
        self._most = bounds.most_characters
        self._runs: list[str] = []
        self._is_reading = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self._runs = []
        elif name == "rPh":
            self._is_reading = True
        elif name == "t" and not self._is_reading:
            self.text = []

    def end(self, name: str) -> None:
        if name == "t" and self.text is not None:
            self._runs.append(self.taken())
        elif name == "rPh":
            self._is_reading = False
        elif name == "si":
            text = "".join(self._runs).strip()
            if len(text) > self._most:
                raise TableFileError(_("В одной ячейке больше %(most)d знаков") % {"most": self._most})
            self.values.append(text)


class Styles(Part):
    """styles.xml: which cell formats show a date."""

    def __init__(self) -> None:
        super().__init__()
        self.are_dates: list[bool] = []
        self._own: set[str] = set()
        self._is_in_cells = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt" and _shows_date(attributes.get("formatCode", "")):
            self._own.add(attributes.get("numFmtId", ""))
        elif name == "cellXfs":
            self._is_in_cells = True
        elif name == "xf" and self._is_in_cells:
            number = attributes.get("numFmtId", "0")
            self.are_dates.append(number in self._own or (number.isdecimal() and int(number[:5]) in _OWN_DATES))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._is_in_cells = False


def _shows_date(code: str) -> bool:
    bare = _QUOTED.sub("", code).casefold()
    return "y" in bare or "d" in bare or ("m" in bare and "0" not in bare and "#" not in bare)
