"""Debts, reminders and restrictions for staff: read-only, except that a restriction can be lifted by hand (4.8)."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from billing.models import Debt, DebtRestriction, DunningNotice, RestrictedSubscriber
from billing.selectors import debts as debt_selectors
from billing.selectors import waiting
from billing.services import debt_letters, debts
from sipcabinet.lib import money, requests, staff
from sipcabinet.lib.errors import DomainError

WAITS = staff.Notice("billing.view_debtrestriction", waiting.warning)
cast("staff.Desk", admin.site).add_notice(WAITS)


class WarningAdmin(staff.ReadOnlyAdmin[Any]):
    """A list with a warning about missing statements at its top, while restrictions wait for them."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        if request.method == "GET":
            WAITS.show(request)
        return super().changelist_view(request, extra_context)


@admin.register(Debt)
class DebtAdmin(WarningAdmin):
    """Debts, also paid ones. The unpaid part is counted only on the page of one debt."""

    list_display = ["entry", "account", "amount", "due_on"]
    list_filter = ["due_on"]
    list_select_related = ["account__customer", "entry"]
    search_fields = ["entry__title", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Документ, лицевой счёт или клиент")
    ordering = ["-due_on", "-pk"]
    fields = ["entry", "account", "amount", "due_on", "unpaid", "invoice", "correction"]
    readonly_fields = ["unpaid"]

    @admin.display(description=gettext_lazy("не оплачено"))
    def unpaid(self, debt: Debt) -> str:
        owed = next(one for one in debt_selectors.of(debt.account) if one.debt.pk == debt.pk)
        shown = money.show_byn(owed.unpaid)
        return f"{shown} ({owed.corrected.words})" if owed.corrected else shown


@admin.register(DunningNotice)
class DunningNoticeAdmin(WarningAdmin):
    list_display = ["taken_at", "step", "account", "debt", "restrict_on", "letter"]
    list_display_links = ["taken_at", "step"]
    list_filter = ["step", "taken_at"]
    list_select_related = ["account__customer", "debt__entry", "letter"]
    search_fields = ["debt__entry__title", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Документ, лицевой счёт или клиент")
    ordering = ["-taken_at", "-pk"]


class NumberInline(staff.ReadOnlyInline):
    model = RestrictedSubscriber
    fields = ["subscriber"]
    verbose_name_plural = gettext_lazy("ограниченные номера")


@admin.register(DebtRestriction)
class DebtRestrictionAdmin(WarningAdmin):
    list_display = ["started_at", "in_force", "account", "debt", "lifted_at", "lifted_why", "lifted_by"]
    list_display_links = ["started_at", "in_force"]
    list_filter = [("lifted_at", admin.EmptyFieldListFilter), "started_at"]
    list_select_related = ["account__customer", "debt__entry", "lifted_by"]
    search_fields = ["debt__entry__title", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Документ, лицевой счёт или клиент")
    ordering = ["-started_at", "-pk"]
    fields = ["account", "debt", "started_at", "lifted_at", "lifted_why", "lifted_by"]
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
