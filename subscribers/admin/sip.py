"""SIP platforms and the SIP access of trunks (3.4, 4.11). None of these pages shows the SIP password."""

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from accounts.models import User
from sipcabinet.lib import phones, requests, staff
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.look_kinds import LookKind
from subscribers.models import SipAccount, SipPlatform, Transport
from subscribers.services import sip_access, sip_accounts
from subscribers.sip import UnwritableError
from subscribers.sip.media import CODECS, DTMF
from subscribers.sip.text import host

if TYPE_CHECKING:
    AccountModelForm = forms.ModelForm[SipAccount]
    PlatformModelForm = forms.ModelForm[SipPlatform]
else:
    AccountModelForm = PlatformModelForm = forms.ModelForm


class LinesField(forms.Field):
    """A list of texts, one per line."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 50})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        typed = [line.strip() for line in str(data or "").splitlines() if line.strip()]
        return typed != list(initial or [])


class NetworksField(LinesField):
    """Networks such as `192.0.2.0/28`, one per line."""

    def to_python(self, value: Any) -> list[str]:
        return [_network(line) for line in super().to_python(value)]


class CodecsField(LinesField):
    """Codecs that equipment has names for, the preferred first."""

    def to_python(self, value: Any) -> list[str]:
        codecs = list(dict.fromkeys(super().to_python(value)))
        if unknown := [codec for codec in codecs if codec not in CODECS]:
            raise ValidationError(_("Неизвестный кодек: %(codec)s") % {"codec": unknown[0]})
        return codecs


class PlatformForm(PlatformModelForm):
    transports = forms.MultipleChoiceField(
        label=gettext_lazy("Транспорты"), choices=Transport.choices, widget=forms.CheckboxSelectMultiple
    )
    codecs = CodecsField(label=gettext_lazy("Кодеки по порядку"), help_text=", ".join(CODECS))
    dtmf = forms.ChoiceField(label="DTMF", choices=[(name, name) for name in DTMF])
    signalling_networks = NetworksField(label=gettext_lazy("Сети сигнализации"))
    media_networks = NetworksField(label=gettext_lazy("Сети медиа"))

    class Meta:
        model = SipPlatform
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("domain", "registrar", "outbound_proxy"):
            try:
                host(cleaned.get(name) or "unset", name)
            except UnwritableError:
                self.add_error(name, _("Введите имя сервера или адрес IPv4, без порта"))
        return cleaned


class AccessForm(AccountModelForm):
    """How a trunk reaches the switch. The service runs during the form's validation, so its refusal is shown beside
    the field."""

    allowed_addresses = LinesField(
        label=gettext_lazy("Разрешённые адреса"),
        required=False,
        help_text=gettext_lazy("Адреса и сети, по одному в строке: 203.0.113.7 или 203.0.113.16/28"),
    )
    reason = forms.CharField(label=gettext_lazy("Основание"), required=False, max_length=200)
    request: HttpRequest  # set by the page

    class Meta:
        model = SipAccount
        fields = ["mode", "transport", "allowed_addresses"]

    def _post_clean(self) -> None:
        """Saves the access within the page's transaction."""
        if self.errors or not self.has_changed():
            return
        try:
            sip_access.set_access(
                trunk=self.instance.trunk,
                mode=self.cleaned_data["mode"],
                transport=self.cleaned_data["transport"],
                allowed_addresses=self.cleaned_data["allowed_addresses"],
                reason=self.cleaned_data["reason"],
                user=_staff(self.request),
                address=requests.client_address(self.request),
            )
        except DomainError as refusal:
            field = getattr(refusal, "field", "")
            self.add_error(field if field in self.fields else None, refusal.message)
        else:
            self.instance.refresh_from_db()


@admin.register(SipPlatform)
class SipPlatformAdmin(staff.StaffAdmin[SipPlatform]):
    form = PlatformForm
    list_display = ["name", "domain", "registrar", "outbound_proxy", "port", "tls_port", "is_default"]
    search_fields = ["name", "domain", "registrar"]
    ordering = ["name"]

    def get_readonly_fields(self, request: HttpRequest, obj: SipPlatform | None = None) -> list[str]:
        # The switch stores a digest of each password that includes the domain.
        return ["domain"] if obj is not None and obj.sipaccount_set.exists() else []


@admin.register(SipAccount)
class SipAccountAdmin(staff.StaffAdmin[SipAccount]):
    list_display = ["shown_trunk", "account", "auth_name", "mode", "transport", "platform", "password_changed_at"]
    list_filter = ["mode", "transport", "platform"]
    list_select_related = ["account__customer", "trunk", "platform"]
    search_fields = ["auth_name", "account__number", "account__customer__name"]
    phone_search_fields = ["trunk__phone"]
    search_help_text = gettext_lazy("Номер в любом написании, логин, лицевой счёт или клиент")
    ordering = ["trunk__phone", "-trunk__connected_at"]
    actions = ["change_password"]
    row_shows = LookKind.SECRET
    fields = [
        "shown_trunk", "account", "platform", "login", "auth_name", "password_changed_at", "mode", "transport",
        "allowed_addresses", "reason",
    ]  # fmt: skip
    readonly_fields = ["shown_trunk", "account", "platform", "login", "auth_name", "password_changed_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: SipAccount | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, form=AccessForm, **kwargs)
        form.request = request  # type: ignore[attr-defined]  # this form class exists for one request only
        return form

    def get_fieldsets(self, request: HttpRequest, obj: SipAccount | None = None) -> Any:
        return [(None, {"fields": self.fields})]

    def save_model(self, request: HttpRequest, obj: SipAccount, form: Any, change: bool) -> None:
        """Nothing to save: the form has already saved the access and the audit event."""

    def log_change(self, request: HttpRequest, obj: SipAccount, message: Any) -> LogEntry:
        return admin.ModelAdmin.log_change(self, request, obj, message)

    @admin.display(description=gettext_lazy("SIP-соединение"), ordering="trunk__phone")
    def shown_trunk(self, row: SipAccount) -> str:
        return phones.display(row.trunk.phone)

    @admin.action(description=gettext_lazy("Сменить пароль SIP"), permissions=["act"])
    def change_password(self, request: HttpRequest, queryset: QuerySet[SipAccount]) -> None:
        """Sets a new password without showing it: the customer can show it on his own page."""

        def work(row: SipAccount) -> None:
            sip_accounts.change_password(trunk=row.trunk, by=Actor.of(request))

        self.do_each(request, queryset, work, done=_("Сменено паролей SIP"))


def _staff(request: HttpRequest) -> User:
    return cast("User", request.user)


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise ValidationError(_("«%(text)s» — не сеть вида 192.0.2.0/28") % {"text": text}) from None
