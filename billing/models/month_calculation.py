from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from sipcabinet.lib.durable import DurableJob, JobState
from sipcabinet.lib.periods import Month


class DraftMark(models.TextChoices):
    """What staff look at first: how an account's total compares with its invoice of the month before."""

    SAME = "same", _("как раньше")
    UP = "up", _("намного больше")
    DOWN = "down", _("намного меньше")
    NEW = "new", _("новый")
    LOST = "lost", _("ушёл")
    EMPTY = "empty", _("без начислений")
    FAILED = "failed", _("не считается")


CHARGED = (DraftMark.SAME, DraftMark.UP, DraftMark.DOWN, DraftMark.NEW)  # the accounts that get an invoice


class MonthCalculation(DurableJob):
    """расчёт месяца: what the month would charge every account, counted in the background to be reviewed (4.7).

    Never money: the close counts each account anew. The next finished calculation of the month replaces it with its
    drafts. `after` is the number of the last counted account; `done` of `whole` accounts are counted.

    `lines`: net sums by item, {"kind:key:late": {"name", "sums": [this month, the month before, two months before]}}.
    `made_of`: marks of what the calculation reads (`billing.selectors.month_changes`), to see that it has changed.
    `marks`: how many accounts have each DraftMark. Sums in BYN.
    """

    month = models.DateField(_("месяц"))
    ordered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("кто"))
    started_at = models.DateTimeField(_("начат"), null=True)
    after = models.CharField(max_length=12, blank=True, editable=False)
    whole = models.PositiveIntegerField(_("лицевых счетов"), default=0)
    done = models.PositiveIntegerField(_("посчитано"), default=0)
    net = models.DecimalField(_("без НДС"), max_digits=16, decimal_places=2, default=Decimal(0))
    vat = models.DecimalField(_("НДС"), max_digits=16, decimal_places=2, default=Decimal(0))
    calls = models.PositiveBigIntegerField(_("звонков"), default=0)
    seconds = models.PositiveBigIntegerField(_("секунд разговора"), default=0)
    lines = models.JSONField(default=dict)
    marks = models.JSONField(default=dict)
    made_of = models.JSONField(default=dict)

    class Meta(DurableJob.Meta):
        verbose_name = _("расчёт месяца")
        verbose_name_plural = _("расчёты месяцев")
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.CheckConstraint(name="calculation_of_first_day", condition=Q(month__day=1)),
            models.UniqueConstraint(
                fields=["month"], condition=Q(state=JobState.WAITING), name="one_calculation_at_a_time"
            ),
        ]
        indexes: ClassVar = [*DurableJob.Meta.indexes, models.Index(fields=["month", "-id"], name="calculation_newest")]

    def __str__(self) -> str:
        return str(self.period)

    @property
    def period(self) -> Month:
        return Month.of(self.month)

    @property
    def total(self) -> Decimal:
        """With VAT."""
        return self.net + self.vat

    @property
    def charged(self) -> int:
        """How many accounts have charges: so many invoices the month has."""
        return sum(int(self.marks.get(mark, 0)) for mark in CHARGED)


class AccountDraft(models.Model):
    """What a calculation has found for one account; not a document. Sums in BYN.

    `before` and `earlier` are the totals with VAT of its invoices of the month before and of two months before (None:
    no invoice). `by_kind`: net sums by ChargeKind, as texts. `weight` is the size of the change, by which the lists are
    sorted; `why` names the line that changed most, or why the account cannot be counted.
    """

    calculation = models.ForeignKey(MonthCalculation, models.CASCADE, related_name="drafts", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    net = models.DecimalField(_("без НДС"), max_digits=14, decimal_places=2, default=Decimal(0))
    vat = models.DecimalField(_("НДС"), max_digits=14, decimal_places=2, default=Decimal(0))
    before = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    earlier = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    by_kind = models.JSONField(default=dict)
    mark = models.CharField(max_length=6, choices=DraftMark.choices)
    weight = models.DecimalField(max_digits=14, decimal_places=2, default=Decimal(0))
    why = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("расчёт лицевого счёта")
        verbose_name_plural = _("расчёты лицевых счетов")
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["calculation", "account"], name="draft_once")]
        indexes: ClassVar = [
            models.Index(fields=["calculation", "mark", "-weight", "-id"], name="draft_by_mark"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.calculation}"

    @property
    def total(self) -> Decimal:
        """With VAT."""
        return self.net + self.vat
