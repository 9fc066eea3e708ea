"""Numbers: connected, named, restricted and disconnected only through the services (4.11)."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.services import logins
from sipcabinet.lib import clock, phones, requests, staff
from sipcabinet.lib.errors import DomainError
from subscribers.admin import channels, service
from subscribers.labels import clean_label
from subscribers.models import NumberOrigin, PlanKind, Subscriber, SubscriberStatus
from subscribers.selectors.numbers import TONES
from subscribers.services import numbers, restrictions, sip_accounts, switch_codes

if TYPE_CHECKING:
    SubscriberModelForm = forms.ModelForm[Subscriber]
else:
    SubscriberModelForm = forms.ModelForm


class OpenForm(SubscriberModelForm):
    """A new number. The service runs during the form's validation, so its refusal is shown beside the field."""

    phone = forms.CharField(label=gettext_lazy("Номер"), max_length=40, help_text=gettext_lazy("В любом написании"))

    class Meta:
        model = Subscriber
        fields = ["account", "plan", "trunk", "phone", "ported_in", "label", "connected_at"]
        help_texts = {"ported_in": gettext_lazy("Номер из диапазона другого оператора, с которым пришёл клиент")}

    def clean_phone(self) -> str:
        try:
            return phones.parse(self.cleaned_data["phone"])
        except phones.PhoneError as refusal:
            raise ValidationError(refusal.message) from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        plan, trunk, account = (cleaned.get(name) for name in ("plan", "trunk", "account"))
        if plan is None or account is None:
            return cleaned
        if plan.kind == PlanKind.NUMBER and trunk is None:
            self.add_error("trunk", _("Для SIP-номера выберите SIP-соединение, к которому он относится"))
        if plan.kind == PlanKind.TRUNK and trunk is not None:
            self.add_error("trunk", _("SIP-соединение не относится к другому соединению"))
        if trunk is not None and trunk.account_id != account.pk:
            self.add_error("trunk", _("Это SIP-соединение другого лицевого счёта"))
        self.instance.kind = plan.kind
        return cleaned

    def _post_clean(self) -> None:
        """Opens the number within the page's transaction; the service makes the checks that the model would make."""
        if self.errors:
            return
        given = {name: self.cleaned_data[name] for name in ("phone", "plan", "label", "connected_at")}
        given["origin"] = NumberOrigin.PORTED_IN if self.cleaned_data["ported_in"] else NumberOrigin.FREE
        try:
            if self.cleaned_data["trunk"] is None:
                self.instance = numbers.open_trunk(account=self.cleaned_data["account"], **given)
            else:
                self.instance = numbers.open_number(trunk=self.cleaned_data["trunk"], **given)
        except DomainError as refusal:
            field = getattr(refusal, "field", "phone")
            self.add_error(field if field in self.fields else None, refusal.message)

    def save(self, commit: bool = True) -> Subscriber:
        return self.instance

    def save_m2m(self) -> None:
        """Nothing to save: a number has no many-to-many relations."""


class LabelForm(SubscriberModelForm):
    """Fields of a number that may be overwritten: its name, and the switch's code of a trunk."""

    class Meta:
        model = Subscriber
        fields = ["label", "switch_code"]
        help_texts = {
            "switch_code": gettext_lazy("Значение accountcode, если источник звонков называет соединение его кодом"),
        }

    def clean_label(self) -> str:
        try:
            return clean_label(self.cleaned_data["label"])
        except DomainError as refusal:
            raise ValidationError(refusal.message) from None

    def clean_switch_code(self) -> str:
        try:
            return switch_codes.clean(self.instance, self.cleaned_data["switch_code"])
        except DomainError as refusal:
            raise ValidationError(refusal.message) from None


