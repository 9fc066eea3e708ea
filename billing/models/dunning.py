from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from billing.models.debt import Debt
from notifications.models import Letter
from sipcabinet.lib import clock
from subscribers.models import Subscriber


class DunningStep(models.TextChoices):
    """Steps taken for an unpaid debt, in time order (4.8). TOLD is skipped for invoices: they state their due day."""

    TOLD = "told", _("письмо о долге")
    BEFORE = "before", _("напоминание до срока")
    FIRST = "first", _("первое напоминание")
    SECOND = "second", _("второе напоминание")
    RESTRICTED = "restrict", _("ограничение исходящих звонков")


class DunningNotice(models.Model):
    """A dunning step that was taken for a debt, at most once per debt and step, with the letter that was sent.

    `restrict_on` is the restriction day named in a reminder: calls are not barred for this debt before that day.
    """

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    debt = models.ForeignKey(Debt, models.PROTECT, related_name="notices", verbose_name=_("долг"))
    step = models.CharField(_("шаг"), max_length=8, choices=DunningStep.choices)
    taken_at = models.DateTimeField(_("когда"), default=clock.now)
    restrict_on = models.DateField(_("назван день ограничения"), null=True, blank=True)
    letter = models.OneToOneField(Letter, models.PROTECT, null=True, blank=True, verbose_name=_("письмо"))

    class Meta:
        verbose_name = _("напоминание об оплате")
        verbose_name_plural = _("напоминания об оплате")
        constraints = [models.UniqueConstraint(fields=["debt", "step"], name="dunning_step_once")]

    def __str__(self) -> str:
        return f"{self.debt}: {self.get_step_display()}"


class DebtRestriction(models.Model):
    """A period in which an account's outgoing calls are barred for debt; an empty `lifted_at` means still barred (4.8).

    Lifting the restriction unbars only the numbers it barred (`subscribers`), never those that staff barred by hand.
    After staff lift it by hand (`lifted_by`), the debts that were ripe on that day cause no new restriction.
    """

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    debt = models.ForeignKey(Debt, models.PROTECT, null=True, blank=True, verbose_name=_("долг"))
    started_at = models.DateTimeField(_("с"), default=clock.now)
    lifted_at = models.DateTimeField(_("снято"), null=True, blank=True)
    lifted_why = models.CharField(_("почему снято"), max_length=200, blank=True)
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, verbose_name=_("кто снял"))
    subscribers = models.ManyToManyField(Subscriber, through="RestrictedSubscriber")

    class Meta:
        verbose_name = _("блокировка за долг")
        verbose_name_plural = _("блокировки за долг")
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(lifted_at__isnull=True), name="one_debt_restriction"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account}, {clock.show_date(self.started_at)}"


class RestrictedSubscriber(models.Model):
    account = models.ForeignKey(Account, models.PROTECT)
    restriction = models.ForeignKey(DebtRestriction, models.CASCADE)
    subscriber = models.ForeignKey(Subscriber, models.PROTECT, verbose_name=_("номер"))

    class Meta:
        verbose_name = _("ограниченный номер")
        verbose_name_plural = _("ограниченные номера")
        constraints = [models.UniqueConstraint(fields=["restriction", "subscriber"], name="restricted_once")]

    def __str__(self) -> str:
        return f"{self.restriction}: {self.subscriber}"
