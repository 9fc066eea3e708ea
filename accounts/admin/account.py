from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, ApplicationKind, User
from sipcabinet.lib import clock, staff

if TYPE_CHECKING:
    AccountModelForm = forms.ModelForm[Account]
else:
    AccountModelForm = forms.ModelForm


class AccountForm(AccountModelForm):
    """Checks an account. Customers quote the account's number, so the number may have digits only."""

    def clean_number(self) -> str:
        number: str = self.cleaned_data["number"].replace(" ", "")
        if not (number.isascii() and number.isdecimal()):
            raise ValidationError(_("Номер лицевого счёта состоит из цифр"))
        return number

    def clean_contract_date(self) -> date:
        signed: date = self.cleaned_data["contract_date"]
        if signed > clock.today():
            raise ValidationError(_("Дата договора ещё не наступила"))
        return signed


class LoginInline(staff.ReadOnlyInline):
    model = User
    fields = ["name", "is_active", "last_login"]
    show_change_link = named_rows = True
    verbose_name_plural = gettext_lazy("логины")


@admin.register(Account)
class AccountAdmin(staff.StaffAdmin[Account]):
    """лицевой счёт. An action changes the status, because closing must also disconnect the account's numbers."""

    form = AccountForm
    change_form_template = "admin/accounts/account.html"
    list_display = ["number", "customer", "contract_number", "contract_date", "status", "cabinet_email"]
    list_filter = ["status", "payment_terms", "contract_date"]
    list_select_related = ["customer"]
    search_fields = ["number", "contract_number", "customer__name", "customer__unp", "cabinet_email"]
    phone_search_fields = ["users__phone"]
    search_help_text = gettext_lazy("Номер счёта или договора, клиент, УНП, E-mail, номер телефона в любом написании")
    ordering = ["number"]
    autocomplete_fields = ["customer"]
    inlines = [LoginInline]
    fields = [
        "customer", "number", "contract_number", "contract_date", "payment_terms", "cabinet_email",
        "opened_on", "status", "closed_on",
    ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Account | None = None) -> list[str]:
        fixed = ["status", "closed_on"]
        return [*fixed, "customer", "number", "opened_on", "cabinet_email", "email_change"] if obj else fixed

    def get_fields(self, request: HttpRequest, obj: Account | None = None) -> list[Any]:
        fields = [*super().get_fields(request, obj)]
        return [*fields, "email_change"] if obj else fields

    @admin.display(description=gettext_lazy("изменить E-mail"))
    def email_change(self, account: Account) -> SafeString:
        """The registered e-mail changes only by a written application (1.1b)."""
        asked = urlencode({"account": account.number, "kind": ApplicationKind.EMAIL})
        url = f"{reverse('admin:desk_application_add')}?{asked}"
        return format_html('<a href="{}">{}</a>', url, _("по заявлению клиента"))

    def accounts_of(self, obj: Account) -> Iterable[Any]:
        return [obj]
