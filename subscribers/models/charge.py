from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from sipcabinet.lib import clock
from sipcabinet.lib.money import Taxed
from subscribers.charges import GROUPS, ChargeKind
from subscribers.models.subscriber import Subscriber


class AccountMonth(models.Model):
    """A month of one account whose charges were counted and stored as Charge rows, which never change (4.7).

    `month` is its first day. Append-only by trigger.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="closed_months", verbose_name=_("лицевой счёт"))
    month = models.DateField(_("месяц"))
    vat_percent = models.DecimalField(_("ставка НДС, %"), max_digits=5, decimal_places=2)
    closed_at = models.DateTimeField(_("закрыт"), default=clock.now)

    class Meta:
        verbose_name = _("закрытый месяц лицевого счёта")
        verbose_name_plural = _("закрытые месяцы лицевых счетов")
        constraints = [
            models.UniqueConstraint(fields=["account", "month"], name="account_month_closes_once"),
            models.CheckConstraint(name="account_month_first_day", condition=Q(month__day=1)),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.month:%m.%Y}"


class Charge(models.Model):
    """начисление: one fee, or calls to one destination, of a subscriber in a closed month; net and VAT in kopecks.

    `month` is the month that charges it. Calls imported after their own month had closed are on separate lines:
    `late_of` is the first day of the month in which they were made. `key` and `code` identify the plan, service,
    package or destination; `name` and `detail` are printed on documents. Append-only by trigger (4.7).
    """

    account = models.ForeignKey(Account, models.PROTECT, db_index=False, verbose_name=_("лицевой счёт"))
    closing = models.ForeignKey(AccountMonth, models.PROTECT, related_name="charges", verbose_name=_("месяц"))
    month = models.DateField(_("начислено за"))
    subscriber = models.ForeignKey(Subscriber, models.PROTECT, related_name="charges", verbose_name=_("абонент"))
    kind = models.CharField(_("вид"), max_length=8, choices=[(kind.value, GROUPS[kind]) for kind in ChargeKind])
    key = models.BigIntegerField()
    code = models.CharField(_("код"), max_length=60)
    name = models.CharField(_("название"), max_length=120)
    detail = models.CharField(_("из чего"), max_length=200, blank=True)
    quantity = models.PositiveIntegerField(_("количество"))
    net = models.DecimalField(_("без НДС"), max_digits=14, decimal_places=2)
    vat = models.DecimalField(_("НДС"), max_digits=14, decimal_places=2)
    late_of = models.DateField(_("звонки закрытого месяца"), null=True, blank=True)
    place = models.PositiveIntegerField(_("порядок"), default=0)

    class Meta:
        verbose_name = _("начисление")
        verbose_name_plural = _("начисления")
        constraints = [
            models.UniqueConstraint(
                fields=["closing", "subscriber", "kind", "key", "late_of"], nulls_distinct=False, name="charge_once"
            ),
            models.CheckConstraint(
                name="charge_late_before", condition=Q(late_of__isnull=True) | Q(late_of__lt=F("month"))
            ),
        ]
        indexes = [models.Index(fields=["account", "month"], name="charge_of_account")]

    def __str__(self) -> str:
        return f"{self.subscriber}: {self.name}"

    @property
    def gross(self) -> Decimal:
        """With VAT."""
        return Taxed(self.net, self.vat).gross
