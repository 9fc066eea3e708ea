"""Forms that decide about one written application. Each `carry_out` returns None after a refusal, which it shows."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from accounts.models import User, WrittenApplication
from accounts.services import application_changes, applications
from sipcabinet.lib import phones, refusals
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.forms import Form
from subscribers.models import PlanKind, Subscriber, SubscriberStatus

REFUSE, WITHDRAW = "refuse", "withdraw"


class NumberForm(Form):
    """Which number of the account the paper is about; the next page makes the change."""

    phone = forms.CharField(
        label=gettext_lazy("Номер из заявления"),
        max_length=40,
        widget=forms.TextInput(attrs={"class": "w-m", "inputmode": "tel", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Введите номер из заявления")},
    )

    def __init__(self, paper: WrittenApplication, data: Any = None, *, trunks: bool) -> None:
        super().__init__(data)
        rows = Subscriber.objects.filter(account=paper.account).exclude(status=SubscriberStatus.CLOSED)
        self.subscribers = rows.filter(kind=PlanKind.TRUNK) if trunks else rows
        self._trunks = trunks

    def clean_phone(self) -> Subscriber:
        try:
            phone = phones.parse(self.cleaned_data["phone"])
        except phones.PhoneError as refusal:
            raise forms.ValidationError(refusal.message) from None
        found = self.subscribers.filter(phone=phone).first()
        if found is None:
            raise forms.ValidationError(
                _("У этого лицевого счёта нет действующего SIP-соединения с таким номером")
                if self._trunks
                else _("У этого лицевого счёта нет действующего абонента с таким номером")
            )
        return found


class DoneForm(Form):
    """What was done by hand, on other pages of the desk."""

    answer = forms.CharField(
        label=gettext_lazy("Что сделано"),
        max_length=applications.ANSWER_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Напишите, что сделано по заявлению")},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="done_%s")  # the other form of the page has the same field

    def carry_out(self, paper: WrittenApplication, by: Actor) -> WrittenApplication | None:
        try:
            return applications.carry_out(application=paper, done=self.cleaned_data["answer"], by=by)
        except DomainError as refusal:
            refusals.show(self, refusal)
        return None


class NoForm(Form):
    """Not carried out, and why."""

    how = forms.ChoiceField(
        label=gettext_lazy("Почему заявление не выполняется"),
        widget=forms.RadioSelect,
        choices=[
            (REFUSE, gettext_lazy("отказать клиенту")),
            (WITHDRAW, gettext_lazy("отозвано клиентом или внесено по ошибке")),
        ],
        error_messages={"required": gettext_lazy("Выберите: отказ или отзыв")},
    )
    answer = forms.CharField(
        label=gettext_lazy("Причина"),
        help_text=gettext_lazy("При отказе клиент прочтёт её в письме: напишите, что ему делать"),
        max_length=applications.ANSWER_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Укажите причину")},
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="no_%s")

    def carry_out(self, paper: WrittenApplication, by: Actor) -> WrittenApplication | None:
        step = applications.refuse if self.cleaned_data["how"] == REFUSE else applications.withdraw
        try:
            return step(application=paper, reason=self.cleaned_data["answer"], by=by)
        except DomainError as refusal:
            refusals.show(self, refusal)
        return None


class EmailForm(Form):
    """The registered E-mail as the paper says. The first sending shows the effect, the second one (`confirmed` repeats
    the address) changes it."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail из заявления"),
        widget=forms.EmailInput(attrs={"class": "w-m", "autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Введите E-mail из заявления"),
            "invalid": gettext_lazy("Проверьте E-mail: office@company.by"),
        },
    )
    confirmed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, paper: WrittenApplication, data: Any = None, **rest: Any) -> None:
        super().__init__(data, **rest)
        self.paper = paper

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email == self.paper.account.cabinet_email:
            raise forms.ValidationError(_("Это и есть нынешний E-mail личного кабинета"))
        return email

    @property
    def is_confirmed(self) -> bool:
        """Whether the person has seen what the valid form will do."""
        return bool(self.cleaned_data["confirmed"] == self.seen)

    @property
    def seen(self) -> str:
        """The value of `confirmed` that agrees with the other fields."""
        return str(self.cleaned_data["email"])

    def carry_out(self, by: Actor) -> WrittenApplication | None:
        try:
            return application_changes.change_email(application=self.paper, email=self.cleaned_data["email"], by=by)
        except DomainError as refusal:
            refusals.show(self, refusal, cabinet_email="email")
        return None


class CabinetForm(EmailForm):
    """Whose first password is sent, and to which address; another address becomes the registered E-mail."""

    login = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Администратор кабинета (номер SIP-соединения)"),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": gettext_lazy("Выберите номер, с которым входит администратор"),
            "invalid_choice": gettext_lazy("Выберите номер из списка"),
        },
    )
    field_order = ["login", "email"]

    def __init__(self, paper: WrittenApplication, data: Any = None) -> None:
        logins = User.objects.filter(account=paper.account, is_active=True).order_by("phone")
        first = logins.first()
        super().__init__(paper, data, initial={"email": paper.account.cabinet_email, "login": first and first.pk})
        field: Any = self.fields["login"]
        field.queryset = logins

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"])

    @property
    def seen(self) -> str:
        return f"{self.cleaned_data['login'].pk}:{self.cleaned_data['email']}"

    @property
    def changes_email(self) -> bool:
        return bool(self.cleaned_data["email"] != self.paper.account.cabinet_email)

    def carry_out(self, by: Actor) -> WrittenApplication | None:
        told = self.cleaned_data
        try:
            return application_changes.connect_cabinet(
                application=self.paper, login=told["login"], email=told["email"], by=by
            )
        except DomainError as refusal:
            refusals.show(self, refusal, cabinet_email="email")
        return None
