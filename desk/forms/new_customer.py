"""The steps of «Новый клиент» (4.11): requisites, account and contract, «SIP-соединение», cabinet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, Customer
from billing.forms.payments import DayField
from desk.forms.numbers import ChooseNumberForm, PlanField
from sipcabinet.lib import clock
from sipcabinet.lib.forms import Form
from subscribers.labels import LABEL_LENGTH
from subscribers.models import ChannelPackage, PlanKind, SipPlatform

if TYPE_CHECKING:
    CustomerModelForm = forms.ModelForm[Customer]
    AccountModelForm = forms.ModelForm[Account]
else:
    CustomerModelForm = AccountModelForm = forms.ModelForm


class RequisitesForm(CustomerModelForm):
    """The company, as in the contract."""

    class Meta:
        model = Customer
        fields = (
            *("name", "unp", "address", "bank_name", "bank_bic", "iban"),
            *("contact_name", "contact_phone"),
        )
        widgets = {
            "unp": forms.TextInput(attrs={"class": "w-s", "inputmode": "numeric", "autocomplete": "off"}),
            "bank_bic": forms.TextInput(attrs={"class": "w-s", "autocomplete": "off"}),
        }
        error_messages = {
            "name": {"required": gettext_lazy("Введите наименование клиента")},
            "unp": {"required": gettext_lazy("Введите УНП: 9 цифр")},
            "address": {"required": gettext_lazy("Введите юридический адрес")},
        }

    def clean_unp(self) -> str:
        unp: str = self.cleaned_data["unp"]
        if (known := Customer.objects.filter(unp=unp).first()) is not None:
            message = _("Этот УНП у клиента «%(name)s». Откройте ему ещё один лицевой счёт на его странице")
            raise forms.ValidationError(message % {"name": known.name})
        return unp


class ContractForm(AccountModelForm):
    """The account and its contract."""

    contract_date = DayField(label=gettext_lazy("Дата договора"), required=gettext_lazy("Введите дату договора"))

    class Meta:
        model = Account
        fields = ("number", "contract_number", "contract_date", "payment_terms")
        widgets = {
            "number": forms.TextInput(attrs={"class": "w-s", "inputmode": "numeric", "autocomplete": "off"}),
            "contract_number": forms.TextInput(attrs={"class": "w-m", "autocomplete": "off"}),
        }
        error_messages = {
            "number": {
                "required": gettext_lazy("Введите номер лицевого счёта"),
                "unique": gettext_lazy("Лицевой счёт с этим номером уже есть"),
            },
            "contract_number": {"required": gettext_lazy("Введите номер договора")},
        }
        help_texts = {"number": gettext_lazy("Предложен следующий по порядку")}

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"].replace(" ", "")
        if not (number.isascii() and number.isdecimal()):
            raise forms.ValidationError(_("Номер лицевого счёта состоит из цифр"))
        return number

    def clean_contract_date(self) -> date:
        signed: date = self.cleaned_data["contract_date"]
        if signed > clock.today():
            raise forms.ValidationError(_("Дата договора ещё не наступила"))
        return signed


class TrunkForm(ChooseNumberForm):
    """The first «SIP-соединение»: its number is the login of the cabinet."""

    plan = PlanField(PlanKind.TRUNK)
    package = forms.ModelChoiceField(
        ChannelPackage.objects.filter(is_offered=True),
        label=gettext_lazy("Пакет каналов"),
        required=False,
        empty_label=gettext_lazy("как в тарифном плане"),
    )
    platform = forms.ModelChoiceField(
        SipPlatform.objects.order_by("name"),
        label=gettext_lazy("Платформа SIP"),
        required=False,
        empty_label=gettext_lazy("для новых соединений"),
    )
    label = forms.CharField(
        label=gettext_lazy("Название"), required=False, max_length=LABEL_LENGTH,
        help_text=gettext_lazy("Например, «Офис»"),
    )  # fmt: skip
    connected_on = DayField(label=gettext_lazy("Подключить с"), required=gettext_lazy("Введите день подключения"))

    def __init__(self, customer: Customer | None, data: Any = None, **rest: Any) -> None:
        super().__init__(customer, data, **rest)
        del self.fields["count"]


class CabinetForm(Form):
    """The registered e-mail, and whether the first temporary password is sent there at once."""

    cabinet_email = forms.EmailField(
        label=gettext_lazy("E-mail личного кабинета"),
        help_text=gettext_lazy("Из заявления на подключение личного кабинета. Сюда приходят временные пароли и заказы"),
        widget=forms.EmailInput(attrs={"class": "w-m", "autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Введите E-mail из заявления"),
            "invalid": gettext_lazy("Проверьте E-mail: office@company.by"),
        },
    )
    send_password = forms.BooleanField(
        label=gettext_lazy("Сразу выслать временный пароль администратору кабинета"), required=False
    )


@dataclass(frozen=True, slots=True)
class WizardStep:
    """A step: its place in addresses, its title, and how its form is made for a customer, sent or given values."""

    code: str
    title: Promise
    make: Callable[..., forms.BaseForm]
    given: Callable[[], dict[str, Any]]


def _requisites(_customer: Customer | None, data: Any = None, **rest: Any) -> RequisitesForm:
    return RequisitesForm(data, **rest)


def _contract(_customer: Customer | None, data: Any = None, **rest: Any) -> ContractForm:
    return ContractForm(data, **rest)


def _cabinet(_customer: Customer | None, data: Any = None, **rest: Any) -> CabinetForm:
    return CabinetForm(data, **rest)


def next_number() -> str:
    """The number after the highest one of the usual length; empty if there is no account yet."""
    highest = Account.objects.filter(number__regex=r"^\d{9}$").aggregate(Max("number"))["number__max"]
    return str(int(highest) + 1) if highest else ""


STEPS = (
    WizardStep("requisites", gettext_lazy("Реквизиты"), _requisites, dict),
    WizardStep(
        "contract",
        gettext_lazy("Счёт и договор"),
        _contract,
        lambda: {"number": next_number(), "contract_date": clock.today()},
    ),
    WizardStep("trunk", gettext_lazy("SIP-соединение"), TrunkForm, lambda: {"connected_on": clock.today()}),
    WizardStep("cabinet", gettext_lazy("Кабинет"), _cabinet, lambda: {"send_password": True}),
)
