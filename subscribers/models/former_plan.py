from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from subscribers.models.catalogue import TariffPlan
from subscribers.models.subscriber import MomentRange, Subscriber


class FormerPlan(models.Model):
    """прежний тарифный план: the plan of a subscriber in `[started_at, ended_at)`, before the present one (4.11).

    The present plan is in the subscriber, since `plan_since` (None: since the connection).
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name=_("лицевой счёт"))
    subscriber = models.ForeignKey(
        Subscriber, models.PROTECT, related_name="former_plans", db_index=False, verbose_name=_("абонент")
    )
    plan = models.ForeignKey(TariffPlan, models.PROTECT, related_name="+", verbose_name=_("тарифный план"))
    started_at = models.DateTimeField(_("с"))
    ended_at = models.DateTimeField(_("по"))

    class Meta:
        verbose_name = _("прежний тарифный план")
        verbose_name_plural = _("прежние тарифные планы")
        constraints = [
            models.CheckConstraint(name="former_plan_period", condition=Q(ended_at__gt=F("started_at"))),
            ExclusionConstraint(
                name="one_plan_at_a_time",
                expressions=[
                    ("subscriber", RangeOperators.EQUAL),
                    (MomentRange("started_at", "ended_at"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["account", "ended_at"], name="former_plan_of_account")]

    def __str__(self) -> str:
        return f"{self.subscriber}: {self.plan}"
