"""Reminders and restrictions for debt at the desk: looked at, and a restriction lifted by hand (4.8)."""

from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from billing.models import DebtRestriction, DunningNotice, RestrictedSubscriber
from billing.services import debt_letters, debts
from sipcabinet.lib import requests, staff
from sipcabinet.lib.errors import DomainError


@admin.register(DunningNotice)
class DunningNoticeAdmin(staff.ReadOnlyAdmin[DunningNotice]):
    list_display = ["taken_at", "step", "account", "invoice", "letter"]
    list_display_links = ["taken_at", "step"]
    list_filter = ["step", "taken_at"]
    list_select_related = ["account__customer", "invoice", "letter"]
    search_fields = ["invoice__number", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Номер счёта, лицевой счёт или клиент")
    ordering = ["-taken_at", "-pk"]


class NumberInline(staff.ReadOnlyInline):
    model = RestrictedSubscriber
    fields = ["subscriber"]
    verbose_name_plural = gettext_lazy("ограниченные номера")


@admin.register(DebtRestriction)
class DebtRestrictionAdmin(staff.ReadOnlyAdmin[DebtRestriction]):
    list_display = ["started_at", "in_force", "account", "invoice", "lifted_at", "lifted_why", "lifted_by"]
    list_display_links = ["started_at", "in_force"]
    list_filter = [("lifted_at", admin.EmptyFieldListFilter), "started_at"]
    list_select_related = ["account__customer", "invoice", "lifted_by"]
    search_fields = ["invoice__number", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Номер счёта, лицевой счёт или клиент")
    ordering = ["-started_at", "-pk"]
    fields = ["account", "invoice", "started_at", "lifted_at", "lifted_why", "lifted_by"]
    inlines = [NumberInline]
    audit_noun = "debt"
    actions = ["lift"]

    @admin.display(description=gettext_lazy("состояние"))
    def in_force(self, restriction: DebtRestriction) -> SafeString:
        if restriction.lifted_at is None:
            return staff.badge("err", _("действует"))
        return staff.badge("", _("снята"))

    @admin.action(description=gettext_lazy("Снять блокировку за долг"), permissions=["act"])
    def lift(self, request: HttpRequest, queryset: QuerySet[DebtRestriction]) -> None:
        def work(restriction: DebtRestriction) -> None:
            user, address = cast("User", request.user), requests.client_address(request)
            if restriction.lifted_at is not None:
                raise DomainError(_("Эта блокировка уже снята"), code="debt.lifted")
            account = restriction.account
            lifted = debts.lift(account=account, why=_("решение оператора"), user=user, address=address)
            if lifted is None:
                raise DomainError(_("Эта блокировка уже снята"), code="debt.lifted")
            debt_letters.allowed(lifted)

        self.do_each(request, queryset.select_related("account__customer"), work, done=_("Снято блокировок"))
