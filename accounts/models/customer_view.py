from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.account import Account
from accounts.models.user import User
from sipcabinet.lib import clock


class ViewEnd(models.TextChoices):
    """How a view ended."""

    BUTTON = "button", _("по кнопке «Закончить просмотр»")
    EXPIRED = "expired", _("время вышло")
    SIGNED_OUT = "signed_out", _("сотрудник вышел из кабинета")
    RIGHT_LOST = "right_lost", _("право на просмотр снято")
    OTHER_VIEW = "other_view", _("начат другой просмотр")


class CustomerView(models.Model):
    """просмотр кабинета: a person of the staff looks at the pages of an account as its customer sees them (4.9).

    Nothing can be written during a view. It belongs to one session of the person, and is over at `until` at the latest.
    Customers' pages cannot read this table; customers see a line of their journal.
    """

    staff = models.ForeignKey(User, models.PROTECT, related_name="customer_views", verbose_name=_("сотрудник"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="customer_views", verbose_name=_("лицевой счёт"))
    reason = models.CharField(_("причина"), max_length=300)
    address = models.GenericIPAddressField(_("IP-адрес"))
    started_at = models.DateTimeField(_("начат"), default=clock.now)
    until = models.DateTimeField(_("действует до"))
    ended_at = models.DateTimeField(_("закончен"), null=True, blank=True)
    ended_by = models.CharField(_("чем закончен"), max_length=10, choices=ViewEnd.choices, blank=True)

    class Meta:
        verbose_name = _("просмотр кабинета")
        verbose_name_plural = _("просмотры кабинетов")
        indexes = [models.Index(fields=["until"], condition=Q(ended_at=None), name="customer_view_open")]
        constraints = [
            models.CheckConstraint(
                name="customer_view_ended_somehow",
                condition=Q(ended_at=None, ended_by="") | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
            ),
            models.CheckConstraint(name="customer_view_has_an_end", condition=Q(until__gt=F("started_at"))),
            models.CheckConstraint(name="customer_view_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.account.number}, {clock.show_moment(self.started_at)}"
