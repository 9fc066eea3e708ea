from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from sipcabinet.lib import clock
from subscribers.models.subscriber import Subscriber


class AlarmSign(models.TextChoices):
    """What the calls of a trunk look like: the signs of a broken-in PBX."""

    NIGHT = "night", _("много платных звонков ночью")
    SHORT = "short", _("много коротких звонков подряд")
    NEW_DESTINATION = "new", _("новое дорогое направление")
    AT_ONCE = "at_once", _("много платных звонков одновременно")


class AlarmState(models.TextChoices):
    WAITING = "waiting", _("ждёт решения")
    TRUE = "true", _("взлом")
    FALSE = "false", _("ложная")


class FraudAlarm(models.Model):
    """тревога: the paid calls of a trunk look as if strangers used its PBX; staff decide whether they do (16.6).

    `facts`: what was counted, and the thresholds of that moment; no dialled number. After a false alarm the trunk
    raises no alarm of this sign until `quiet_until`.
    """

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    trunk = models.ForeignKey(Subscriber, models.PROTECT, related_name="alarms", verbose_name=_("SIP-соединение"))
    sign = models.CharField(_("признак"), max_length=8, choices=AlarmSign.choices)
    facts = models.JSONField(_("что замечено"), default=dict)
    raised_at = models.DateTimeField(_("замечено"), default=clock.now)
    state = models.CharField(_("решение"), max_length=8, choices=AlarmState.choices, default=AlarmState.WAITING)
    decided_at = models.DateTimeField(_("решено"), null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("кто решил"))
    reason = models.CharField(_("основание"), max_length=200, blank=True)
    quiet_until = models.DateTimeField(_("не тревожить до"), null=True)

    class Meta:
        verbose_name = _("тревога")
        verbose_name_plural = _("тревоги")
        default_permissions = ("view", "change")
        constraints = [
            models.UniqueConstraint(
                fields=["trunk", "sign"], condition=Q(state="waiting"), name="one_waiting_alarm_of_a_sign"
            ),
            models.CheckConstraint(
                name="alarm_decided_whole",
                condition=Q(state="waiting", decided_at__isnull=True)
                | ~Q(state="waiting") & Q(decided_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["raised_at"], condition=Q(state="waiting"), name="alarm_waiting"),
            models.Index(fields=["trunk", "raised_at"], name="alarm_of_trunk"),
        ]

    def __str__(self) -> str:
        return f"{self.trunk}: {self.get_sign_display()}"
