from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from sipcabinet.lib import clock
from sipcabinet.lib.validity import DateRange

REASON_LENGTH = 200


class DunningExemption(models.Model):
    """отсрочка ограничения: staff decide that debts do not bar an account's calls through the day `until` (4.8).

    It counts from `since` to the end of `until` (Minsk), and ends by itself. Staff may withdraw it earlier. The letters
    name no day of restriction that it covers. The days of two exemptions of an account that were not withdrawn never
    overlap.
    """

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="exemptions", db_index=False, verbose_name=_("лицевой счёт")
    )
    since = models.DateField(_("с"))
    until = models.DateField(_("не ограничивать по"))
    reason = models.CharField(_("основание"), max_length=REASON_LENGTH)
    granted_at = models.DateTimeField(_("когда дана"), default=clock.now)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("кто дал"))
    withdrawn_at = models.DateTimeField(_("отозвана"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто отозвал")
    )
    withdrawn_why = models.CharField(_("почему отозвана"), max_length=REASON_LENGTH, blank=True)

    class Meta:
        verbose_name = _("отсрочка ограничения")
        verbose_name_plural = _("отсрочки ограничения")
        constraints = [
            models.CheckConstraint(name="exemption_days", condition=Q(until__gte=F("since"))),
            ExclusionConstraint(
                name="exemption_never_twice",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    (DateRange("since", "until", RangeBoundary(inclusive_upper=True)), RangeOperators.OVERLAPS),
                ],
                condition=Q(withdrawn_at__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["account", "-until"], name="exemption_of_account")]

    def __str__(self) -> str:
        return f"{self.account}, {_('по')} {self.until:%d.%m.%Y}"
