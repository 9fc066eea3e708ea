from typing import cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from billing.admin.letters import LettersInline
from billing.models import InvoiceMailing, MailingLetter
from billing.services import mailings
from sipcabinet.lib import durable, requests, staff
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.staff_filters import TroubleFilter


class LetterInline(LettersInline):
    model = MailingLetter


@admin.register(InvoiceMailing)
class InvoiceMailingAdmin(staff.ReadOnlyAdmin[InvoiceMailing]):
    """Mailings of regular invoices: the recipients of each, and its outcome."""

    list_display = ["created_at", "shown_state", "invoice", "account", "letter_count", "finished_at"]
    list_display_links = ["created_at", "invoice"]
    list_select_related = ["account__customer", "invoice"]
    list_filter = [TroubleFilter, "state", "created_at"]
    search_fields = ["invoice__number", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Номер счёта, лицевой счёт или клиент")
    ordering = ["-created_at", "-pk"]
    actions = ["send_again", "again"]
    inlines = [LetterInline]
    fields = ["invoice", "account", "state", "attempts", "created_at", "due_at", "finished_at", "last_error"]
    audit_noun = "invoice"

    def get_queryset(self, request: HttpRequest) -> QuerySet[InvoiceMailing]:
        return super().get_queryset(request).prefetch_related("deliveries")

    @admin.display(description=gettext_lazy("писем"))
    def letter_count(self, mailing: InvoiceMailing) -> int:
        return len(mailing.deliveries.all())

    @admin.action(description=gettext_lazy("Отправить счёт ещё раз"), permissions=["act"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[InvoiceMailing]) -> None:
        def work(mailing: InvoiceMailing) -> None:
            mailings.resend(mailing=mailing, user=cast("User", request.user), address=requests.client_address(request))

        self.do_each(request, queryset, work, done=_("Поставлено в очередь писем"))

    @admin.action(description=gettext_lazy("Повторить"), permissions=["act"])
    def again(self, request: HttpRequest, queryset: QuerySet[InvoiceMailing]) -> None:
        def work(mailing: InvoiceMailing) -> None:
            if not durable.retry(mailing):
                raise DomainError(_("Повторить можно только рассылку с ошибкой"), code="mailing.not_ended")
            durable.hint(mailings.DRAIN_TASK)
            self.record(request, mailing, "retried", _("Рассылка снова в работе: %(what)s") % {"what": mailing})

        self.do_each(request, queryset, work, done=_("Рассылок снова в работе"))
