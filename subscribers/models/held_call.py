from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from subscribers.models.call_import import CallImport, CallSource


class HeldDecision(models.TextChoices):
    """What staff decide about a call on hold (4.4)."""

    AS_IS = "as_is", _("оплачивается как есть")
    SECONDS = "seconds", _("оплачиваются только эти секунды")
    NOTHING = "nothing", _("не оплачивается")


class HeldState(models.TextChoices):
    WAITING = "waiting", _("ждёт")
    SETTLED = "settled", _("решён")


class HeldCall(models.Model):
    """A call longer than its source's limit: the switch may have forgotten to end it (4.4).

    Its records (`CallRecord`, outcome «проверяется») carry no seconds and no cost until staff decide. `talk_seconds`
    is what the switch wrote; `billed_as` the seconds of the decision. `month` is the first day of the call's month.
    A row counts only while its records exist: a call that turns out to be a leg of another one needs no decision.
    """

    source = models.ForeignKey(CallSource, models.PROTECT, verbose_name=_("источник"))
    call_import = models.ForeignKey(CallImport, models.PROTECT, verbose_name=_("импорт"))
    call_id = models.CharField(_("ид звонка"), max_length=100)
    leg = models.CharField(max_length=100)
    month = models.DateField(_("месяц"))
    started_at = models.DateTimeField(_("начало"))
    duration = models.PositiveIntegerField(_("длительность, с"))
    talk_seconds = models.PositiveIntegerField(_("разговор, с"))
    state = models.CharField(_("состояние"), max_length=8, choices=HeldState.choices, default=HeldState.WAITING)
    decision = models.CharField(_("решение"), max_length=8, choices=HeldDecision.choices, blank=True, default="")
    billed_as = models.PositiveIntegerField(_("засчитано, с"), null=True)
    note = models.CharField(_("причина"), max_length=300, blank=True, default="")
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("кто решил")
    )
    settled_at = models.DateTimeField(_("решён"), null=True)
    created_at = models.DateTimeField(_("принят"), auto_now_add=True)

    class Meta:
        verbose_name = _("звонок на проверке")
        verbose_name_plural = _("звонки на проверке")
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(fields=["source", "call_id", "leg", "month"], name="call_held_once"),
            models.CheckConstraint(
                name="held_call_settled_whole",
                condition=models.Q(state=HeldState.WAITING, settled_at=None)
                | models.Q(state=HeldState.SETTLED, settled_at__isnull=False, billed_as__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(state=HeldState.WAITING), name="held_call_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.call_id}"
