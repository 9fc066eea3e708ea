"""Forms of the register of written applications: its filters, and a new paper with its scan."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from accounts.models import ApplicationKind, ApplicationState, WrittenApplication
from accounts.selectors.applications import Selection
from accounts.services import applications
from billing.forms.desk_payments import AccountNumberField
from billing.forms.payments import DayField
from desk.forms.moments import MomentField
from sipcabinet.lib import clock, refusals, scans
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.forms import Form
from sipcabinet.lib.sent_once import TokenField

EARLIEST = date(2000, 1, 1)
EVERY = "all"
ACCOUNT_EXAMPLE = {"placeholder": "400100033", "class": "w-s"}


class FilterForm(Form):
    """Which papers the list shows. Without a query: those that wait."""

    state = forms.ChoiceField(
        label=gettext_lazy("Состояние"),
        required=False,
        choices=[
            (ApplicationState.RECEIVED, gettext_lazy("ждут решения")),
            (ApplicationState.DONE, gettext_lazy("выполнены")),
            (ApplicationState.REFUSED, gettext_lazy("отказано")),
            (ApplicationState.WITHDRAWN, gettext_lazy("отозваны")),
            (EVERY, gettext_lazy("все")),
        ],
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Вид"), required=False, choices=[("", gettext_lazy("все виды")), *ApplicationKind.choices]
    )
    account = AccountNumberField()
    since = DayField(label=gettext_lazy("Получены с"), required="")
    until = DayField(label=gettext_lazy("по"), required="")

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["account"].label = _("Лицевой счёт")
        self.fields["account"].widget.attrs.update(ACCOUNT_EXAMPLE)
        for name in ("account", "since", "until"):
            self.fields[name].required = False

    def clean_since(self) -> date | None:
        return _possible(self.cleaned_data["since"])

    def clean_until(self) -> date | None:
        return _possible(self.cleaned_data["until"])

    @property
    def selection(self) -> Selection:
        """What the valid form selects."""
        state = self.cleaned_data["state"] or ApplicationState.RECEIVED
        return Selection(
            state="" if state == EVERY else state,
            kind=self.cleaned_data["kind"],
            account=self.cleaned_data["account"],
            since=self.cleaned_data["since"],
            until=self.cleaned_data["until"],
        )


def _possible(day: date | None) -> date | None:
    if day is not None and not EARLIEST <= day <= clock.today():
        raise forms.ValidationError(_("Введите день не позже сегодняшнего"))
    return day


class RegisterForm(Form):
    """A paper as it came, with its scan. `token`: a form sent twice writes one row."""

    account = AccountNumberField()
    kind = forms.ChoiceField(
        label=gettext_lazy("О чём заявление"),
        choices=[("", gettext_lazy("выберите")), *ApplicationKind.choices],
        error_messages={"required": gettext_lazy("Выберите, о чём заявление")},
    )
    number = forms.CharField(
        label=gettext_lazy("Номер заявления"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Как на бумаге. Если номера нет, оставьте пустым: будет «б/н»"),
        widget=forms.TextInput(attrs={"class": "w-s", "autocomplete": "off"}),
    )
    written_on = DayField(label=gettext_lazy("Дата заявления"), required=gettext_lazy("Введите дату заявления"))
    received_at = MomentField(
        label=gettext_lazy("Когда получено"), required=gettext_lazy("Введите, когда получено заявление")
    )
    scan = forms.FileField(
        label=gettext_lazy("Скан заявления"),
        help_text=gettext_lazy("Один файл PDF, JPEG или PNG до 10 МБ, со всеми страницами и подписью"),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
        error_messages={
            "required": gettext_lazy("Выберите файл со сканом"),
            "invalid": gettext_lazy("Выберите файл со сканом"),
            "empty": gettext_lazy("Файл пустой. Выберите файл со сканом"),
        },
    )
    note = forms.CharField(
        label=gettext_lazy("Примечание"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Для сотрудников; клиент его не увидит"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    token = TokenField()

    def __init__(self, data: Any = None, sent: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, sent, initial={"received_at": clock.now().replace(second=0)} | (initial or {}))
        self.fields["account"].widget.attrs["class"] = "w-s"

    def clean_written_on(self) -> date:
        day: date = self.cleaned_data["written_on"]
        if day < EARLIEST:
            raise forms.ValidationError(_("Проверьте дату заявления"))
        return day

    def clean_scan(self) -> scans.Scan:
        file = self.cleaned_data["scan"]
        try:
            return scans.checked(file, name=file.name, size=file.size)
        except scans.ScanError as refusal:
            raise forms.ValidationError(refusal.message) from None

    def register(self, by: Actor) -> WrittenApplication | None:
        """Writes the valid form into the register; None after a refusal, which is shown beside its field."""
        told = {name: value for name, value in self.cleaned_data.items() if name != "token"}
        try:
            return applications.register(by=Actor(by.user, by.address, token=self.cleaned_data["token"]), **told)
        except DomainError as refusal:
            refusals.show(self, refusal)
        return None
