"""Forms that order the documents of invoices (2.3.1, 2.3.2, 2.3.5)."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account
from billing.models import Invoice
from billing.selectors import current_charges
from billing.selectors.invoices import MonthOfInvoice
from sipcabinet.lib import clock, money, phones
from sipcabinet.lib.forms import Form
from sipcabinet.lib.options import Option
from sipcabinet.lib.periods import Month
from sipcabinet.lib.radio import RadioField
from sipcabinet.lib.sent_once import TokenField

WHOLE, LISTED = "account", "list"
LONGEST_LIST = 100_000
MOST_NUMBERS = 3_000
MOST_NAMED = 10
_BETWEEN = re.compile(r"[\n\r,;]+")


class InvoiceMonthForm(Form):
    """One of the two previous months; a month without an issued invoice is shown, but cannot be chosen."""

    month = RadioField(
        gettext_lazy("Период"),
        missing=gettext_lazy("Выберите месяц"),
        unknown=gettext_lazy("Выберите один из двух предыдущих месяцев"),
    )
    token = TokenField()

    def __init__(self, data: Any = None, *, months: Sequence[MonthOfInvoice]) -> None:
        issued = [one.month.code for one in months if one.invoice]
        super().__init__(data, initial={"month": issued[0] if issued else ""})
        self._months = {one.month.code: one for one in months}
        field: Any = self.fields["month"]
        field.choices = [(one.month.code, _option(one)) for one in months]

    def clean_month(self) -> str:
        code: str = self.cleaned_data["month"]
        if self._months[code].invoice is None:
            raise forms.ValidationError(_not_issued(self._months[code]))
        return code

    @property
    def invoice(self) -> Invoice:
        """The invoice of a valid form."""
        found = self._months[self.cleaned_data["month"]].invoice
        if found is None:
            raise LookupError("a valid form names an issued invoice")
        return found


class PreliminaryForm(Form):
    """Asks whose preliminary invoice: of the whole account, or of typed numbers."""

    whose = RadioField(
        gettext_lazy("По каким абонентам"),
        choices=[
            (WHOLE, Option(str(gettext_lazy("Лицевой счёт")), detail=str(gettext_lazy("все абоненты")))),
            (LISTED, Option(str(gettext_lazy("Ввести свой список абонентов")))),
        ],
        initial=WHOLE,
        missing=gettext_lazy("Отметьте «Лицевой счёт» или «Ввести свой список абонентов»"),
    )
    numbers = forms.CharField(
        label=gettext_lazy("Список абонентов"),
        required=False,
        max_length=LONGEST_LIST,
        error_messages={"required": gettext_lazy("Введите хотя бы один номер абонента")},
        widget=forms.Textarea(attrs={"rows": 5, "class": "w-full"}),
        help_text=gettext_lazy(
            "Заполните, если отметили свой список. Номера через запятую или с новой строки, в любом написании. "
            "Пример: +375 44 711-20-30, 80447112031. Номера SIP-соединения перечислите отдельно."
        ),
    )
    token = TokenField()

    def __init__(self, data: Any = None, *, account: Account, month: Month) -> None:
        super().__init__(data, initial={"whose": WHOLE})
        self._account, self._month = account, month
        self.fields["numbers"].required = bool(data and data.get("whose") == LISTED)
        self.subscriber_ids: list[int] | None = None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("whose") == LISTED and "numbers" in cleaned:
            try:
                self.subscriber_ids = self._listed(cleaned["numbers"])
            except forms.ValidationError as refusal:
                self.add_error("numbers", refusal)
        return cleaned

    def _listed(self, text: str) -> list[int]:
        """Primary keys of the subscribers with the typed numbers; raises ValidationError that names numbers not
        found."""
        typed = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
        if not typed:
            raise forms.ValidationError(_("Введите хотя бы один номер абонента"))
        if len(typed) > MOST_NUMBERS:
            raise forms.ValidationError(
                _("Слишком много номеров: можно не больше %(count)d. Закажите счёт по всему лицевому счёту")
                % {"count": MOST_NUMBERS}
            )
        read = {part: _read(part) for part in typed}
        known = current_charges.by_phones(self._account, self._month, {phone for phone in read.values() if phone})
        unknown = [phones.display(phone) if phone else part for part, phone in read.items() if phone not in known]
        if unknown:
            raise forms.ValidationError(_unknown(list(dict.fromkeys(unknown))))
        return sorted({pk for ids in known.values() for pk in ids})


def _option(one: MonthOfInvoice) -> Option:
    if one.invoice is None:
        return Option(one.month.label_title, detail=_not_issued(one), disabled=True)
    facts = {"number": one.invoice.number, "day": clock.show_date(one.invoice.issued_on)}
    detail = _("счёт № %(number)s от %(day)s") % facts
    if one.corrected:
        detail = f"{detail}, {one.corrected.words}"
    return Option(one.month.label_title, detail=detail, price=money.show_byn(one.invoice.total))


def _not_issued(one: MonthOfInvoice) -> str:
    if one.is_late:
        return _("Счёт за этот месяц не выставлен")
    return _("Счёт ещё не выставлен, ожидается %(day)s") % {"day": clock.show_date(one.expected_on)}


def _read(text: str) -> str | None:
    try:
        return phones.parse(text)
    except phones.PhoneError:
        return None


def _unknown(names: Sequence[str]) -> str:
    shown, more = ", ".join(name[:40] for name in names[:MOST_NAMED]), len(names) - MOST_NAMED
    if more > 0:
        shown = _("%(shown)s и ещё %(more)d") % {"shown": shown, "more": more}
    return _("Среди абонентов лицевого счёта в этом месяце нет: %(shown)s. Исправьте список") % {"shown": shown}
