from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User
from sipcabinet.lib import clock, phones
from sipcabinet.lib.durable import DurableJob


class PasswordRequest(DurableJob):
    """One press of «Восстановить пароль» (1.1a). The page writes a row for any number; only the worker looks it up.

    So the page's answer is the same for registered and unregistered numbers.
    """

    phone = models.CharField(_("номер телефона"), max_length=16)
    address = models.GenericIPAddressField(_("IP-адрес"))

    class Meta(DurableJob.Meta):
        verbose_name = _("запрос временного пароля")
        verbose_name_plural = _("запросы временных паролей")
        indexes = [*DurableJob.Meta.indexes, models.Index(fields=["phone", "created_at"], name="passwordrequest_phone")]

    def __str__(self) -> str:
        return f"{phones.display(self.phone)}, {clock.show_moment(self.created_at)}"


class TemporaryPassword(models.Model):
    """временный пароль: single use, 24 h, voided by a newer one (1.1b). Only the password's hash is stored."""

    user = models.ForeignKey(User, models.CASCADE, related_name="temporary_passwords", verbose_name=_("логин"))
    password = models.CharField(max_length=128, editable=False)
    issued_at = models.DateTimeField(_("выдан"), default=clock.now)
    expires_at = models.DateTimeField(_("действует до"))
    used_at = models.DateTimeField(_("использован"), null=True, blank=True)
    voided_at = models.DateTimeField(_("отменён"), null=True, blank=True)

    class Meta:
        verbose_name = _("временный пароль")
        verbose_name_plural = _("временные пароли")
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(used_at__isnull=True, voided_at__isnull=True),
                name="one_live_temporary_password",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}, {clock.show_moment(self.issued_at)}"
