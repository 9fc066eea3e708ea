from django.db import models
from django.utils.translation import gettext_lazy as _

from subscribers.models.call_import import CallSource


class SecondLeg(models.Model):
    """второе плечо: a leg that is not counted, because another row counts its call, and that names a further leg (4.4).

    A second leg has no `CallRecord`. It is stored here, so that the further leg is recognised as a leg of the same call
    when its row arrives in a later file. Second legs that name no leg, or that name the counted leg, are not stored.
    `names` is the id of the further leg. `called` is E.164 or as dialled; `brought_to` is the trunk of the called
    number if that is our subscriber, else 0. Rows are deleted after the keeping time of calls.
    """

    source = models.ForeignKey(CallSource, models.PROTECT, db_index=False)
    call_id = models.CharField(max_length=100)
    names = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    duration = models.PositiveIntegerField()
    called = models.TextField()
    brought_to = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("второе плечо")
        verbose_name_plural = _("вторые плечи")
        constraints = [
            models.UniqueConstraint(fields=["source", "call_id", "names", "started_at"], name="second_leg_once")
        ]
        indexes = [
            models.Index(fields=["source", "names"], name="second_leg_by_named"),
            models.Index(fields=["started_at"], name="second_leg_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.call_id}"
