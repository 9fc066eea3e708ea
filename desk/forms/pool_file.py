"""Ranges of numbers from a file (4.13): read within bounds, compared with what is there, applied whole."""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core import signing
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.forms import Form
from sipcabinet.lib.tables import Bounds, Problem, TableColumn, TableFileError, check, read
from sipcabinet.lib.tables.columns import text
from subscribers.errors import NumberError
from subscribers.models import NumberRange
from subscribers.services import number_ranges
from subscribers.services.number_ranges import Ends

BOUNDS = Bounds(most_bytes=1024 * 1024, most_unpacked=16 * 1024 * 1024, most_rows=1000, most_columns=10)
COLUMNS = (
    TableColumn(
        key="first", title=gettext_lazy("Первый номер"), read=text(40), hint=gettext_lazy("17 270-00-00"), width=20
    ),
    TableColumn(
        key="last",
        title=gettext_lazy("Последний номер"),
        read=text(40),
        hint=gettext_lazy("17 270-00-99; этот номер тоже входит в диапазон"),
        width=20,
    ),
    TableColumn(
        key="note",
        title=gettext_lazy("Примечание"),
        read=text(number_ranges.NOTE_LENGTH),
        is_required=False,
        default="",
        hint=gettext_lazy("необязательно"),
        width=40,
    ),
)
_SALT, _DAY = "sipcabinet.desk.pool_file", 24 * 3600


@dataclass(slots=True)
class Comparison:
    """The ranges of a file: those to add, how many are known already, and the faults of the others."""

    new: list[Ends] = field(default_factory=list)
    known: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def numbers(self) -> int:
        """How many numbers the new ranges have together."""
        return sum(ends.size for ends in self.new)


class RangesFileForm(Form):
    """A CSV or XLSX file; after reading it, `comparison` holds what it would add, or its faults."""

    file = forms.FileField(
        label=gettext_lazy("Файл CSV или XLSX"),
        help_text=gettext_lazy("До 1 МБ и 1000 строк. Колонки: «Первый номер», «Последний номер», «Примечание»"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
        error_messages={
            "required": gettext_lazy("Выберите файл с диапазонами"),
            "empty": gettext_lazy("Файл пустой. Выберите файл с таблицей"),
            "invalid": gettext_lazy("Выберите файл с диапазонами"),
        },
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self.comparison = Comparison()

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        try:
            checked = check(read(file.read(BOUNDS.most_bytes + 1), BOUNDS), COLUMNS)
        except TableFileError as refusal:
            raise forms.ValidationError(refusal.message) from None
        self.comparison = _compared(checked.rows, checked.problems)
        if wrong := len(self.comparison.problems):
            raise forms.ValidationError(_("Ошибок в файле: %(count)d. Ничего не внесено") % {"count": wrong})
        return file


def _compared(rows: Any, problems: list[Problem]) -> Comparison:
    """Each row against the ranges that are there, and against the rows before it."""
    found = Comparison(problems=list(problems))
    known = set(NumberRange.objects.values_list("first", "last"))
    seen: list[tuple[int, Ends]] = []
    for row in rows:
        try:
            ends = number_ranges.checked(**row.values)
            if (ends.first, ends.last) in known:
                found.known += 1
                continue
            _require_apart(ends, seen)
        except DomainError as refusal:
            title = next((one.title for one in COLUMNS if one.key == getattr(refusal, "field", "")), "")
            told = f"{row.values['first']} – {row.values['last']}"
            found.problems.append(Problem(row.number, "", str(title), told, refusal.message))
        else:
            seen.append((row.number, ends))
            found.new.append(ends)
    found.problems.sort(key=lambda one: one.row)
    return found


def _require_apart(ends: Ends, seen: list[tuple[int, Ends]]) -> None:
    if (other := number_ranges.overlapping(ends)) is not None:
        raise NumberError("overlap", _("Эти номера уже есть в диапазоне %(range)s") % {"range": other}, "first")
    for number, before in seen:
        if ends.first <= before.last and before.first <= ends.last:
            message = _("Эти номера есть и в строке %(row)d")
            raise NumberError("overlap", message % {"row": number}, "first")


def seal(comparison: Comparison) -> str:
    """The shown ranges for a hidden field: nobody can alter them."""
    return signing.dumps([[one.first, one.last, one.note] for one in comparison.new], salt=_SALT, compress=True)


def unseal(sealed: str) -> list[Ends] | None:
    """The ranges that were shown; None if they were not sealed here, or longer than a day ago."""
    try:
        return [Ends(*one) for one in signing.loads(sealed, salt=_SALT, max_age=_DAY)]
    except signing.BadSignature:
        return None
