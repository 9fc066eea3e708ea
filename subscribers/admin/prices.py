"""Dated prices of services, and VAT: the prices that charged a closed month do not change (4.3)."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from sipcabinet.lib import clock
from subscribers.admin.catalogue import DatedAdmin
from subscribers.models import ServicePrice, VatRate


@admin.register(ServicePrice)
class ServicePriceAdmin(DatedAdmin):
    list_display = ["service", "monthly_fee", "valid_from", "valid_until"]
    list_filter = ["service"]
    list_select_related = ["service"]
    search_fields = ["service__name", "service__code"]
    ordering = ["service__order", "service__code", "-valid_from"]
    autocomplete_fields = ["service"]


@admin.register(VatRate)
class VatRateAdmin(DatedAdmin):
    list_display = ["shown_percent", "shown_from", "shown_until"]
    ordering = ["-valid_from"]

    @admin.display(description=gettext_lazy("ставка"), ordering="percent")
    def shown_percent(self, rate: VatRate) -> str:
        return str(rate)

    @admin.display(description=gettext_lazy("действует с"), ordering="valid_from")
    def shown_from(self, rate: VatRate) -> str:
        return clock.show_date(rate.valid_from)

    @admin.display(description=gettext_lazy("действует до (не включая)"), ordering="valid_until")
    def shown_until(self, rate: VatRate) -> str:
        return clock.show_date(rate.valid_until) if rate.valid_until else "—"
