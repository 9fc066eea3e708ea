from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum import bic, iban
from stdnum.exceptions import ValidationError as StdnumError

from accounts.models import Account, Customer
from sipcabinet.lib import phones, staff

if TYPE_CHECKING:
    CustomerModelForm = forms.ModelForm[Customer]
else:
    CustomerModelForm = forms.ModelForm


class CustomerForm(CustomerModelForm):
    """Accepts requisites as typed: with spaces in an IBAN and with any spelling of a phone."""

    iban = forms.CharField(label=gettext_lazy("Расчётный счёт (IBAN)"), max_length=60, required=False)

    def clean_iban(self) -> str:
        return _checked(iban, self.cleaned_data["iban"], _("Проверьте IBAN: контрольные цифры не сходятся"))

    def clean_bank_bic(self) -> str:
        return _checked(bic, self.cleaned_data["bank_bic"], _("БИК состоит из 8 или 11 знаков, например ALFABY2X"))

    def clean_contact_phone(self) -> str:
        text: str = self.cleaned_data["contact_phone"]
        try:
            return phones.parse(text) if text else ""
        except phones.PhoneError as refusal:
            raise ValidationError(refusal.message) from None


def _checked(standard: Any, text: str, refusal: str) -> str:
    try:
        return str(standard.validate(text)) if text else ""
    except StdnumError:
        raise ValidationError(refusal) from None


class AccountInline(staff.ReadOnlyInline):
    model = Account
    fields = ["number", "contract_number", "contract_date", "status", "cabinet_email"]
    show_change_link = True


@admin.register(Customer)
class CustomerAdmin(staff.StaffAdmin[Customer]):
    form = CustomerForm
    list_display = ["name", "unp", "account_numbers", "contact_name", "shown_phone"]
    search_fields = ["name", "unp", "contact_name", "accounts__number"]
    phone_search_fields = ["contact_phone", "accounts__users__phone"]
    search_help_text = gettext_lazy("Наименование, УНП, лицевой счёт, номер телефона в любом написании")
    ordering = ["name"]
    inlines = [AccountInline]
    fieldsets = [
        (None, {"fields": ["name", "unp", "address"]}),
        (gettext_lazy("Банк"), {"fields": ["iban", "bank_name", "bank_bic"]}),
        (gettext_lazy("Контакт"), {"fields": ["contact_name", "contact_phone"]}),
    ]

    def accounts_of(self, obj: Customer) -> Iterable[Any]:
        return list(obj.accounts.all()) or [None]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        return super().get_queryset(request).prefetch_related("accounts")

    @admin.display(description=gettext_lazy("лицевые счета"))
    def account_numbers(self, customer: Customer) -> str:
        return ", ".join(account.number for account in customer.accounts.all())

    @admin.display(description=gettext_lazy("телефон"), ordering="contact_phone")
    def shown_phone(self, customer: Customer) -> str:
        return phones.display(customer.contact_phone)
