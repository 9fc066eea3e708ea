from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from sipcabinet.lib import clock
from sipcabinet.lib.durable import DurableJob
from sipcabinet.lib.periods import Month


class MonthIssue(DurableJob):
    """выставление счетов of a closed month, account by account in the background, or by `close_month` (4.7).

    `after` is the number of the last account that was looked at; `done` of `whole` accounts. With `only_failed` the
    work is to try the failed accounts again. A stop ends the work (`stopped_at`), «Продолжить» makes it wait again.
    `reason`: why the month was closed although rejected calls waited. Without `ordered_by` the command closed it.
    """

    month = models.DateField(_("месяц"), unique=True)
    ordered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("кто закрыл"))
    reason = models.CharField(_("почему закрыт несмотря на записи"), max_length=300, blank=True)
    after = models.CharField(max_length=12, blank=True, editable=False)
    whole = models.PositiveIntegerField(_("лицевых счетов"), default=0)
    done = models.PositiveIntegerField(_("пройдено"), default=0)
    only_failed = models.BooleanField(default=False, editable=False)
    stopped_at = models.DateTimeField(_("остановлено"), null=True)
    stopped_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("кто остановил"))

    class Meta(DurableJob.Meta):
        verbose_name = _("выставление счетов")
        verbose_name_plural = _("выставления счетов")
        default_permissions = ("view",)
        permissions: ClassVar = [
            ("close_month", _("Может рассчитать и закрыть месяц, выставить счета")),
            ("close_despite_rejects", _("Может закрыть месяц несмотря на отклонённые звонки")),
        ]
        constraints: ClassVar = [models.CheckConstraint(name="issue_of_first_day", condition=Q(month__day=1))]

    def __str__(self) -> str:
        return str(self.period)

    @property
    def period(self) -> Month:
        return Month.of(self.month)


class IssueFailure(models.Model):
    """An account whose invoice could not be issued, with the reason; removed once the invoice is issued."""

    issue = models.ForeignKey(MonthIssue, models.CASCADE, related_name="failures", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name=_("лицевой счёт"))
    message = models.CharField(_("причина"), max_length=300)
    failed_at = models.DateTimeField(_("когда"), default=clock.now)

    class Meta:
        verbose_name = _("невыставленный счёт")
        verbose_name_plural = _("невыставленные счета")
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["issue", "account"], name="failure_once")]

    def __str__(self) -> str:
        return f"{self.account}: {self.message}"
