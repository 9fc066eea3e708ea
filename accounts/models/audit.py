from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.user import User
from sipcabinet.lib import clock


class AuditEvent(models.Model):
    """Журнал действий: who did what to which account, when and from where (1.3, 4.10). Append-only by trigger.

    `action` is a stable code (`password.changed`), `details` holds ids and harmless values, never a secret.
    """

    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, verbose_name=_("лицевой счёт"))
    user = models.ForeignKey(User, models.PROTECT, null=True, blank=True, verbose_name=_("кто"))
    action = models.CharField(_("действие"), max_length=60)
    summary = models.CharField(_("описание"), max_length=300)
    details = models.JSONField(_("подробности"), default=dict, blank=True)
    at = models.DateTimeField(_("время"), default=clock.now)
    address = models.GenericIPAddressField(_("IP-адрес"), null=True, blank=True)
    by_staff = models.BooleanField(_("сотрудником оператора"), default=False)

    class Meta:
        verbose_name = _("событие журнала")
        verbose_name_plural = _("журнал действий")
        indexes = [
            models.Index(fields=["account", "-at", "-id"], name="audit_of_account"),
            models.Index(fields=["at"], condition=models.Q(by_staff=True), name="audit_of_staff"),
        ]

    def __str__(self) -> str:
        return self.summary
