"""The filters of the staff's journal (4.10)."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.forms.payments import DayField
from desk.selectors import journal
from desk.selectors.journal import LOOK_KINDS, Wanted, What, Who
from desk.selectors.journal_groups import ActionGroup
from sipcabinet.lib.forms import Form
from sipcabinet.lib.periods import midnight

SHORTEST_TEXT = 3  # letters: the index of texts is made of threes
_YEARS = range(2000, 2100)


def _people() -> list[Any]:
    people = [(str(user.pk), f"{user.name or user}") for user in journal.staff()]
    return [("", _("Все")), *Who.choices, (_("Сотрудники"), people)]


def _kinds() -> list[Any]:
    return [
        ("", _("Действия и просмотры")),
        *What.choices,
        (_("Действия"), ActionGroup.choices),
        (_("Просмотры"), LOOK_KINDS),
    ]


class OptionalDay(DayField):
    """A day that may be left out, of years that the journal can have."""

    def __init__(self, label: Any) -> None:
        super().__init__(label=label, required="")
        self.required = False

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and value.year not in _YEARS:
            raise ValidationError(_("Проверьте год"))


class JournalForm(Form):
    """Who, what, whose account, when, from where, and a part of the text; `wanted` has the checked values. `codes` are
    all action codes of the journal."""

    who = forms.ChoiceField(label=gettext_lazy("Кто"), required=False)
    what = forms.ChoiceField(label=gettext_lazy("Что"), required=False, choices=_kinds)
    account = forms.CharField(
        label=gettext_lazy("Лицевой счёт, УНП или клиент"), required=False, max_length=100, strip=True
    )
    start = OptionalDay(gettext_lazy("С"))
    end = OptionalDay(gettext_lazy("По"))
    address = forms.GenericIPAddressField(label=gettext_lazy("IP-адрес"), required=False)
    text = forms.CharField(label=gettext_lazy("Текст"), required=False, max_length=100, strip=True)
    code = forms.CharField(
        label=gettext_lazy("Код действия"),
        required=False,
        max_length=60,
        strip=True,
        widget=forms.TextInput({"list": "journal-codes", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = journal.codes()
        cast("forms.ChoiceField", self.fields["who"]).choices = _people()

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if text and len(text) < SHORTEST_TEXT:
            raise ValidationError(_("Введите не меньше трёх знаков"))
        return text

    def clean_account(self) -> list[int] | None:
        text: str = self.cleaned_data["account"]
        if not text:
            return None
        found = journal.accounts_of(text)
        if not found:
            raise ValidationError(_("Такого лицевого счёта или клиента нет"))
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and end and end < start:
            self.add_error("end", _("Конец раньше начала"))
        return cleaned

    @property
    def wanted(self) -> Wanted:
        """The checked filters; call it after `is_valid`."""
        told = self.cleaned_data
        start, end = told["start"], told["end"]
        return Wanted(
            who=told["who"],
            what=told["what"],
            code=told["code"],
            known_codes=self.codes,
            accounts=told["account"],
            start=midnight(start) if start else None,
            end=midnight(end + timedelta(days=1)) if end else None,
            address=told["address"],
            text=told["text"],
        )
