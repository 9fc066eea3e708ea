"""Channel packages: the catalogue, the packages of trunks, and staff's change of a trunk's package (3.3)."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from accounts.models import User
from sipcabinet.lib import clock, phones, requests, staff
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.sent_once import TokenField
from subscribers.admin.assignment import TrunkAssignmentAdmin
from subscribers.admin.catalogue import DatedInline, PackagePriceAdmin
from subscribers.admin.daily import DailyAdmin
from subscribers.forms.channels import price
from subscribers.models import (
    ChannelAssignment,
    ChannelPackage,
    ChannelPeak,
    ChannelPrice,
    Operation,
    Subscriber,
    SubscriberStatus,
)
from subscribers.selectors import channels as channel_selectors
from subscribers.services import channels

REASON_LENGTH = 200


class PriceInline(DatedInline):
    model = ChannelPrice


@admin.register(ChannelPackage)
class ChannelPackageAdmin(staff.StaffAdmin[ChannelPackage]):
    list_display = ["__str__", "is_offered"]
    list_filter = ["is_offered"]
    search_fields = ["=channels"]
    ordering = ["channels"]
    inlines = [PriceInline]
    # Trunks with the package were offered, and charged for, this number of channels.
    fixed_fields = ["channels"]


@admin.register(ChannelPrice)
class ChannelPriceAdmin(PackagePriceAdmin):
    search_fields = ["=package__channels"]
    ordering = ["package__channels", "-valid_from"]


@admin.register(ChannelPeak)
class ChannelPeakAdmin(DailyAdmin):
    list_display = ["shown_day", "shown_trunk", "account", "calls", "counted_at"]
    list_select_related = ["account__customer", "trunk"]
    search_fields = ["account__number", "account__customer__name"]
    phone_search_fields = ["trunk__phone"]
    search_help_text = gettext_lazy("Номер в любом написании, лицевой счёт или клиент")

    @admin.display(description=gettext_lazy("SIP-соединение"), ordering="trunk__phone")
    def shown_trunk(self, peak: ChannelPeak) -> str:
        return phones.display(peak.trunk.phone)


class ChangeForm(forms.Form):
    """The new package; within the lock of an earlier change a reason is required. `token`: sent twice, changed once."""

    package = forms.TypedChoiceField(label=gettext_lazy("Новый пакет"), coerce=int)
    reason = forms.CharField(
        label=gettext_lazy("Основание"),
        max_length=REASON_LENGTH,
        required=False,
        help_text=gettext_lazy("Обязательно, если смена ещё недоступна клиенту. Клиент увидит основание в истории"),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    token = TokenField()

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self._offered = {
            one.package.pk: one for one in channel_selectors.offered(channel_selectors.catalogue(clock.today()))
        }
        field: Any = self.fields["package"]
        field.choices = [(pk, f"{one.package.name}, {price(one)}") for pk, one in self._offered.items()]

    def carry_out(self, trunk: Subscriber, user: User, address: str) -> Operation | None:
        """Makes the change requested by the valid form; None after a refusal, which is added to the form's errors."""
        try:
            return channels.change(
                trunk=trunk,
                package=self._offered[self.cleaned_data["package"]].package,
                by=Actor(user, address, self.cleaned_data["reason"], self.cleaned_data["token"]),
            )
        except channels.ChannelsLockedError as refusal:
            self.add_error("reason", _("%(why)s Укажите основание смены раньше срока.") % {"why": refusal.message})
        except DomainError as refusal:
            self.add_error(None, refusal.message)
        return None


@admin.register(ChannelAssignment)
class ChannelAssignmentAdmin(TrunkAssignmentAdmin):
    list_display = ["shown_trunk", "account", "package", "started_at", "ended_at", "locked_until", "started_by"]
    list_filter = ["package"]
    list_select_related = ["account__customer", "subscriber", "package", "started_by"]
    search_fields = ["account__number", "account__customer__name", "started_by__number"]

    def get_urls(self) -> list[URLPattern]:
        change = self.admin_site.admin_view(self.change_package)
        name = "subscribers_channelassignment_of_trunk"
        return [path("trunk/<int:trunk_pk>/", change, name=name), *super().get_urls()]

    def change_package(self, request: HttpRequest, trunk_pk: int) -> HttpResponse:
        """«Сменить пакет» of one trunk. The service writes the audit event, with the user and the reason."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        trunk = Subscriber.objects.select_related("account__customer").filter(pk=trunk_pk).first()
        if trunk is None or not can_change(trunk):
            raise Http404
        form = ChangeForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            user, address = cast("User", request.user), requests.client_address(request)
            if operation := form.carry_out(trunk, user, address):
                messages.success(request, _("Пакет сменён, операция %(number)s") % {"number": operation.number})
                return redirect("admin:subscribers_subscriber_change", trunk.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Сменить пакет каналов"),
            "trunk": trunk,
            "form": form,
            "now": channel_selectors.current(trunk.account, trunk),
            "allowed_at": channel_selectors.locked_until(trunk.account, trunk, clock.now()),
        }
        return TemplateResponse(request, "admin/subscribers/channels.html", context)


def can_change(subscriber: Subscriber) -> bool:
    """Only a connected «SIP-соединение» has a package that can be changed."""
    return subscriber.is_trunk and subscriber.status != SubscriberStatus.CLOSED


def shown_package(subscriber: Subscriber) -> str | SafeString:
    """A trunk's package for the trunk's own desk page, with a link to change it."""
    now = channel_selectors.current(subscriber.account, subscriber)
    name = now.package.name if now else "—"
    if not can_change(subscriber):
        return name
    url = reverse("admin:subscribers_channelassignment_of_trunk", args=[subscriber.pk])
    return format_html('{}, <a href="{}">{}</a>', name, url, _("сменить пакет"))
