"""Plans, destinations, rates. A row in force is never rewritten: it is ended and a new row follows (4.3, 4.5)."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib import clock, money, staff
from sipcabinet.lib.periods import Month
from subscribers.admin import rerating
from subscribers.models import BillingMonth, Destination, PlanTerms, Rate, TariffPlan

Dated = PlanTerms | Rate
if TYPE_CHECKING:
    DatedModelForm = forms.ModelForm[Dated]
else:
    DatedModelForm = forms.ModelForm


class DatedForm(DatedModelForm):
    """Dates of a price: prices of a closed month do not change, and a row in force cannot end in the past."""

    def clean_valid_from(self) -> date:
        valid_from: date = self.cleaned_data["valid_from"]
        closed = BillingMonth.objects.filter(closed_at__isnull=False).order_by("-month").first()
        if closed and valid_from < Month.of(closed.month).shift(1).first_day:
            month = Month.of(closed.month).label_title
            raise ValidationError(_("%(month)s уже закрыт для расчётов") % {"month": month})
        return valid_from

    def clean_valid_until(self) -> date | None:
        valid_until: date | None = self.cleaned_data["valid_until"]
        if valid_until and valid_until <= clock.today():
            raise ValidationError(_("Закончить условия можно не раньше завтрашнего дня"))
        starts = self.cleaned_data.get("valid_from") or self.instance.valid_from
        if valid_until and starts and valid_until <= starts:
            raise ValidationError(_("Конец должен быть позже начала"))
        return valid_until


class DatedAdmin(staff.StaffAdmin[Any]):
    """Rows with dates: a future row may be changed and deleted, one in force only ended, a past one only read."""

    form = DatedForm

    def get_readonly_fields(self, request: HttpRequest, obj: Dated | None = None) -> list[str]:
        if obj is None or obj.valid_from > clock.today():
            return []
        ended = obj.valid_until is not None and obj.valid_until <= clock.today()
        return [name for name in self._names() if ended or name != "valid_until"]

    def get_fields(self, request: HttpRequest, obj: Dated | None = None) -> list[Any]:
        return self._names()

    def has_delete_permission(self, request: HttpRequest, obj: Dated | None = None) -> bool:
        future = obj is None or obj.valid_from > clock.today()
        return future and admin.ModelAdmin.has_delete_permission(self, request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without the bulk deletion, which would not check the dates."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def _names(self) -> list[str]:
        return [field.name for field in self.opts.fields if field.editable and not field.primary_key]


class PackagePriceAdmin(DatedAdmin):
    """Prices of packages of channels or minutes."""

    list_display = ["package", "monthly_fee", "valid_from", "valid_until"]
    list_filter = ["package"]
    list_select_related = ["package"]
    autocomplete_fields = ["package"]


class PriceOfCallsAdmin(DatedAdmin):
    """Dated rows that decide what calls cost."""

    def save_model(self, request: HttpRequest, obj: Dated, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if set(form.changed_data) - {"valid_until"}:  # a changed end needs no reminder: it is never in the past
            rerating.remind(self, request, since=obj.valid_from)


class DatedInline(staff.ReadOnlyInline):
    """The rows with dates of one plan, package or service, the latest first."""

    show_change_link = named_rows = True
    ordering = ["-valid_from"]


class TermsInline(DatedInline):
    model = PlanTerms


@admin.register(TariffPlan)
class TariffPlanAdmin(staff.StaffAdmin[TariffPlan]):
    list_display = ["name", "code", "kind"]
    list_filter = ["kind"]
    search_fields = ["name", "code"]
    ordering = ["name"]
    inlines = [TermsInline]
    # Subscribers store a copy of their plan's kind.
    fixed_fields = ["kind"]


@admin.register(PlanTerms)
class PlanTermsAdmin(PriceOfCallsAdmin):
    list_display = [
        "plan",
        "monthly_fee",
        "included_minutes",
        "included_channels",
        "suspended_fee_percent",
        "valid_from",
        "valid_until",
    ]
    list_filter = ["plan"]
    list_select_related = ["plan"]
    search_fields = ["plan__name", "plan__code"]
    ordering = ["plan__name", "-valid_from"]
    autocomplete_fields = ["plan"]


@admin.register(Destination)
class DestinationAdmin(staff.StaffAdmin[Destination]):
    list_display = ["name", "code", "uses_allowance", "is_free", "barred_by_default", "order"]
    list_filter = ["uses_allowance", "is_free", "barred_by_default"]
    search_fields = ["name", "code"]
    fixed_fields = ["code"]

    def save_model(self, request: HttpRequest, obj: Destination, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "uses_allowance" in form.changed_data:
            rerating.remind(self, request, since=date.min)


@admin.register(Rate)
class RateAdmin(PriceOfCallsAdmin):
    list_display = [
        "shown_prefix",
        "destination",
        "price",
        "first_increment",
        "next_increment",
        "valid_from",
        "valid_until",
    ]
    list_filter = ["destination", "is_short"]
    list_select_related = ["destination"]
    search_fields = ["^prefix", "destination__name"]
    search_help_text = gettext_lazy("Начало номера без «+» или направление")
    ordering = ["prefix", "-valid_from"]
    autocomplete_fields = ["destination"]

    @admin.display(description=gettext_lazy("префикс"), ordering="prefix")
    def shown_prefix(self, rate: Rate) -> str:
        return rate.prefix if rate.is_short else f"+{rate.prefix}"

    @admin.display(description=gettext_lazy("цена минуты, BYN без НДС"), ordering="price_per_minute")
    def price(self, rate: Rate) -> str:
        return money.show_price(rate.price_per_minute)
