from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from sipcabinet.lib.durable import DurableJob, JobState
from subscribers.models import Subscriber, TariffPlan


class PlannedKind(models.TextChoices):
    """What happens on the day."""

    DISCONNECT = "disconnect", _("Отключение номера")
    PORT_OUT = "port_out", _("Перенос номера к другому оператору")
    CHANGE_PLAN = "change_plan", _("Смена тарифного плана")
    CLOSE_ACCOUNT = "close_account", _("Закрытие лицевого счёта")
    SUSPEND = "suspend", _("Приостановление по заявлению")
    RESUME = "resume", _("Возобновление после приостановления")


UNDONE = (JobState.WAITING, JobState.PARKED)
OF_A_NUMBER = (PlannedKind.DISCONNECT, PlannedKind.PORT_OUT, PlannedKind.CHANGE_PLAN)


class PlannedChange(DurableJob):
    """запланированное изменение: something that staff have ordered for a coming day, as of 00:00 Minsk (4.11).

    `due_at` is that moment. A change that was cancelled is `done` with `cancelled_at`; one whose rules refuse it on the
    day is parked with the refusal, and staff see it. Customers' pages do not read this table.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name=_("лицевой счёт"))
    subscriber = models.ForeignKey(
        Subscriber, models.PROTECT, null=True, blank=True, related_name="planned", verbose_name=_("номер")
    )
    kind = models.CharField(_("что"), max_length=16, choices=PlannedKind.choices)
    plan = models.ForeignKey(
        TariffPlan, models.PROTECT, null=True, blank=True, related_name="planned", verbose_name=_("тарифный план")
    )
    day = models.DateField(_("с какого дня"))
    reason = models.CharField(_("основание"), max_length=200)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("кто"))
    cancelled_at = models.DateTimeField(_("отменено"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто отменил")
    )

    class Meta(DurableJob.Meta):
        verbose_name = _("запланированное изменение")
        verbose_name_plural = _("запланированные изменения")
        constraints = [
            models.CheckConstraint(
                name="planned_change_subject",
                condition=Q(kind__in=OF_A_NUMBER, subscriber__isnull=False)
                | (~Q(kind__in=OF_A_NUMBER) & Q(subscriber__isnull=True)),
            ),
            models.CheckConstraint(
                name="planned_change_plan", condition=Q(kind=PlannedKind.CHANGE_PLAN) | Q(plan__isnull=True)
            ),
            models.UniqueConstraint(fields=["subscriber"], name="one_planned_end", condition=Q(state=JobState.WAITING)),
            models.UniqueConstraint(
                fields=["account", "kind"],
                name="one_planned_change",
                condition=Q(state=JobState.WAITING, subscriber__isnull=True),
            ),
        ]
        indexes = [
            *DurableJob.Meta.indexes,
            models.Index(fields=["account"], name="planned_of_account", condition=Q(state__in=UNDONE)),
        ]

    def __str__(self) -> str:
        what = f"{self.get_kind_display()}: {self.subscriber or self.account}"
        return f"{what} → {self.plan}" if self.plan else what
