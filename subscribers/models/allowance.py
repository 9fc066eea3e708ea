from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from subscribers.models.subscriber import Subscriber


class Allowance(models.Model):
    """остаток минут: included seconds of one trunk in one month, shared with its numbers (4.5).

    `watermark` is the order key of the last call covered in time order: later calls are appended; an earlier call makes
    the month be recounted. Calls of a (trunk, month) are rated under this row's lock.
    """

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    trunk = models.ForeignKey(Subscriber, models.PROTECT, verbose_name=_("транк"), related_name="allowances")
    month = models.DateField(_("месяц"))
    granted_seconds = models.PositiveIntegerField(_("предоставлено, с"), default=0)
    used_seconds = models.PositiveIntegerField(_("израсходовано, с"), default=0)
    watermark = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = _("остаток минут")
        verbose_name_plural = _("остатки минут")
        constraints = [models.UniqueConstraint(fields=["trunk", "month"], name="one_allowance_per_month")]

    def __str__(self) -> str:
        return f"{self.trunk}: {self.month:%m.%Y}"

    @property
    def left_minutes(self) -> int:
        """Whole minutes left."""
        return max(0, self.granted_seconds - self.used_seconds) // 60

    @property
    def granted_minutes(self) -> int:
        return self.granted_seconds // 60
