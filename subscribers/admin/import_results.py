"""Results of imports: months, minutes, daily totals. Staff may read them; only imports write them."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from sipcabinet.lib import money, phones, staff
from sipcabinet.lib.look_kinds import LookKind
from subscribers.admin.daily import DailyAdmin
from subscribers.models import Allowance, BillingMonth, CallDailyTotal


@admin.register(BillingMonth)
class BillingMonthAdmin(staff.ReadOnlyAdmin[BillingMonth]):
    list_display = ["month", "closed_at"]
    list_filter = [("closed_at", admin.EmptyFieldListFilter)]
    ordering = ["-month"]


@admin.register(Allowance)
class AllowanceAdmin(staff.ReadOnlyAdmin[Allowance]):
    list_display = ["shown_trunk", "account", "month", "granted_minutes", "left_minutes"]
    list_filter = ["month"]
    list_select_related = ["account__customer", "trunk"]
    search_fields = ["account__number", "account__customer__name"]
    phone_search_fields = ["trunk__phone"]
    search_help_text = gettext_lazy("Номер в любом написании, лицевой счёт или клиент")
    ordering = ["-month", "account"]
    fields = ["shown_trunk", "account", "month", "granted_minutes", "left_minutes", "granted_seconds", "used_seconds"]

    @admin.display(description=gettext_lazy("SIP-соединение"), ordering="trunk__phone")
    def shown_trunk(self, allowance: Allowance) -> str:
        return phones.display(allowance.trunk.phone)

    @admin.display(description=gettext_lazy("предоставлено, мин"))
    def granted_minutes(self, allowance: Allowance) -> int:
        return allowance.granted_minutes

    @admin.display(description=gettext_lazy("осталось, мин"))
    def left_minutes(self, allowance: Allowance) -> int:
        return allowance.left_minutes


@admin.register(CallDailyTotal)
class CallDailyTotalAdmin(DailyAdmin):
    row_shows = list_shows = LookKind.CALLS
    list_display = [
        "shown_day",
        "subscriber",
        "direction",
        "destination",
        "calls",
        "answered",
        "billed_seconds",
        "shown_cost",
    ]
    list_filter = ["direction", "destination"]
    list_select_related = ["subscriber", "destination"]
    search_fields = ["account__number", "subscriber__label"]
    phone_search_fields = ["subscriber__phone"]
    search_help_text = gettext_lazy("Номер в любом написании, его название или лицевой счёт")

    @admin.display(description=gettext_lazy("стоимость, BYN без НДС"), ordering="cost")
    def shown_cost(self, total: CallDailyTotal) -> str:
        return money.show(total.cost, 4)
