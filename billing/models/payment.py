from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from sipcabinet.lib import clock


class PaymentSource(models.TextChoices):
    """Where the money came from, in the words that the customer reads (2.2.1)."""

    BANK = "bank", _("банковский перевод")
    ERIP = "erip", _("ЕРИП")
    CASH = "cash", _("касса")
    OTHER = "other", _("другое")


class StatementImport(models.Model):
    """An imported bank statement: the balances that prove it complete, and the outcome of its credits (4.6).

    credits = booked + duplicate + suspended. `returns` counts debits that seem to take a payment back. Balances in BYN.
    An undone statement (`undone_at`) keeps its rows and counts: its payments are cancelled, its documents are not known
    any more, and neither the days covered nor the chain of balances count it.
    """

    file_name = models.CharField(_("файл"), max_length=255)
    format = models.CharField(_("формат"), max_length=12)
    sha256 = models.CharField(max_length=64, editable=False)
    iban = models.CharField(_("наш счёт"), max_length=34)
    first_day = models.DateField(_("с"), null=True)
    last_day = models.DateField(_("по"), null=True)
    opening = models.DecimalField(_("входящий остаток"), max_digits=16, decimal_places=2)
    closing = models.DecimalField(_("исходящий остаток"), max_digits=16, decimal_places=2)
    credits = models.PositiveIntegerField(_("поступлений"), default=0)
    debits = models.PositiveIntegerField(_("списаний"), default=0)
    booked = models.PositiveIntegerField(_("зачислено"), default=0)
    duplicate = models.PositiveIntegerField(_("повторы"), default=0)
    suspended = models.PositiveIntegerField(_("не распознано"), default=0)
    returns = models.PositiveIntegerField(_("возвраты"), default=0)
    imported_at = models.DateTimeField(_("загружена"), default=clock.now)
    imported_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, verbose_name=_("кто загрузил"))
    undone_at = models.DateTimeField(_("отменена"), null=True, blank=True, editable=False)
    undone_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("кто отменил")
    )
    undo_reason = models.CharField(_("почему отменена"), max_length=300, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("выписка банка")
        verbose_name_plural = _("выписки банка")
        constraints = [
            models.CheckConstraint(
                name="statement_undone_by",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True, undo_reason="")
                | Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undo_reason=""),
            )
        ]

    def __str__(self) -> str:
        return self.file_name


class StatementsThrough(models.Model):
    """A single row: the last day up to which the operator's statements are complete; customers' pages read it (2.2)."""

    through = models.DateField(_("выписки загружены полностью по"), null=True)

    class Meta:
        verbose_name = _("полнота выписок")
        verbose_name_plural = _("полнота выписок")
        constraints = [models.CheckConstraint(name="statements_through_once", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return str(self.through)


class Received(models.Model):
    """Money as the bank reports it. `source_key` identifies the payment: the same payment is counted only once."""

    amount = models.DecimalField(_("сумма, BYN"), max_digits=14, decimal_places=2)
    received_on = models.DateField(_("дата"))
    source = models.CharField(_("источник"), max_length=5, choices=PaymentSource.choices, default=PaymentSource.BANK)
    payer_name = models.CharField(_("плательщик"), max_length=300, blank=True)
    payer_unp = models.CharField(_("УНП плательщика"), max_length=14, blank=True)
    payer_iban = models.CharField(_("счёт плательщика"), max_length=34, blank=True)
    reference = models.CharField(_("номер документа"), max_length=60, blank=True)
    purpose = models.TextField(_("назначение"), blank=True)
    statement = models.ForeignKey(StatementImport, models.PROTECT, null=True, blank=True, verbose_name=_("выписка"))
    source_key = models.CharField(max_length=200, unique=True, editable=False)
    created_at = models.DateTimeField(_("записано"), default=clock.now, editable=False)

    class Meta:
        abstract = True


class SuspensePayment(Received):
    """невыясненный платёж: a credit with no account found, or one that looks like a booked payment (4.6).

    `resembles` is the source_key of the payment, or of the other waiting credit, that this credit looks like. Staff
    book the credit, or set `is_same` (the credit is that same payment), or `is_returned` (it went back to its payer by
    a SuspenseRefund); by the latter two nothing is booked. `is_undone`: its statement was undone, nothing is booked.
    """

    reason = models.CharField(_("почему не распознан"), max_length=300)
    resembles = models.CharField(max_length=200, blank=True, editable=False)
    is_same = models.BooleanField(_("тот же платёж"), default=False, editable=False)
    is_returned = models.BooleanField(_("возвращён плательщику"), default=False, db_default=False, editable=False)
    is_undone = models.BooleanField(_("выписка отменена"), default=False, db_default=False, editable=False)
    resolved_at = models.DateTimeField(_("разобран"), null=True, blank=True)
    resolved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, verbose_name=_("кто разобрал"))

    class Meta:
        verbose_name = _("невыясненный платёж")
        verbose_name_plural = _("невыясненные платежи")
        constraints = [
            models.CheckConstraint(name="suspense_amount", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="suspense_same_is_resolved",
                condition=Q(is_same=False) | Q(resolved_at__isnull=False) & ~Q(resembles=""),
            ),
            models.CheckConstraint(
                name="suspense_returned_is_resolved",
                condition=Q(is_returned=False) | Q(resolved_at__isnull=False, is_same=False),
            ),
            models.CheckConstraint(
                name="suspense_undone_is_resolved",
                condition=Q(is_undone=False) | Q(resolved_at__isnull=False, is_same=False, is_returned=False),
            ),
        ]
        indexes = [
            models.Index(fields=["reference", "-id"], name="suspense_by_reference"),
            models.Index(fields=["created_at"], condition=Q(resolved_at__isnull=True), name="suspense_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.payer_name}, {clock.show_date(self.received_on)}"

    @property
    def settled_words(self) -> str:
        """What staff decided; empty while the credit waits."""
        if self.resolved_at is None:
            return ""
        if self.is_same:
            return gettext("тот же платёж")
        if self.is_undone:
            return gettext("отменён вместе с выпиской")
        return gettext("возвращён плательщику") if self.is_returned else gettext("зачислен")


class Payment(Received):
    """платёж: money that an account received (2.2.1). Append-only by trigger; each payment has one LedgerEntry.

    Which invoices it pays is derived, not stored: the oldest invoice first.
    """

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="payments", db_index=False, verbose_name=_("лицевой счёт")
    )
    suspense = models.OneToOneField(
        SuspensePayment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="payment",
        verbose_name=_("был невыясненным"),
    )
    entered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, verbose_name=_("кто внёс"))

    class Meta:
        verbose_name = _("платёж")
        verbose_name_plural = _("платежи")
        constraints = [models.CheckConstraint(name="payment_amount", condition=Q(amount__gt=0))]
        indexes = [
            models.Index(fields=["account", "-received_on", "-id"], name="payment_of_account"),
            models.Index(fields=["reference", "-id"], name="payment_by_reference"),
            models.Index(fields=["created_at"], name="payment_booked"),
        ]

    def __str__(self) -> str:
        return f"{self.account}, {clock.show_date(self.received_on)}"
