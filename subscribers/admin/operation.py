"""Confirmed changes of subscribers: staff find them by the number that the customer quotes (3.2, 4.11)."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from sipcabinet.lib import phones, staff
from subscribers.models import Operation
from subscribers.selectors import operations


@admin.register(Operation)
class OperationAdmin(staff.ReadOnlyAdmin[Operation]):
    list_display = ["number", "kind", "shown_phone", "account", "made_by", "made_at", "reason"]
    list_filter = ["kind", "made_at"]
    list_select_related = ["account__customer", "subscriber", "made_by"]
    search_fields = ["number", "account__number", "account__customer__name", "reason"]
    phone_search_fields = ["subscriber__phone"]
    search_help_text = gettext_lazy("Номер операции, номер телефона в любом написании, лицевой счёт, клиент, основание")
    ordering = ["-made_at", "-pk"]
    # The table only grows: its rows are not counted.
    show_full_result_count = False
    fields = [
        "number", "kind", "shown_phone", "account", "shown_changes", "shown_switch", "made_by", "made_at", "reason",
    ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Operation | None = None) -> list[str]:
        return list(map(str, self.fields or []))

    @admin.display(description=gettext_lazy("номер"), ordering="subscriber__phone")
    def shown_phone(self, operation: Operation) -> str:
        return phones.display(operation.subscriber.phone)

    @admin.display(description=gettext_lazy("что изменено"))
    def shown_changes(self, operation: Operation) -> SafeString:
        rows = ((change["name"], change["was"], _with_price(change)) for change in operation.changes)
        return format_html_join("", "<div>{}: {} → {}</div>", rows)

    @admin.display(description=gettext_lazy("на коммутаторе"))
    def shown_switch(self, operation: Operation) -> str | SafeString:
        state = operations.operation_state(operation.account, operation)
        return staff.badge(state.tone, state.label) if state else "—"


def _with_price(change: dict[str, str]) -> str:
    return ", ".join(filter(None, [change["now"], change["price"]]))
