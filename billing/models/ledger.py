from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from sipcabinet.lib import clock


class EntryKind(models.TextChoices):
    OPENING = "opening", _("входящее сальдо")
    INVOICE = "invoice", _("счёт")
    PAYMENT = "payment", _("платёж")
    CORRECTION = "correct", _("корректировка")
    # The codes of Adjustment (4.12):
    MOVE = "move", _("перенос платежа")
    REVERSAL = "reversal", _("отмена платежа")
    REFUND = "refund", _("возврат переплаты")
    WRITE_OFF = "writeoff", _("списание долга")


TAKEN = (EntryKind.MOVE, EntryKind.REVERSAL, EntryKind.REFUND)  # money that left the account again


class LedgerEntry(models.Model):
    """проводка: one line of an account's ledger, BYN. The balance (сальдо) is the sum of the lines; a debt is negative
    (2.1).

    A payment and a write-off are positive, an invoice zero or negative, a correction either; a moved, cancelled or
    refunded sum is negative. `booked_on` is the day the entry counts for
    (Minsk); `source_key` names its source (`invoice:12`), which is booked only once. Append-only by trigger.
    """

    account = models.ForeignKey(Account, models.PROTECT, db_index=False, verbose_name=_("лицевой счёт"))
    kind = models.CharField(_("вид"), max_length=8, choices=EntryKind.choices)
    amount = models.DecimalField(_("сумма, BYN"), max_digits=14, decimal_places=2)
    booked_on = models.DateField(_("дата"))
    title = models.CharField(_("документ"), max_length=200)
    source_key = models.CharField(_("источник"), max_length=80, unique=True, editable=False)
    created_at = models.DateTimeField(_("записано"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("проводка")
        verbose_name_plural = _("проводки")
        constraints = [
            models.CheckConstraint(
                name="ledger_signs",
                condition=Q(kind__in=[EntryKind.PAYMENT, EntryKind.WRITE_OFF], amount__gt=0)
                | Q(kind__in=TAKEN, amount__lt=0)
                | Q(kind=EntryKind.INVOICE, amount__lte=0)
                | Q(kind__in=[EntryKind.OPENING, EntryKind.CORRECTION]),
            )
        ]
        indexes = [models.Index(fields=["account", "booked_on", "id"], name="ledger_of_account")]

    def __str__(self) -> str:
        return self.title
