"""The form that corrects lines of an invoice: a new sum, or a share of the present one, for each line (4.7)."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from billing.services import money_terms
from billing.services.adjustments import MoneyError
from billing.services.money_terms import ChargeChange
from desk.forms.money import MoneyForm
from desk.selectors.correctable import Row
from sipcabinet.lib import money

MOST_PERCENT = Decimal(1000)


class NewSumField(forms.CharField):
    """`12,50`, or `80 %` of what the line costs now; empty leaves the line as it is. Gives the new net, BYN."""

    def __init__(self, row: Row) -> None:
        self.row = row
        super().__init__(
            label=row.title,
            required=False,
            max_length=20,
            widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "class": "w-s", "size": 10}),
        )

    def clean(self, value: Any) -> Decimal | None:
        text = str(super().clean(value)).strip()
        if not text:
            return None
        return self._share(text[:-1]) if text.endswith("%") else self._sum(text)

    def _sum(self, text: str) -> Decimal:
        try:
            found = money_terms.read_sum(text)
        except MoneyError as refusal:
            raise forms.ValidationError(refusal.message) from None
        if found < 0:
            raise forms.ValidationError(_("Сумма не может быть меньше нуля"))
        return found

    def _share(self, text: str) -> Decimal:
        try:
            percent = Decimal("".join(text.split()).replace(",", "."))
        except InvalidOperation:
            raise forms.ValidationError(_("Введите долю числом: 80 %")) from None
        if not percent.is_finite() or not 0 <= percent <= MOST_PERCENT:
            raise forms.ValidationError(_("Доля бывает от 0 до 1000 %"))
        return money.kopecks(self.row.now * percent / 100)


class CorrectionForm(MoneyForm):
    """`rows`: what may be corrected; a field for each (`net-<key>`)."""

    def __init__(self, data: Any = None, *, rows: Sequence[Row]) -> None:
        super().__init__(data)
        self.rows = {f"net-{row.key}": row for row in rows}
        for name, row in self.rows.items():
            self.fields[name] = NewSumField(row)
        reason = self.fields["reason"]
        reason.help_text = _("Печатается в корректировке: клиент его прочтёт")

    @property
    def lines(self) -> list[tuple[Row, Any]]:
        """Each line with its field, for the table of the form."""
        return [(row, self[name]) for name, row in self.rows.items()]

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or self.cleaned_data
        if not any(name in self.errors for name in self.rows) and not any(
            told.get(name) is not None for name in self.rows
        ):
            raise forms.ValidationError(_("Введите новую сумму или долю хотя бы в одной строке"))
        return told

    @property
    def changes(self) -> list[ChargeChange]:
        """The changed charges of a valid form."""
        filled = ((row, self.cleaned_data[name]) for name, row in self.rows.items())
        return [change for row, net in filled if net is not None for change in row.changed_to(net)]

    @property
    def filled(self) -> list[tuple[Row, Decimal]]:
        """The lines that a valid form changes, with their new net."""
        named = ((row, self.cleaned_data[name]) for name, row in self.rows.items())
        return [(row, net) for row, net in named if net is not None]
