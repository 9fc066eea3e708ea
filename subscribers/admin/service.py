"""Services: the catalogue, services of subscribers, and staff's change of them on an application (3.2, 4.3)."""

import re
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from accounts.forms.application import GroundsForm
from accounts.models import ApplicationKind, User
from sipcabinet.lib import phones, refusals, requests, staff
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.sent_once import TokenField
from subscribers.admin.assignment import AssignmentAdmin
from subscribers.admin.catalogue import DatedInline
from subscribers.forms.services import monthly
from subscribers.models import Operation, Service, ServiceAssignment, ServicePrice, Subscriber, SubscriberStatus
from subscribers.selectors import services
from subscribers.services import connected_services, operations
from subscribers.services.service_rules import SubscriberServices

ADD, REMOVE, SET = "add", "remove", "set"


class PriceInline(DatedInline):
    model = ServicePrice


@admin.register(Service)
class ServiceAdmin(staff.StaffAdmin[Service]):
    list_display = ["name", "code", "for_trunks", "for_numbers", "by_application", "is_offered", "order"]
    list_filter = ["for_trunks", "for_numbers", "by_application", "is_offered"]
    search_fields = ["name", "code"]
    ordering = ["order", "code"]
    autocomplete_fields = ["excludes"]
    inlines = [PriceInline]
    # The switch identifies a service by its code; subscribers' assignments hold parameters of the present type.
    fixed_fields = ["code", "parameter"]


class ChangeForm(GroundsForm):
    """One change of one service, and its application. `token`: a form sent twice makes one change."""

    change = forms.ChoiceField(label=gettext_lazy("Что сделать"))
    numbers = forms.CharField(
        label=gettext_lazy("Номера"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Для переадресации и чёрного списка: в любом написании, каждый с новой строки"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    token = TokenField()
    field_order = ["change", "numbers"]

    def __init__(self, subscriber: Subscriber, data: Any = None, *, chosen: str = "") -> None:
        kinds = [ApplicationKind.SERVICE, ApplicationKind.OTHER]
        super().__init__(subscriber.account, kinds, data, chosen=chosen)
        self._subscriber = subscriber
        on = services.assigned(services.periods(subscriber.account, subscriber))
        offers = services.offers(subscriber, on, services.catalogue())
        known = [*(one.service for one in on), *(one.service for one in offers)]
        self._services = {service.pk: service for service in known}
        field: Any = self.fields["change"]
        field.choices = [
            ("", _("выберите")),
            *map(_offered, offers),
            *(choice for one in on for choice in _of_assigned(one)),
        ]

    def carry_out(self, user: User, address: str) -> Operation | None:
        """Makes the change requested by the valid form; None after a refusal, which is added to the form's errors."""
        what, _colon, key = self.cleaned_data["change"].partition(":")
        by = Actor(user, address, self.cleaned_data["reason"], f"services:{self.cleaned_data['token']}")
        try:
            with transaction.atomic():
                self.hold()
                operation = self._change(what, self._services[int(key)], by)
                self.close(done=operations.in_words(operation), operation=operation.number, by=by)
        except DomainError as refusal:
            refusals.show(self, refusal)
            return None
        return operation

    def _change(self, what: str, service: Service, by: Actor) -> Operation:
        if what == REMOVE:
            return connected_services.remove(subscriber=self._subscriber, services=[service], by=by)
        listed = [line for line in re.split(r"[\n\r,;]+", self.cleaned_data["numbers"]) if line.strip()]
        chosen = connected_services.Chosen(service, {"forward_to": self.cleaned_data["numbers"], "numbers": listed})
        if what == SET:
            return connected_services.set_parameters(subscriber=self._subscriber, chosen=chosen, by=by)
        replaced = SubscriberServices.of(self._subscriber, by_staff=True).in_the_way([service])
        return connected_services.add(
            subscriber=self._subscriber, chosen=[chosen], by=by, replacing={row.service_id for row in replaced}
        )


def _offered(one: services.Offer) -> tuple[str, str]:
    label = _("Подключить: %(name)s, %(price)s") % {"name": one.service.name, "price": monthly(one.fee)}
    if one.replaces:
        label += _(" — вместо: %(names)s") % {"names": ", ".join(one.replaces)}
    return f"{ADD}:{one.service.pk}", label


def _of_assigned(one: services.Assigned) -> list[tuple[str, str]]:
    choices = [(f"{REMOVE}:{one.service.pk}", _("Отключить: %(name)s") % {"name": one.service.name})]
    if one.service.parameter:
        choices.append((f"{SET}:{one.service.pk}", _("Изменить номера: %(name)s") % {"name": one.service.name}))
    return choices


@admin.register(ServiceAssignment)
class ServiceAssignmentAdmin(AssignmentAdmin):
    list_display = ["shown_phone", "account", "service", "started_at", "ended_at", "started_by", "ended_by"]
    list_filter = ["service"]
    list_select_related = ["account__customer", "subscriber", "service", "started_by", "ended_by"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("номер"), ordering="subscriber__phone")
    def shown_phone(self, row: ServiceAssignment) -> str:
        return phones.display(row.subscriber.phone)

    def get_urls(self) -> list[URLPattern]:
        change = self.admin_site.admin_view(self.change_services)
        name = "subscribers_serviceassignment_of_subscriber"
        return [path("subscriber/<int:subscriber_pk>/", change, name=name), *super().get_urls()]

    def change_services(self, request: HttpRequest, subscriber_pk: int) -> HttpResponse:
        """«Услуги» of one subscriber. The service writes the audit event, with the user and the reason."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        rows = Subscriber.objects.exclude(status=SubscriberStatus.CLOSED).select_related("account__customer", "plan")
        subscriber = rows.filter(pk=subscriber_pk).first()
        if subscriber is None:
            raise Http404
        chosen = request.GET.get("application", "")
        form = ChangeForm(subscriber, request.POST if request.method == "POST" else None, chosen=chosen)
        if form.is_valid():
            user, address = cast("User", request.user), requests.client_address(request)
            if operation := form.carry_out(user, address):
                messages.success(request, _("Услуги изменены, операция %(number)s") % {"number": operation.number})
                if chosen and form.paper is not None:
                    return redirect("admin:desk_application", form.paper.pk)
                return redirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Услуги абонента"),
            "subscriber": subscriber,
            "form": form,
            "assigned": services.assigned(services.periods(subscriber.account, subscriber)),
        }
        return TemplateResponse(request, "admin/subscribers/services.html", context)


def shown_services(subscriber: Subscriber) -> str | SafeString:
    """A subscriber's services for his own desk page, with a link to change them."""
    on = services.assigned(services.periods(subscriber.account, subscriber))
    names = ", ".join(one.service.name for one in on) or "—"
    if subscriber.status == SubscriberStatus.CLOSED:
        return names
    url = reverse("admin:subscribers_serviceassignment_of_subscriber", args=[subscriber.pk])
    return format_html('{}, <a href="{}">{}</a>', names, url, _("изменить услуги"))
