from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from billing import addresses
from billing.models import DeliveryChoice, DeliveryMethod
from billing.selectors import delivery
from billing.selectors.delivery import Way
from billing.services import delivery as delivery_services
from sipcabinet.lib import staff
from sipcabinet.lib.errors import DomainError

if TYPE_CHECKING:
    ChoiceModelForm = forms.ModelForm[DeliveryChoice]
else:
    ChoiceModelForm = forms.ModelForm


class ChoiceForm(ChoiceModelForm):
    """A new choice for an account; the rules are those of the customer's wizard."""

    typed = forms.CharField(
        label=gettext_lazy("Адреса"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Для «E-mail»: каждый с новой строки, не больше пяти"),
    )

    class Meta:
        model = DeliveryChoice
        fields = ["account", "method"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "account" not in cleaned or "method" not in cleaned:
            return cleaned
        by_email = cleaned["method"] == DeliveryMethod.EMAIL
        try:
            self.instance.addresses = addresses.read(cleaned.get("typed", "")) if by_email else []
        except DomainError as refusal:
            raise ValidationError({"typed": refusal.message}) from None
        now = delivery.way(delivery.current(cleaned["account"]))
        if now.is_same(Way(DeliveryMethod(cleaned["method"]), tuple(self.instance.addresses))):
            raise ValidationError(gettext_lazy("Этот способ и эти адреса действуют сейчас"))
        return cleaned


@admin.register(DeliveryChoice)
class DeliveryChoiceAdmin(staff.StaffAdmin[DeliveryChoice]):
    """Where invoices are and were sent. Choices never change: staff add a new one, reported by the same letters."""

    form = ChoiceForm
    list_display = ["chosen_at", "account", "method", "shown_addresses", "chosen_by"]
    list_select_related = ["account__customer", "chosen_by"]
    list_filter = ["method", "chosen_at"]
    search_fields = ["account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Лицевой счёт или клиент")
    ordering = ["-chosen_at", "-pk"]
    autocomplete_fields = ["account"]

    def get_fields(self, request: HttpRequest, obj: DeliveryChoice | None = None) -> Any:
        if obj is None:
            return ["account", "method", "typed"]
        return ["account", "method", "shown_addresses", "chosen_at", "chosen_by"]

    def get_readonly_fields(self, request: HttpRequest, obj: DeliveryChoice | None = None) -> list[str]:
        return ["shown_addresses"]

    @admin.display(description=gettext_lazy("адреса"))
    def shown_addresses(self, choice: DeliveryChoice) -> str:
        return ", ".join(choice.addresses)

    def has_change_permission(self, request: HttpRequest, obj: DeliveryChoice | None = None) -> bool:
        return False

    def log_addition(self, request: HttpRequest, obj: DeliveryChoice, message: Any) -> LogEntry:
        # The service writes the audit journal.
        return admin.ModelAdmin.log_addition(self, request, obj, message)

    def save_model(self, request: HttpRequest, obj: DeliveryChoice, form: Any, change: bool) -> None:
        known = delivery.current(obj.account)
        choice, _is_new = delivery_services.change(
            account=obj.account,
            method=DeliveryMethod(obj.method),
            addresses=obj.addresses,
            base=known.pk if known else 0,
            by=Actor.of(request),
        )
        obj.pk, obj.chosen_at, obj.chosen_by = choice.pk, choice.chosen_at, choice.chosen_by
