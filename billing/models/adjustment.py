from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from billing.models.payment import Payment
from sipcabinet.lib import clock, money


class AdjustmentKind(models.TextChoices):
    """What happened to money that came or went wrong. The codes are those of the ledger entries (EntryKind)."""

    MOVE = "move", _("перенос платежа")
    REVERSAL = "reversal", _("отмена платежа")
    REFUND = "refund", _("возврат переплаты")
    WRITE_OFF = "writeoff", _("списание долга")


OF_A_PAYMENT = (AdjustmentKind.MOVE, AdjustmentKind.REVERSAL)  # these always name the payment
BY_A_PAPER = (AdjustmentKind.REFUND, AdjustmentKind.WRITE_OFF)  # these name a payment order, or an order


class Adjustment(models.Model):
    """поправка: a document about money that came or went wrong (4.12). Append-only by trigger; one LedgerEntry each.

    `amount` (BYN, above zero) leaves the account, except by a write-off, which takes it off the debt. A moved sum
    becomes a Payment of the other account with the source key `moved:<id of this row>`, of the same day. What is left
    of a payment (its amount less its adjustments) never falls below zero: a trigger keeps that (`payment_left`).
    Customers' pages read these rows; the reason is kept in the MoneyProposal, which they cannot read.
    """

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="adjustments", db_index=False, verbose_name=_("лицевой счёт")
    )
    kind = models.CharField(_("вид"), max_length=8, choices=AdjustmentKind.choices)
    amount = models.DecimalField(_("сумма, BYN"), max_digits=14, decimal_places=2)
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, blank=True, related_name="adjustments", verbose_name=_("платёж")
    )
    booked_on = models.DateField(_("дата"))
    document_number = models.CharField(_("номер документа"), max_length=60, blank=True)
    document_date = models.DateField(_("дата документа"), null=True, blank=True)
    created_at = models.DateTimeField(_("записано"), default=clock.now, editable=False)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("кто провёл"))

    class Meta:
        verbose_name = _("поправка")
        verbose_name_plural = _("поправки")
        constraints = [
            models.CheckConstraint(name="adjustment_amount", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="adjustment_payment",
                condition=Q(kind__in=OF_A_PAYMENT, payment__isnull=False)
                | Q(kind=AdjustmentKind.WRITE_OFF, payment__isnull=True)
                | Q(kind=AdjustmentKind.REFUND),
            ),
            models.CheckConstraint(
                name="adjustment_document",
                condition=Q(kind__in=BY_A_PAPER, document_date__isnull=False) & ~Q(document_number="")
                | Q(kind__in=OF_A_PAYMENT, document_date__isnull=True, document_number=""),
            ),
            models.UniqueConstraint(
                name="adjustment_document_once",
                fields=["account", "kind", "document_number", "document_date"],
                condition=Q(kind__in=BY_A_PAPER),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-booked_on", "-id"], name="adjustment_of_account"),
            models.Index(fields=["amount"], condition=Q(kind="refund"), name="adjustment_refund_of_sum"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {money.show_byn(self.amount)}, {clock.show_date(self.booked_on)}"

    @property
    def title(self) -> str:
        """`Возврат переплаты, платёжное поручение № 17`: what customers' pages call a row that has a document."""
        if self.kind == AdjustmentKind.REFUND:
            return gettext("Возврат переплаты, платёжное поручение № %(number)s") % {"number": self.document_number}
        return str(self.get_kind_display()).capitalize()

    @property
    def source_key(self) -> str:
        """The key of its ledger entry."""
        return f"adjustment:{self.pk}"

    @property
    def moved_key(self) -> str:
        """The source key of the payment that the moved sum became on the other account."""
        return f"{MOVED_KEY}{self.pk}"


MOVED_KEY = "moved:"
