from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from sipcabinet.lib import clock
from subscribers.models.subscriber import Subscriber


class LimitOwner(models.TextChoices):
    CUSTOMER = "customer", _("лимит клиента")
    OPERATOR = "operator", _("лимит оператора")


class LimitPeriod(models.TextChoices):
    DAY = "day", _("за день")
    MONTH = "month", _("за месяц")


class LimitMeasure(models.TextChoices):
    COST = "cost", _("сумма, BYN без НДС")
    MINUTES = "minutes", _("минуты")


class Bound(NamedTuple):
    """One bound of a limit: `amount` is net BYN or minutes."""

    owner: str
    period: str
    measure: str
    amount: Decimal


class TrunkLimit(models.Model):
    """лимит расходов: how much paid calls of a trunk and its numbers may cost or last in a day and a month (16.6).

    In force in `[started_at, ended_at)`; an empty bound does not limit. The customer and the operator have one each; of
    two bounds of one kind the lower one holds. Net BYN, and minutes as they are charged.
    """

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    trunk = models.ForeignKey(Subscriber, models.PROTECT, related_name="limits", verbose_name=_("SIP-соединение"))
    owner = models.CharField(_("чей"), max_length=8, choices=LimitOwner.choices)
    day_cost = models.DecimalField(
        _("в день, BYN без НДС"), max_digits=9, decimal_places=2, null=True, validators=[MinValueValidator(1)]
    )
    month_cost = models.DecimalField(
        _("в месяц, BYN без НДС"), max_digits=9, decimal_places=2, null=True, validators=[MinValueValidator(1)]
    )
    day_minutes = models.PositiveIntegerField(_("в день, минут"), null=True, validators=[MinValueValidator(1)])
    month_minutes = models.PositiveIntegerField(_("в месяц, минут"), null=True, validators=[MinValueValidator(1)])
    started_at = models.DateTimeField(_("с"), default=clock.now)
    started_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("кто задал"))
    ended_at = models.DateTimeField(_("до"), null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("кто изменил"))

    class Meta:
        verbose_name = _("лимит расходов")
        verbose_name_plural = _("лимиты расходов")
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["trunk", "owner"], condition=Q(ended_at__isnull=True), name="one_limit_of_an_owner"
            ),
            models.CheckConstraint(
                name="limit_bounds_something",
                condition=Q(day_cost__gt=0) | Q(month_cost__gt=0) | Q(day_minutes__gt=0) | Q(month_minutes__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trunk}: {self.get_owner_display()}"

    @property
    def bounds(self) -> Iterator[Bound]:
        """The bounds that are set."""
        for period in LimitPeriod.values:
            for measure in LimitMeasure.values:
                amount = getattr(self, f"{period}_{measure}")
                if amount is not None:
                    yield Bound(self.owner, period, measure, Decimal(amount))


class LimitCrossing(models.Model):
    """A bound was used up to `percent` (50, 80, 100) for the first time in its period, which began on `since`.

    Append-only. `is_told`: with a letter; of several crossings found at once only the highest has one.
    """

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    trunk = models.ForeignKey(Subscriber, models.PROTECT, related_name="+", verbose_name=_("SIP-соединение"))
    owner = models.CharField(_("чей"), max_length=8, choices=LimitOwner.choices)
    period = models.CharField(_("период"), max_length=5, choices=LimitPeriod.choices)
    measure = models.CharField(_("что"), max_length=7, choices=LimitMeasure.choices)
    amount = models.DecimalField(_("лимит"), max_digits=12, decimal_places=2)
    since = models.DateField(_("период с"))
    percent = models.PositiveSmallIntegerField(_("достигнуто, %"))
    used = models.DecimalField(_("израсходовано"), max_digits=16, decimal_places=6)
    is_told = models.BooleanField(_("с письмом"))
    at = models.DateTimeField(_("когда"), default=clock.now)

    class Meta:
        verbose_name = _("достижение лимита")
        verbose_name_plural = _("достижения лимитов")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["trunk", "since", "period", "owner", "measure", "percent", "amount"], name="limit_crossed_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.trunk}: {self.percent} %"


class BarCause(models.TextChoices):
    CUSTOMER = "customer", _("исчерпан лимит клиента")
    OPERATOR = "operator", _("исчерпан лимит оператора")
    ALARM = "alarm", _("похоже на взлом АТС")


class TrunkBar(models.Model):
    """закрытие платных направлений of a trunk and its numbers: by a limit, or by an alarm (16.6).

    In force while `lifted_at` is empty; one of each cause at a time. A bar of a limit ends by itself at `until`, the
    end of the limit's period. Until `waived_until` no new bar of this cause begins: somebody has lifted this one.
    """

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    trunk = models.ForeignKey(Subscriber, models.PROTECT, related_name="bars", verbose_name=_("SIP-соединение"))
    cause = models.CharField(_("причина"), max_length=8, choices=BarCause.choices)
    period = models.CharField(_("период"), max_length=5, choices=LimitPeriod.choices, blank=True)
    measure = models.CharField(_("что"), max_length=7, choices=LimitMeasure.choices, blank=True)
    amount = models.DecimalField(_("лимит"), max_digits=12, decimal_places=2, null=True)
    used = models.DecimalField(_("израсходовано"), max_digits=16, decimal_places=6, null=True)
    started_at = models.DateTimeField(_("с"), default=clock.now)
    started_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("кто закрыл"))
    reason = models.CharField(_("основание"), max_length=200, blank=True)
    until = models.DateTimeField(_("до"), null=True)
    lifted_at = models.DateTimeField(_("снято"), null=True)
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("кто снял"))
    lifted_why = models.CharField(_("почему снято"), max_length=200, blank=True)
    waived_until = models.DateTimeField(_("не закрывать до"), null=True)

    class Meta:
        verbose_name = _("закрытие платных направлений")
        verbose_name_plural = _("закрытия платных направлений")
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["trunk", "cause"], condition=Q(lifted_at__isnull=True), name="one_bar_of_a_cause"
            ),
            models.CheckConstraint(
                name="bar_of_limit_whole",
                condition=Q(cause="alarm", until__isnull=True)
                | Q(amount__isnull=False, used__isnull=False, until__isnull=False) & ~Q(cause="alarm"),
            ),
        ]
        indexes = [models.Index(fields=["waived_until"], condition=Q(waived_until__isnull=False), name="bar_waived")]

    def __str__(self) -> str:
        return f"{self.trunk}: {self.get_cause_display()}"

    @property
    def bound(self) -> Bound | None:
        """The bound that was reached; None for an alarm."""
        return None if self.amount is None else Bound(self.cause, self.period, self.measure, self.amount)
