from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing.models.invoice import Correction, Invoice
from billing.models.ledger import LedgerEntry
from sipcabinet.lib import clock


class Debt(models.Model):
    """долг: a document that is to be paid, with a due day of its own (4.8).

    One for each ledger entry below zero: an invoice, a correction upwards, an opening balance, and whatever kind of
    debit comes later. `amount` is the entry's, BYN, above zero; how much of it is unpaid is derived
    (selectors/debts.py): credits pay the oldest due day first. `invoice` is the document itself, or the one that
    `correction` mends. By trigger nothing of it changes but `due_on`, and that only to a later day.
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
        """The document as the ledger names it: `Счёт № 000012 за октябрь 2026`."""
        return self.entry.title

    @property
    def is_invoice(self) -> bool:
        """An invoice names its due day itself; every other debt is told of by a letter."""
        return self.invoice_id is not None and self.correction_id is None

    @property
    def order(self) -> tuple[date, int]:
        """Credits pay debts in this order."""
        return (self.due_on, self.pk)
