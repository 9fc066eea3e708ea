from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from sipcabinet.lib.durable import DurableJob
from subscribers.models.subscriber import Subscriber


class Provisioning(models.Model):
    """The desired state of a subscriber on the switch, and the state last applied to the switch.

    `desired` holds no secret: the SIP password is read when the state is applied; `sip_version` says which password is
    meant. `version` grows with each change; the switch stores it with the state, so an older state never overwrites a
    newer one. `applied_on` names the switch (`Backend.name`) that has the applied state; empty if it is not known to
    have it.
    """

    subscriber = models.OneToOneField(
        Subscriber, models.PROTECT, primary_key=True, related_name="provisioning", verbose_name=_("абонент")
    )
    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    desired = models.JSONField(_("как должно быть"), default=dict)
    version = models.PositiveIntegerField(_("версия"), default=0)
    applied = models.JSONField(_("как применено"), default=dict)
    applied_version = models.PositiveIntegerField(_("применённая версия"), default=0)
    applied_at = models.DateTimeField(_("применено"), null=True, blank=True)
    applied_on = models.CharField(_("на коммутаторе"), max_length=200, db_default="", default="", editable=False)

    class Meta:
        verbose_name = _("состояние на коммутаторе")
        verbose_name_plural = _("состояния на коммутаторе")
        indexes = [
            models.Index(
                fields=["subscriber"], condition=Q(applied_version__lt=F("version")), name="provisioning_behind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subscriber}: {self.applied_version} / {self.version}"


class ProvisioningJob(DurableJob):
    """Sends the subscriber's current desired state to the switch, not the state at the time the job was created."""

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    subscriber = models.ForeignKey(Subscriber, models.PROTECT, related_name="+", verbose_name=_("абонент"))
    version = models.PositiveIntegerField(_("версия"))

    class Meta(DurableJob.Meta):
        verbose_name = _("задание коммутатору")
        verbose_name_plural = _("задания коммутатору")

    def __str__(self) -> str:
        return f"{self.subscriber}, {self.version}"
