from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.models.payment import SuspensePayment
from sipcabinet.lib import clock, money


class SuspenseRefundState(models.TextChoices):
    WAITING = "waiting", _("ждёт второго")
    DONE = "done", _("возвращён")
    REFUSED = "refused", _("отклонено")
    WITHDRAWN = "withdrawn", _("отозвано")


_SELF = Q(decided_by=F("proposed_by"))
_ALONE = Q(counted__lte=F("most_alone"))


class SuspenseRefund(models.Model):
    """возврат плательщику: a credit in suspense goes back to its payer by a payment order of our bank (4.12).

    The credit was never booked, so nothing is booked now: the ledger and all balances stay. `counted` is the amount
    together with what the same person returned alone to this payer lately; above `most_alone` another person decides.
    A trigger allows one change: the decision about a waiting row. The debit of a later statement that this is names the
    credit too (`PaymentReturn.suspense`, outcome `payback`).
    """

    suspense = models.ForeignKey(
        SuspensePayment, models.PROTECT, related_name="refunds", verbose_name=_("невыясненный платёж")
    )
    amount = models.DecimalField(_("сумма, BYN"), max_digits=14, decimal_places=2)
    counted = models.DecimalField(max_digits=14, decimal_places=2, editable=False)
    most_alone = models.DecimalField(_("предел, BYN"), max_digits=14, decimal_places=2, editable=False)
    document_number = models.CharField(_("номер платёжного поручения"), max_length=60)
    document_date = models.DateField(_("дата платёжного поручения"))
    reason = models.CharField(_("основание"), max_length=300)
    state = models.CharField(_("состояние"), max_length=9, choices=SuspenseRefundState.choices)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("кто предложил"))
    proposed_at = models.DateTimeField(_("предложено"), default=clock.now)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто решил")
    )
    decided_at = models.DateTimeField(_("решено"), null=True, blank=True)
    answer = models.CharField(_("ответ"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("возврат плательщику")
        verbose_name_plural = _("возвраты плательщикам")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(name="suspense_refund_amount", condition=Q(amount__gt=0, counted__gte=F("amount"))),
            models.CheckConstraint(name="suspense_refund_document", condition=~Q(document_number="")),
            models.CheckConstraint(
                name="suspense_refund_decided",
                condition=Q(state="waiting", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(state="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="suspense_refund_two_people",
                condition=Q(state="waiting") & ~_ALONE
                | Q(state="done") & (_ALONE & _SELF | ~_ALONE & ~_SELF)
                | Q(state="refused") & ~_SELF & ~Q(answer="")
                | Q(state="withdrawn") & _SELF,
            ),
            models.UniqueConstraint(
                name="suspense_refund_once", fields=["suspense"], condition=Q(state__in=["waiting", "done"])
            ),
            models.UniqueConstraint(
                name="suspense_refund_document_once",
                fields=["document_number", "document_date"],
                condition=Q(state__in=["waiting", "done"]),
            ),
        ]
        indexes = [
            models.Index(fields=["proposed_at", "id"], condition=Q(state="waiting"), name="suspense_refund_waiting"),
            models.Index(fields=["amount"], condition=Q(state="done"), name="suspense_refund_of_sum"),
        ]

    def __str__(self) -> str:
        return f"{self.suspense.payer_name or '—'}, {money.show_byn(self.amount)}"

    @property
    def is_waiting(self) -> bool:
        return self.state == SuspenseRefundState.WAITING

    @property
    def booked_on(self) -> date:
        """The day of the payment order: what matching with a debit of the bank compares."""
        return self.document_date
