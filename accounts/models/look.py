from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.user import User
from sipcabinet.lib import clock
from sipcabinet.lib.look_kinds import LookKind


class Look(models.Model):
    """Просмотр: who of the staff looked at whose calls, letters, files or SIP parameters, when and from where (4.10).

    Append-only by trigger. One row per person, account, subject, address and hour: a page that is opened again within
    the hour adds no row. `subject` is the code of what was shown (`subscribers.subscriber:12:2026-10`), `summary` says
    it in words; neither contains a dialled number. Customers' pages cannot read the table.
    """

    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("лицевой счёт")
    )
    user = models.ForeignKey(User, models.PROTECT, db_index=False, verbose_name=_("кто"))
    kind = models.CharField(_("что"), max_length=10, choices=LookKind.choices)
    subject = models.CharField(_("код предмета"), max_length=120)
    summary = models.CharField(_("описание"), max_length=300)
    at = models.DateTimeField(_("время"), default=clock.now)
    hour = models.DateTimeField(_("час"))
    address = models.GenericIPAddressField(_("IP-адрес"), null=True, blank=True)

    class Meta:
        verbose_name = _("просмотр")
        verbose_name_plural = _("просмотры")
        default_permissions = ()  # the journal shows looks; they have no page of their own
        constraints = [
            models.UniqueConstraint(
                fields=["user", "hour", "kind", "subject", "account", "address"],
                name="look_once_an_hour",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="look_at"),
            models.Index(fields=["account", "-at", "-id"], name="look_of_account"),
            models.Index(fields=["user", "-at", "-id"], name="look_of_user"),
            models.Index(fields=["kind", "-at", "-id"], name="look_of_kind"),
            models.Index(fields=["address", "-at", "-id"], name="look_from_address"),
        ]

    def __str__(self) -> str:
        return self.summary
