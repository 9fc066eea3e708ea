"""Guarantee payments for staff: the queue of requests, and the page that decides one request (4.2)."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, QuerySet, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from billing.models import DebtRestriction, GuaranteeState, PaymentGuarantee
from billing.selectors import balance, guarantees
from billing.services import guarantees as guarantee_services
from sipcabinet.lib import clock, money, requests, staff
from sipcabinet.lib.errors import DomainError

ACCEPT, REJECT = "accept", "reject"


class DecisionForm(forms.Form):
    """Accept or reject; a rejection needs a reason. The customer reads the answer."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Решение"),
        widget=forms.RadioSelect,
        choices=[(ACCEPT, gettext_lazy("принять")), (REJECT, gettext_lazy("отклонить"))],
        error_messages={"required": gettext_lazy("Выберите решение")},
    )
    answer = forms.CharField(
        label=gettext_lazy("Ответ клиенту"),
        max_length=guarantee_services.ANSWER_LENGTH,
        required=False,
        help_text=gettext_lazy("Обязательно при отказе. Клиент прочтёт ответ в письме и в истории обязательств"),
        widget=forms.Textarea(attrs={"rows": 3, "class": "w-full"}),
    )

    def carry_out(self, guarantee: PaymentGuarantee, user: User, address: str) -> PaymentGuarantee | None:
        """Applies the decision of a valid form; None after a refusal, which the form then shows beside its field."""
        answer = self.cleaned_data["answer"]
        try:
            if self.cleaned_data["decision"] == ACCEPT:
                return guarantee_services.accept(guarantee=guarantee, staff=user, answer=answer, address=address)
            return guarantee_services.reject(guarantee=guarantee, staff=user, reason=answer, address=address)
        except DomainError as refusal:
            self.add_error("answer" if refusal.code == "guarantee.reason" else None, refusal.message)
        return None


@admin.register(PaymentGuarantee)
class PaymentGuaranteeAdmin(staff.ReadOnlyAdmin[PaymentGuarantee]):
    """Waiting requests come first, the oldest at the top."""

    list_display = [
        "number", "shown_guarantee_state", "decide", "shown_amount", "account", "requested_at", "valid_until",
        "debt",
    ]  # fmt: skip
    list_filter = ["state", "requested_at"]
    list_select_related = ["account__customer", "debt__entry"]
    search_fields = ["number", "debt__entry__title", "account__number", "account__customer__name"]
    search_help_text = gettext_lazy("Номер обязательства, документ, лицевой счёт или клиент")
    ordering: ClassVar[Any] = [
        Case(When(state=GuaranteeState.PENDING, then=F("requested_at"))).asc(nulls_last=True),
        "-requested_at",
        "-pk",
    ]
    audit_noun = "guarantee"
    actions = ["accept"]
    fields = [
        "number", "state", "decide", "account", "debt", "amount", "requested_at", "requested_by", "decided_at",
        "decided_by", "answer", "valid_until", "restrict_on", "ended_at",
    ]  # fmt: skip
    readonly_fields = ["decide"]
    row_pages = {"decide": "decision"}

    @admin.display(description=gettext_lazy("состояние"), ordering="state")
    def shown_guarantee_state(self, guarantee: PaymentGuarantee) -> SafeString:
        return staff.badge(guarantees.STAFF_TONES[GuaranteeState(guarantee.state)], guarantee.get_state_display())

    @admin.display(description=gettext_lazy("сумма"), ordering="amount")
    def shown_amount(self, guarantee: PaymentGuarantee) -> str:
        return money.show_byn(guarantee.amount)

    @admin.display(description=gettext_lazy("решение"))
    def decide(self, guarantee: PaymentGuarantee) -> SafeString | str:
        if guarantee.state != GuaranteeState.PENDING:
            return "—"
        url = reverse("admin:billing_paymentguarantee_decide", args=[guarantee.pk])
        return format_html('<a href="{}">{}</a>', url, _("принять или отклонить"))

    def decision(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page that decides one request. The service writes the audit journal."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        guarantee = PaymentGuarantee.objects.select_related(*guarantees.OF_DEBT).filter(pk=pk).first()
        if guarantee is None:
            raise Http404
        form = DecisionForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            user, address = cast("User", request.user), requests.client_address(request)
            if decided := form.carry_out(guarantee, user, address):
                state = decided.get_state_display()
                messages.success(request, _("Обязательство %(what)s: %(state)s") % {"what": decided, "state": state})
                return redirect(staff.next_in_queue("guarantees", pk))
        return TemplateResponse(request, "admin/billing/guarantee.html", self._of(request, guarantee, form))

    def _of(self, request: HttpRequest, guarantee: PaymentGuarantee, form: DecisionForm) -> dict[str, Any]:
        former = [one for one in guarantees.history(guarantee.account) if one.pk != guarantee.pk]
        for one in former:
            one.tone = guarantees.STAFF_TONES[GuaranteeState(one.state)]  # type: ignore[attr-defined]
        return {
            **self.admin_site.each_context(request),
            "title": _("Решение по обязательству %(number)s") % {"number": guarantee.number},
            "queue_name": "guarantees",
            "row": guarantee,
            "guarantee": guarantee,
            "form": form,
            "submit_label": _("Записать решение"),
            "unpaid": guarantees.unpaid_of(guarantee),
            "balance": balance.balance(guarantee.account),
            "valid_until": guarantees.valid_until(clock.today(), guarantee.debt.due_on),
            "is_barred": DebtRestriction.objects.filter(account=guarantee.account, lifted_at__isnull=True).exists(),
            "former": former,
        }

    @admin.action(description=gettext_lazy("Принять без ответа"), permissions=["act"])
    def accept(self, request: HttpRequest, queryset: QuerySet[PaymentGuarantee]) -> None:
        def work(guarantee: PaymentGuarantee) -> None:
            user, address = cast("User", request.user), requests.client_address(request)
            guarantee_services.accept(guarantee=guarantee, staff=user, address=address)

        self.do_each(request, queryset.select_related(*guarantees.OF_DEBT), work, done=_("Принято обязательств"))
