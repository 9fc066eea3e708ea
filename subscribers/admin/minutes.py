"""Minute packages: the catalogue, the packages of trunks, and the page that carries out an application (2.4)."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from accounts.forms.application import GroundsForm
from accounts.models import Account, ApplicationKind, User
from sipcabinet.lib import clock, money, phones, refusals, requests, staff
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.admin import pages
from subscribers.admin.assignment import TrunkAssignmentAdmin
from subscribers.admin.catalogue import DatedInline, PackagePriceAdmin
from subscribers.models import MinuteAssignment, MinutePackage, MinutePrice, PlanKind, Subscriber, SubscriberStatus
from subscribers.selectors import minute_packages, minutes
from subscribers.services import minutes as minute_services
from subscribers.services import operations

NAME = "subscribers_minutes"
NONE, NOW, NEXT_MONTH = "none", "now", "next"


class PriceInline(DatedInline):
    model = MinutePrice


@admin.register(MinutePackage)
class MinutePackageAdmin(staff.StaffAdmin[MinutePackage]):
    list_display = ["__str__", "is_offered"]
    ordering = ["minutes"]
    search_fields = ["minutes"]
    inlines = [PriceInline]
    # Months already counted were counted with these minutes.
    fixed_fields = ["minutes"]


@admin.register(MinutePrice)
class MinutePriceAdmin(PackagePriceAdmin):
    ordering = ["package__minutes", "-valid_from"]


@admin.register(MinuteAssignment)
class MinuteAssignmentAdmin(TrunkAssignmentAdmin):
    list_display = ["shown_trunk", "account", "package", "started_at", "ended_at", "started_by", "ended_by"]
    list_filter = ["package"]
    list_select_related = ["account__customer", "subscriber", "package", "started_by", "ended_by"]


class FindForm(forms.Form):
    """Finds the trunk by its number, as the application gives it."""

    phone = forms.CharField(label=gettext_lazy("Номер SIP-соединения"), max_length=40)
    trunk: Subscriber

    def clean_phone(self) -> str:
        try:
            phone = phones.parse(self.cleaned_data["phone"])
        except phones.PhoneError as refusal:
            raise forms.ValidationError(refusal.message) from None
        rows = Subscriber.objects.exclude(status=SubscriberStatus.CLOSED).select_related("account__customer", "plan")
        found = rows.filter(phone=phone).first()
        if found is None:
            raise forms.ValidationError(_("Подключённого абонента с таким номером нет"))
        if found.kind != PlanKind.TRUNK:
            raise forms.ValidationError(_("Это «SIP-номер»: минуты есть только у SIP-соединения"))
        self.trunk = found
        return phone


class ApplicationForm(GroundsForm):
    """What the application requests, and the application: of the register, or its number and date."""

    package = forms.ChoiceField(label=gettext_lazy("Пакет минут"), widget=forms.RadioSelect)
    at = forms.ChoiceField(label=gettext_lazy("Начиная"), widget=forms.RadioSelect, initial=NOW)
    field_order = ["package", "at"]

    def __init__(self, account: Account, data: Any = None, *, chosen: str = "") -> None:
        super().__init__(account, [ApplicationKind.MINUTES, ApplicationKind.OTHER], data, chosen=chosen)
        offers = minute_packages.offers()
        fields: Any = self.fields
        fields["package"].choices = [
            *((str(offer.package.pk), _in_one_line(f"{offer.package.name}, {offer.price}")) for offer in offers),
            (NONE, _("без пакета")),
        ]
        next_month = Month.current().shift(1).first_day
        fields["at"].choices = [(NOW, _("сейчас")), (NEXT_MONTH, _("с %(day)s") % {"day": clock.show_date(next_month)})]
        self._packages = {str(offer.package.pk): offer.package for offer in offers}

    def carry_out(self, trunk: Subscriber, user: User, address: str) -> str:
        """Does what the valid form requests; returns the number of the operation, or an empty string after a refusal,
        which is added to the field's errors."""
        package = self._packages.get(self.cleaned_data["package"])
        at = Month.current().end if self.cleaned_data["at"] == NEXT_MONTH else None
        by = Actor(user, address, self.cleaned_data["reason"])
        common: dict[str, Any] = {"trunk": trunk, "by": by, "at": at}
        try:
            with transaction.atomic():
                self.hold()
                operation = (
                    minute_services.connect(package=package, **common)
                    if package
                    else minute_services.disconnect(**common)
                )
                self.close(done=operations.in_words(operation), operation=operation.number, by=by)
        except DomainError as refusal:
            refusals.show(self, refusal)
            return ""
        return operation.number


def _in_one_line(text: str) -> str:
    """Replaces spaces by no-break spaces: labels of radio buttons are narrow at the desk."""
    return text.replace(" ", money.NBSP)


def view(request: HttpRequest) -> HttpResponse:
    """Finds the trunk by its number, shows its packages, carries out the application."""
    find = FindForm(request.GET or None)
    context: dict[str, Any] = {**admin.site.each_context(request), "title": _("Пакет минут по заявлению"), "find": find}
    if find.is_valid():
        trunk = find.trunk
        chosen = request.GET.get("application", "")
        form = ApplicationForm(trunk.account, request.POST or None, chosen=chosen)
        if request.method == "POST" and form.is_valid():
            user, address = cast("User", request.user), requests.client_address(request)
            if number := form.carry_out(trunk, user, address):
                messages.success(request, _("Заявление выполнено, операция %(number)s") % {"number": number})
                if chosen and form.paper is not None:
                    return redirect("admin:desk_application", form.paper.pk)
                return redirect(f"{reverse(f'admin:{NAME}')}?phone={trunk.phone.removeprefix('+')}")
        context |= {
            "trunk": trunk,
            "form": form,
            "assigned": minute_packages.held(trunk.account, trunk).rows,
            "minutes": minutes.of_trunk(trunk.account, trunk, Month.current()),
        }
    return TemplateResponse(request, "admin/subscribers/minutes.html", context)


pages.add(NAME, "minutes", gettext_lazy("Пакет минут по заявлению"), "change_minuteassignment", view)
