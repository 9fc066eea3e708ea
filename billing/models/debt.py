from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing.models.invoice import Correction, Invoice
from billing.models.ledger import LedgerEntry
from sipcabinet.lib import clock


class Debt(models.Model):
    """долг: a document that the customer must pay, with its own due day (4.8).

    Each ledger entry below zero has exactly one debt: an invoice, a correction upwards, an opening balance, and any
    kind of debit added later. `amount` is the entry's amount, BYN, above zero. The unpaid part is not stored:
    selectors/debts.py derives it (credits pay the oldest due day first). `invoice` is the invoice itself, or the
    invoice that `correction` corrects. A trigger allows one change only: `due_on` may move to a later day.
    """

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="debts", db_index=False, verbose_name=_("лицевой счёт")
    )
    entry = models.OneToOneField(LedgerEntry, models.PROTECT, related_name="debt", verbose_name=_("документ"))
    invoice = models.ForeignKey(
        Invoice, models.PROTECT, null=True, blank=True, related_name="debts", verbose_name=_("счёт")
    )
    correction = models.OneToOneField(
        Correction, models.PROTECT, null=True, blank=True, related_name="debt", verbose_name=_("корректировка")
    )
    amount = models.DecimalField(_("сумма, BYN"), max_digits=14, decimal_places=2)
    due_on = models.DateField(_("оплатить до"))
    created_at = models.DateTimeField(_("записан"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("долг")
        verbose_name_plural = _("долги")
        constraints = [models.CheckConstraint(name="debt_amount", condition=Q(amount__gt=0))]
        indexes = [models.Index(fields=["account", "due_on", "id"], name="debt_of_account")]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The document's name in the ledger: `Счёт № 000012 за октябрь 2026`."""
        return self.entry.title

    @property
    def is_invoice(self) -> bool:
        """True for an invoice, which states its own due day. The customer learns of every other debt from a letter."""
        return self.invoice_id is not None and self.correction_id is None

    @property
    def order(self) -> tuple[date, int]:
        """Sort key: credits pay debts in this order."""
        return (self.due_on, self.pk)
