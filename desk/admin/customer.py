"""The lists of customers and accounts lead to the customer's page. Defined here because `accounts` is a lower app."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.customer import CustomerAdmin
from accounts.models import Account, Customer
from billing.models import LedgerEntry
from billing.selectors.balance import ZERO
from desk.selectors.customer import sight
from desk.views.customer import found
from sipcabinet.lib import money
from subscribers.admin.account import AccountWithNumbersAdmin

admin.site.unregister(Customer)
admin.site.unregister(Account)


def link_to(customer: Customer, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse("admin:desk_customer", args=[customer.pk]), text)


@admin.register(Customer)
class CustomerWithPageAdmin(CustomerAdmin):
    """A row leads to the customer's page; the form with the requisites is reached from there."""

    list_display = ["page", "unp", "account_numbers", "contact_name", "shown_phone"]
    list_display_links = None
    sum_columns = ("balance",)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        columns = [*super().get_list_display(request)]
        return [*columns[:3], "balance", *columns[3:]] if sight.may_see(request.user, "billing.invoice") else columns

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        """Adds the balance of all accounts (None without entries), counted only for the rows on the page."""
        booked = LedgerEntry.objects.filter(account__customer=OuterRef("pk")).order_by().values("account__customer")
        standing = Subquery(booked.annotate(sum=Sum("amount")).values("sum"))
        return super().get_queryset(request).annotate(standing=standing)

    def get_readonly_fields(self, request: HttpRequest, obj: Customer | None = None) -> list[Any]:
        return [*super().get_readonly_fields(request, obj), *(["shown_page"] if obj else [])]

    def get_fieldsets(self, request: HttpRequest, obj: Customer | None = None) -> Any:
        first = [(None, {"fields": ["shown_page"]})] if obj and request.user.has_perm(found.VIEW) else []
        return [*first, *super().get_fieldsets(request, obj)]

    @admin.display(description=gettext_lazy("наименование"), ordering="name")
    def page(self, customer: Customer) -> SafeString:
        return link_to(customer, customer.name)

    @admin.display(description=gettext_lazy("страница клиента"))
    def shown_page(self, customer: Customer) -> SafeString:
        return link_to(customer, _("Открыть страницу клиента"))

    @admin.display(description=gettext_lazy("баланс, BYN"))
    def balance(self, customer: Any) -> str:
        return money.show(customer.standing or ZERO)


@admin.register(Account)
class AccountWithPageAdmin(AccountWithNumbersAdmin):
    """An account's form has a link to the page of its customer."""

    def get_fields(self, request: HttpRequest, obj: Account | None = None) -> Any:
        fields = [*super().get_fields(request, obj)]
        return ["shown_page", *fields] if obj and request.user.has_perm(found.VIEW) else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Account | None = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), *(["shown_page"] if obj else [])]

    @admin.display(description=gettext_lazy("страница клиента"))
    def shown_page(self, account: Account) -> SafeString:
        return link_to(account.customer, str(account.customer))
