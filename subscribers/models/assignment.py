from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from subscribers.models.operation import Operation
from subscribers.models.subscriber import MomentRange, Subscriber


class Assignment(models.Model):
    """Something a subscriber has in `[started_at, ended_at)`; `ended_at` None = still active."""

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    subscriber = models.ForeignKey(Subscriber, models.PROTECT, verbose_name=_("абонент"))
    started_at = models.DateTimeField(_("с"))
    ended_at = models.DateTimeField(_("по"), null=True, blank=True)
    started_by = models.ForeignKey(
        Operation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("операция")
    )
    ended_by = models.ForeignKey(
        Operation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("операция отключения")
    )

    class Meta:
        abstract = True


def period(name: str, *of: str) -> list[models.BaseConstraint]:
    """Constraints of a period: the end is not before the start; periods with equal `of` fields never overlap."""
    return [
        models.CheckConstraint(
            name=f"{name}_period", condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at"))
        ),
        ExclusionConstraint(
            name=f"{name}_never_twice",
            expressions=[
                *((field, RangeOperators.EQUAL) for field in of),
                (MomentRange("started_at", "ended_at"), RangeOperators.OVERLAPS),
            ],
        ),
    ]
