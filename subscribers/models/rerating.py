from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from sipcabinet.lib.durable import DurableJob, JobState


class Rerating(DurableJob):
    """пересчёт: the calls of an open month rated again by a worker, or a rehearsal of it that writes nothing (4.5).

    A month has at most one that waits or runs. `total` and `checked` are calls, before and during the run. `before`
    and `after` are the calls' cost, net BYN; `changed` counts the calls whose price or destination differs. After a
    crash the work begins anew, so the counts are of the last run.
    """

    month = models.DateField(_("месяц"))
    is_rehearsal = models.BooleanField(_("пробный"), default=False)
    ordered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("кто начал"))
    total = models.PositiveIntegerField(_("звонков"), default=0)
    checked = models.PositiveIntegerField(_("проверено"), default=0)
    changed = models.PositiveIntegerField(_("изменилось"), default=0)
    without_rate = models.PositiveIntegerField(_("без тарифа"), default=0)
    imports = models.PositiveIntegerField(_("импортов во время пересчёта"), default=0)
    before = models.DecimalField(_("было, BYN"), max_digits=18, decimal_places=6, default=Decimal(0))
    after = models.DecimalField(_("стало, BYN"), max_digits=18, decimal_places=6, default=Decimal(0))

    class Meta(DurableJob.Meta):
        verbose_name = _("пересчёт звонков")
        verbose_name_plural = _("пересчёты звонков")
        default_permissions = ("view", "add", "change")
        constraints = [
            models.UniqueConstraint(
                name="one_rerating_of_a_month", fields=["month"], condition=models.Q(state=JobState.WAITING)
            ),
            models.CheckConstraint(name="rerating_of_a_month", condition=models.Q(month__day=1)),
        ]

    def __str__(self) -> str:
        return f"{self.month:%m.%Y}"

    @property
    def difference(self) -> Decimal:
        """What the run changes in the cost of all calls, net BYN."""
        return self.after - self.before