@admin.register(Subscriber)
class SubscriberAdmin(staff.StaffAdmin[Subscriber]):
    list_display = [
        "shown_phone", "shown_status", "label", "account", "plan", "shown_trunk", "connected_at", "closed_at",
    ]  # fmt: skip
    list_filter = ["status", "kind", "plan"]
    list_select_related = ["account__customer", "plan", "trunk"]
    search_fields = ["label", "account__number", "account__customer__name", "=account__customer__unp"]
    phone_search_fields = ["phone"]
    search_help_text = gettext_lazy("Номер в любом написании, название, лицевой счёт, УНП или клиент")
    ordering = ["account", "phone", "-connected_at"]
    autocomplete_fields = ["account", "plan", "trunk"]
    actions = ["restrict", "lift", "issue_sip", "open_login", "close"]

    def get_form(self, request: HttpRequest, obj: Subscriber | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change=change, form=LabelForm if obj else OpenForm, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Subscriber | None = None) -> list[Any]:
        if obj is None:
            return ["account", "plan", "trunk", "phone", "ported_in", "label", "connected_at"]
        belongs = ["switch_code", "shown_channels"] if obj.is_trunk else ["shown_trunk"]
        return [
            "shown_phone", "ported_in", "label", "account", "kind", "plan", *belongs, "shown_services", "status",
            "connected_at", "closed_at",
        ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Subscriber | None = None) -> list[str]:
        if obj is None:
            return []
        return [name for name in self.get_fields(request, obj) if name not in LabelForm.Meta.fields]

    def save_model(self, request: HttpRequest, obj: Subscriber, form: Any, change: bool) -> None:
        if change:
            numbers.relabel(subscriber=obj, label=obj.label)
            if "switch_code" in form.changed_data:
                switch_codes.rename(trunk=obj, code=obj.switch_code)

    @admin.display(description=gettext_lazy("номер"), ordering="phone")
    def shown_phone(self, subscriber: Subscriber) -> str:
        return phones.display(subscriber.phone)

    @admin.display(description=gettext_lazy("статус"), ordering="status")
    def shown_status(self, subscriber: Subscriber) -> SafeString:
        return staff.badge(TONES[SubscriberStatus(subscriber.status)], subscriber.get_status_display())

    @admin.display(description=gettext_lazy("SIP-соединение"), ordering="trunk__phone")
    def shown_trunk(self, subscriber: Subscriber) -> str:
        return phones.display(subscriber.trunk.phone) if subscriber.trunk else "—"

    @admin.display(description=gettext_lazy("пакет каналов"))
    def shown_channels(self, trunk: Subscriber) -> str:
        return channels.shown_package(trunk)

    @admin.display(description=gettext_lazy("услуги"))
    def shown_services(self, subscriber: Subscriber) -> str:
        return service.shown_services(subscriber)

    @admin.action(description=gettext_lazy("Ограничить исходящую связь"), permissions=["act"])
    def restrict(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> None:
        def work(subscriber: Subscriber) -> None:
            restrictions.restrict(
                subscriber=subscriber, user=cast("User", request.user), address=requests.client_address(request)
            )

        self.do_each(request, queryset, work, done=_("Ограничено номеров"))

    @admin.action(description=gettext_lazy("Снять ограничение"), permissions=["act"])
    def lift(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> None:
        def work(subscriber: Subscriber) -> None:
            restrictions.lift(
                subscriber=subscriber, user=cast("User", request.user), address=requests.client_address(request)
            )

        self.do_each(request, queryset, work, done=_("Снято ограничений"))

    @admin.action(description=gettext_lazy("Выдать параметры SIP"), permissions=["act"])
    def issue_sip(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> None:
        def work(subscriber: Subscriber) -> None:
            address = requests.client_address(request)
            sip_accounts.issue_later(trunk=subscriber, user=cast("User", request.user), address=address)

        self.do_each(request, queryset, work, done=_("Выдано параметров SIP"))

    @admin.action(description=gettext_lazy("Открыть вход в кабинет"), permissions=["act"])
    def open_login(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> None:
        """Opens logins again that staff have closed; a new trunk's login is opened with the trunk."""

        def work(subscriber: Subscriber) -> None:
            if not subscriber.is_trunk or subscriber.status == SubscriberStatus.CLOSED:
                raise DomainError(_("Входят по номеру действующего SIP-соединения"), code="login.no_trunk")
            logins.open_login(account=subscriber.account, phone=subscriber.phone, staff=cast("User", request.user))

        self.do_each(request, queryset, work, done=_("Открыто входов"))

    @admin.action(description=gettext_lazy("Отключить сейчас"), permissions=["act"])
    def close(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> None:
        now: datetime = clock.now()

        def work(subscriber: Subscriber) -> None:
            numbers.close(subscriber=subscriber, at=now)
            self.record(request, subscriber, "closed", _("Номер отключён: %(what)s") % {"what": subscriber})

        # Numbers are closed before their trunks, whatever the order on the page.
        self.do_each(request, queryset.order_by("kind"), work, done=_("Отключено номеров"))
