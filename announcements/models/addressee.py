from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from announcements.models.announcement import Announcement
from notifications.models import Letter


class Addressee(models.Model):
    """An account that an announcement is for, fixed at its start. `letter` is the one letter that the account gets;
    `without_address` marks an account that has no address for it."""

    announcement = models.ForeignKey(Announcement, models.PROTECT, related_name="addressees")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name=_("лицевой счёт"))
    letter = models.OneToOneField(Letter, models.PROTECT, null=True, related_name="addressee", verbose_name=_("письмо"))
    without_address = models.BooleanField(_("нет адреса"), default=False)
    hidden_at = models.DateTimeField(_("скрыто клиентом"), null=True)

    class Meta:
        verbose_name = _("адресат объявления")
        verbose_name_plural = _("адресаты объявлений")
        constraints = [models.UniqueConstraint(fields=["announcement", "account"], name="addressee_once")]
        indexes = [
            models.Index(
                fields=["announcement", "id"],
                condition=Q(letter__isnull=True, without_address=False),
                name="addressee_to_write",
            )
        ]

    def __str__(self) -> str:
        return f"{self.announcement}, {self.account}"
