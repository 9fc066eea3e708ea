from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from billing.admin.letters import LettersInline
from billing.models import Document, DocumentOrder, OrderLetter
from billing.services import orders
from sipcabinet.lib import durable, requests, staff
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.staff_filters import TroubleFilter


class DocumentInline(staff.ReadOnlyInline):
    model = Document
    fields = ["file_name", "size", "made_at"]
    show_change_link = True


class LetterInline(LettersInline):
    model = OrderLetter


@admin.register(DocumentOrder)
class DocumentOrderAdmin(staff.ReadOnlyAdmin[DocumentOrder]):
    """Customers' orders, each with its document and its letters."""

    list_display = ["number", "shown_state", "title", "account", "created_at", "due_at", "finished_at"]
    list_display_links = ["number", "title"]
    list_select_related = ["account__customer"]
    list_filter = [TroubleFilter, "state", "kind", "created_at"]
    search_fields = ["number", "title", "recipient", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Номер заказа, лицевой счёт, клиент или адрес")
    phone_search_fields = ["ordered_by__phone"]
    ordering = ["-created_at", "-pk"]
    actions = ["send_again", "again"]
    inlines = [DocumentInline, LetterInline]
    audit_noun = "order"
    fields = [
        "number", "kind", "title", "account", "ordered_by", "recipient", "params",
        "state", "attempts", "created_at", "due_at", "finished_at", "last_error",
    ]  # fmt: skip

    @admin.action(description=gettext_lazy("Отправить документ ещё раз"), permissions=["act"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[DocumentOrder]) -> None:
        def work(order: DocumentOrder) -> None:
            orders.resend(order=order, user=cast("User", request.user), address=requests.client_address(request))

        self.do_each(request, queryset, work, done=_("Поставлено в очередь писем"))

    @admin.action(description=gettext_lazy("Повторить"), permissions=["act"])
    def again(self, request: HttpRequest, queryset: QuerySet[DocumentOrder]) -> None:
        def work(order: DocumentOrder) -> None:
            if not durable.retry(order):
                raise DomainError(_("Повторить можно только заказ с ошибкой"), code="order.not_ended")
            durable.hint(orders.DRAIN_TASK)
            self.record(request, order, "retried", _("Заказ снова в работе: %(what)s") % {"what": order})

        self.do_each(request, queryset, work, done=_("Заказов снова в работе"))
