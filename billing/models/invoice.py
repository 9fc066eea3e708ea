from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from notifications.models import Letter
from sipcabinet.lib import clock
from sipcabinet.lib.durable import DurableJob
from sipcabinet.lib.periods import Month
from subscribers.models import AccountMonth, Charge


class CounterKind(models.TextChoices):
    INVOICE = "invoice", _("счета")
    ACT = "act", _("акты")
    CORRECTION = "correct", _("корректировки")


class DocumentCounter(models.Model):
    """The last number given to a document of each kind; the issuing transaction locks this row last (4.7)."""

    kind = models.CharField(max_length=8, primary_key=True, choices=CounterKind.choices)
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("счётчик документов")
        verbose_name_plural = _("счётчики документов")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.last}"


class Money(models.Model):
    """Net, VAT and their sum `total`, BYN."""

    net = models.DecimalField(_("без НДС"), max_digits=14, decimal_places=2)
    vat = models.DecimalField(_("НДС"), max_digits=14, decimal_places=2)
    total = models.DecimalField(_("всего"), max_digits=14, decimal_places=2)

    class Meta:
        abstract = True


def adds_up(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(name=f"{name}_adds_up", condition=Q(total=F("net") + F("vat")))


class Invoice(Money):
    """счёт: what an account owes for a month, as it was issued (4.7). A trigger forbids changing or removing it.

    Its lines are the Charge rows of `closing`; `total` is their sum. `serial` runs 1..n without a gap. `parties` is the
    snapshot of both sides: {"supplier": {...}, "buyer": {...}} with name, address, unp, iban, bank, bic, and
    "contract_number", "contract_date" (ISO), "account". `opening` is the balance right after the previous invoice;
    `payments` and `corrections` are the sums booked since then; `closing_balance` = opening + payments + corrections −
    total; `due` is the sum to pay: max(0, −closing_balance).
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="invoices", verbose_name=_("лицевой счёт"))
    closing = models.OneToOneField(AccountMonth, models.PROTECT, related_name="invoice", verbose_name=_("месяц"))
    month = models.DateField(_("за месяц"))
    serial = models.PositiveBigIntegerField(unique=True, editable=False)
    number = models.CharField(_("номер"), max_length=20, unique=True)
    issued_on = models.DateField(_("дата счёта"))
    due_on = models.DateField(_("оплатить до"))
    issued_at = models.DateTimeField(_("выставлен"), default=clock.now)
    parties = models.JSONField(_("реквизиты сторон"))
    vat_percent = models.DecimalField(_("ставка НДС, %"), max_digits=5, decimal_places=2)
    opening = models.DecimalField(_("входящее сальдо"), max_digits=14, decimal_places=2)
    payments = models.DecimalField(_("платежи"), max_digits=14, decimal_places=2)
    corrections = models.DecimalField(_("корректировки"), max_digits=14, decimal_places=2)
    closing_balance = models.DecimalField(_("исходящее сальдо"), max_digits=14, decimal_places=2)
    due = models.DecimalField(_("к оплате"), max_digits=14, decimal_places=2)
    purpose = models.CharField(_("назначение платежа"), max_length=300)

    class Meta:
        verbose_name = _("счёт")
        verbose_name_plural = _("счета")
        constraints = [
            adds_up("invoice"),
            models.UniqueConstraint(fields=["account", "month"], name="one_invoice_a_month"),
            models.CheckConstraint(
                name="invoice_balance",
                condition=Q(closing_balance=F("opening") + F("payments") + F("corrections") - F("total")),
            ),
        ]
        indexes = [  # sums of months at the desk (4.7)
            models.Index(fields=["month"], include=["net", "vat", "total"], name="invoice_of_month")
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def period(self) -> Month:
        """The month that the invoice charges for."""
        return Month.of(self.month)


class ServiceAct(Money):
    """акт оказанных услуг of a closed month, created together with its invoice. A trigger forbids changing it."""

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    invoice = models.OneToOneField(Invoice, models.PROTECT, related_name="act", verbose_name=_("счёт"))
    serial = models.PositiveBigIntegerField(unique=True, editable=False)
    number = models.CharField(_("номер"), max_length=20, unique=True)
    made_on = models.DateField(_("дата акта"))

    class Meta:
        verbose_name = _("акт")
        verbose_name_plural = _("акты")
        constraints = [adds_up("act")]

    def __str__(self) -> str:
        return self.number


class Correction(Money):
    """корректировка: corrects an error of an issued invoice. Sums that raise the debt are positive. Never changed.

    `supplier` is the operator as on the day of issue; NULL in older rows, which show the one of their invoice (4.16).
    """

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="corrected_by", verbose_name=_("счёт"))
    serial = models.PositiveBigIntegerField(unique=True, editable=False)
    number = models.CharField(_("номер"), max_length=20, unique=True)
    issued_on = models.DateField(_("дата"))
    issued_at = models.DateTimeField(_("выставлена"), default=clock.now)
    supplier = models.JSONField(_("реквизиты оператора"), null=True, editable=False)
    reason = models.CharField(_("основание"), max_length=300)
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, verbose_name=_("кто выставил"))

    class Meta:
        verbose_name = _("корректировка")
        verbose_name_plural = _("корректировки")
        constraints = [adds_up("correction")]

    def __str__(self) -> str:
        return self.number


class CorrectionLine(models.Model):
    """What a correction adds to the net and VAT of one charge of the invoice, BYN. Never changed."""

    account = models.ForeignKey(Account, models.PROTECT)
    correction = models.ForeignKey(Correction, models.PROTECT, related_name="lines")
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="corrections", verbose_name=_("начисление"))
    net = models.DecimalField(_("без НДС"), max_digits=14, decimal_places=2)
    vat = models.DecimalField(_("НДС"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("строка корректировки")
        verbose_name_plural = _("строки корректировок")
        constraints = [models.UniqueConstraint(fields=["correction", "charge"], name="charge_corrected_once")]

    def __str__(self) -> str:
        return f"{self.correction}: {self.charge}"


class InvoiceFileKind(models.TextChoices):
    INVOICE = "invoice", _("счёт")
    ACT = "act", _("акт")
    CHARGES = "charges", _("начисления по номерам")


class IssuedFile(models.Model):
    """A file of an issued invoice, created at the first request; later requests get the same file. Never rewritten."""

    account = models.ForeignKey(Account, models.PROTECT)
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="files", verbose_name=_("счёт"))
    kind = models.CharField(_("вид"), max_length=8, choices=InvoiceFileKind.choices)
    file_name = models.CharField(_("имя файла"), max_length=200)
    content_type = models.CharField(max_length=100)
    path = models.CharField(max_length=300, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    size = models.PositiveBigIntegerField(_("размер, байт"))
    made_at = models.DateTimeField(_("сформирован"), default=clock.now)

    class Meta:
        verbose_name = _("файл счёта")
        verbose_name_plural = _("файлы счетов")
        constraints = [models.UniqueConstraint(fields=["invoice", "kind"], name="one_file_of_a_kind")]

    def __str__(self) -> str:
        return self.file_name


class InvoiceMailing(DurableJob):
    """The job that sends a regular invoice to the delivery addresses (2.3.3): one per invoice, created with it."""

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    invoice = models.OneToOneField(Invoice, models.PROTECT, related_name="mailing", verbose_name=_("счёт"))
    letters = models.ManyToManyField(Letter, through="MailingLetter", related_name="mailings")

    class Meta(DurableJob.Meta):
        verbose_name = _("рассылка счёта")
        verbose_name_plural = _("рассылки счетов")

    def __str__(self) -> str:
        return f"{self.invoice}"


class MailingLetter(models.Model):
    account = models.ForeignKey(Account, models.PROTECT)
    mailing = models.ForeignKey(InvoiceMailing, models.CASCADE, related_name="deliveries")
    letter = models.OneToOneField(Letter, models.PROTECT, verbose_name=_("письмо"))

    class Meta:
        verbose_name = _("отправка счёта")
        verbose_name_plural = _("отправки счетов")

    def __str__(self) -> str:
        return f"{self.mailing}: {self.letter}"
