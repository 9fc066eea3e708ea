"""Forms of the customer's page: a reason for a change, a note, a letter to send, a period."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.forms.payments import DayField
from desk.services import notes
from sipcabinet.lib.forms import Form
from sipcabinet.lib.sent_once import TokenField

REASON_LENGTH = 200


class ConfirmForm(Form):
    """Nothing to fill in: the page shows what will happen, and the button confirms it."""

    token = TokenField()


class RecipientForm(ConfirmForm):
    """Which of these addresses a letter goes to; the first one is chosen unless the person chooses another."""

    recipient = forms.ChoiceField(
        label=_("Куда отправить"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Выберите адрес"),
            "invalid_choice": _("Такого адреса у клиента нет: выберите один из предложенных."),
        },
    )

    def __init__(self, addresses: Sequence[str], data: Any = None) -> None:
        super().__init__(data, initial={"recipient": next(iter(addresses), None)})
        field: Any = self.fields["recipient"]
        field.choices = [(address, address) for address in addresses]


class ReasonForm(ConfirmForm):
    """A reason that the customer reads in his journal."""

    reason = forms.CharField(
        label=_("Основание"),
        max_length=REASON_LENGTH,
        help_text=_("Клиент прочтёт его в журнале действий"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-full"}),
        error_messages={"required": _("Укажите основание: клиент прочтёт его в журнале действий")},
    )


class ExemptForm(ReasonForm):
    """Through which day debts do not bar calls, and why."""

    until = DayField(label=_("Не ограничивать по (включительно)"), required=_("Укажите последний день отсрочки"))
    field_order = ("until", "reason")


class EndExemptionForm(ReasonForm):
    """Why an exemption is withdrawn; `seen` is the exemption that the page shows."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)


class StrikeForm(ConfirmForm):
    """Why a note is struck out."""

    reason = forms.CharField(
        label=_("Почему заметка больше не верна"),
        max_length=notes.WHY_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "w-full"}),
        error_messages={"required": _("Укажите, почему заметка больше не верна")},
    )


class NoteForm(ConfirmForm):
    """A new note."""

    text = forms.CharField(
        label=_("Заметка"),
        max_length=notes.TEXT_LENGTH,
        help_text=_("Видят только сотрудники. Изменить и удалить заметку нельзя, только зачеркнуть"),
        widget=forms.Textarea(attrs={"rows": 3, "class": "w-full"}),
        error_messages={"required": _("Введите текст заметки")},
    )
