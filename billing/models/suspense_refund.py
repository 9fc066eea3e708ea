from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.payment import SuspensePayment
from billing.models.second_person import DECIDED, TWO_PEOPLE, SecondPerson
from sipcabinet.lib import money


class SuspenseRefundState(models.TextChoices):
    WAITING = "waiting", _("ждёт второго")
    DONE = "done", _("возвращён")
    REFUSED = "refused", _("отклонено")
    WITHDRAWN = "withdrawn", _("отозвано")


class SuspenseRefund(SecondPerson):
    """возврат плательщику: a credit in suspense goes back to its payer by a payment order of our bank (4.12).

    The credit was never booked, so nothing is booked now: the ledger and all balances stay. What is counted is the
    money of this payer. A trigger allows one change: the decision about a waiting row. The debit of a later statement
    that this is names the credit too (`PaymentReturn.suspense`, outcome `payback`).
    """

    suspense = models.ForeignKey(
        SuspensePayment, models.PROTECT, related_name="refunds", verbose_name=_("невыясненный платёж")
    )
    amount = models.DecimalField(_("сумма, BYN"), max_digits=14, decimal_places=2)
    document_number = models.CharField(_("номер платёжного поручения"), max_length=60)
    document_date = models.DateField(_("дата платёжного поручения"))
    state = models.CharField(_("состояние"), max_length=9, choices=SuspenseRefundState.choices)

    class Meta:
        verbose_name = _("возврат плательщику")
        verbose_name_plural = _("возвраты плательщикам")
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(name="suspense_refund_amount", condition=Q(amount__gt=0, counted__gte=F("amount"))),
            models.CheckConstraint(name="suspense_refund_document", condition=~Q(document_number="")),
            models.CheckConstraint(name="suspense_refund_decided", condition=DECIDED),
            models.CheckConstraint(name="suspense_refund_two_people", condition=TWO_PEOPLE),
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
    def booked_on(self) -> date:
        """The day of the payment order: what matching with a debit of the bank compares."""
        return self.document_date
