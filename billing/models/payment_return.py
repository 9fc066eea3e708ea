from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing.models.adjustment import Adjustment
from billing.models.payment import Payment, StatementImport, SuspensePayment
from sipcabinet.lib import clock


class ReturnKind(models.TextChoices):
    """Why a debit looks like a returned payment."""

    REVERSAL = "reversal", _("сторно банка")
    WORDS = "words", _("возврат или отзыв по назначению")
    PAYER = "payer", _("списание плательщику на сумму его платежа")
    REFUND = "refund", _("возврат переплаты, проведённый сотрудником")


class ReturnState(models.TextChoices):
    WAITING = "waiting", _("ждёт решения")
    SETTLED = "settled", _("разобран")


class ReturnOutcome(models.TextChoices):
    """What staff decided a debit to be; for a refund that was booked before, the import itself decides."""

    RECALLED = "recalled", _("платёж отозван банком: отменён")
    REFUNDED = "refunded", _("возвращена переплата")
    PAYBACK = "payback", _("невыясненный платёж возвращён плательщику")
    OTHER = "other", _("не относится к платежам клиентов")
    UNDONE = "undone", _("отменён вместе с выпиской")


class PaymentReturn(models.Model):
    """возврат платежа: a debit of the bank that seems to take back a payment; staff decide about it (4.6, 4.12).

    `payment` or `suspense` is the credit that it seems to take back; both are empty when no credit fits. A return does
    not change the ledger: `adjustment` does, the cancelled payment or the refund that this debit is. `outcome` is the
    decision about a settled row; empty in rows that earlier releases settled.
    """

    statement = models.ForeignKey(StatementImport, models.PROTECT, verbose_name=_("выписка"))
    kind = models.CharField(_("почему"), max_length=8, choices=ReturnKind.choices)
    state = models.CharField(_("состояние"), max_length=7, choices=ReturnState.choices, default=ReturnState.WAITING)
    amount = models.DecimalField(_("сумма, BYN"), max_digits=14, decimal_places=2)
    returned_on = models.DateField(_("дата списания"))
    payer_name = models.CharField(_("кому"), max_length=300, blank=True)
    payer_unp = models.CharField(_("УНП"), max_length=14, blank=True)
    payer_iban = models.CharField(_("счёт"), max_length=34, blank=True)
    reference = models.CharField(_("номер документа"), max_length=60, blank=True)
    purpose = models.TextField(_("назначение"), blank=True)
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, blank=True, related_name="returns", verbose_name=_("какой платёж")
    )
    suspense = models.ForeignKey(
        SuspensePayment, models.PROTECT, null=True, blank=True, related_name="returns",
        verbose_name=_("какой невыясненный платёж"),
    )  # fmt: skip
    outcome = models.CharField(_("решение"), max_length=8, choices=ReturnOutcome.choices, blank=True)
    adjustment = models.OneToOneField(
        Adjustment, models.PROTECT, null=True, blank=True, related_name="payment_return", verbose_name=_("поправка")
    )
    note = models.CharField(_("пояснение"), max_length=300, blank=True)
    settled_at = models.DateTimeField(_("разобран"), null=True, blank=True)
    settled_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто разобрал")
    )
    source_key = models.CharField(max_length=200, unique=True, editable=False)
    created_at = models.DateTimeField(_("записано"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("возврат платежа")
        verbose_name_plural = _("возвраты платежей")
        constraints = [
            models.CheckConstraint(name="return_amount", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="return_settled_by",
                condition=Q(state="waiting", outcome="", adjustment__isnull=True)
                | Q(state="settled", outcome__in=["recalled", "refunded"], adjustment__isnull=False)
                | Q(state="settled", outcome="payback", adjustment__isnull=True, suspense__isnull=False)
                | Q(state="settled", outcome__in=["", "other", "undone"], adjustment__isnull=True),
            ),
            models.UniqueConstraint(name="return_pays_back_once", fields=["suspense"], condition=Q(outcome="payback")),
            models.CheckConstraint(name="return_of_one", condition=Q(payment__isnull=True) | Q(suspense__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.payer_name}, {clock.show_date(self.returned_on)}"
