from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from sipcabinet.lib.durable import DurableJob, JobState

REASON_LENGTH = 300


class SwitchTransfer(DurableJob):
    """передача на коммутатор: the work that tells a switch (`Backend.name`) everything there is (3.2-3.4).

    The newest row names the switch that the portal works with. A worker passes all subscribers in the order of their
    ids, part by part; `position` is the last one. In the second round it passes those that the switch still does not
    have. `passed` of `total` are looked at; `changed` were not on the switch, or otherwise; `failed` could not be
    told, and `faults` lists the first of them (`subscriber`: id, `reason`). `trouble_since`: the switch has not
    answered since then. Without `ordered_by` the portal began it by itself.
    """

    switch = models.CharField(_("коммутатор"), max_length=200)
    reason = models.CharField(_("основание"), max_length=REASON_LENGTH, blank=True)
    ordered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто начал")
    )
    total = models.PositiveIntegerField(_("абонентов"), default=0)
    passed = models.PositiveIntegerField(_("пройдено"), default=0)
    changed = models.PositiveIntegerField(_("передано"), default=0)
    failed = models.PositiveIntegerField(_("не принято"), default=0)
    position = models.BigIntegerField(default=0, editable=False)
    round = models.PositiveSmallIntegerField(default=1, editable=False)
    faults = models.JSONField(_("ошибки"), default=list, editable=False)
    began_at = models.DateTimeField(_("начата"), null=True, blank=True, editable=False)
    trouble_since = models.DateTimeField(_("коммутатор не отвечает с"), null=True, blank=True, editable=False)

    class Meta(DurableJob.Meta):
        verbose_name = _("передача на коммутатор")
        verbose_name_plural = _("передачи на коммутатор")
        default_permissions = ("view", "add")
        constraints = [
            # All waiting rows share the value, so there is at most one of them.
            models.UniqueConstraint(
                name="one_switch_transfer", fields=["state"], condition=models.Q(state=JobState.WAITING)
            ),
        ]

    def __str__(self) -> str:
        return self.switch

    @property
    def is_repeatable(self) -> bool:
        """Staff order a new transfer instead."""
        return False
