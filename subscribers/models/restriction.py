from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from sipcabinet.lib import clock
from subscribers.models.subscriber import Subscriber


class StaffRestriction(models.Model):
    """ограничение оператором: staff bar outgoing calls of a whole account, with a reason (4.1, 4.8).

    It is independent of the restriction for debt: payments and guarantees do not lift it, only staff do. An empty
    `lifted_at` means that it is in force. `subscribers` are the numbers that are allowed again when it is lifted;
    numbers that staff had restricted one by one before are not among them. `at_request`: the account is suspended at
    its customer's written request, so the plan's rule says what its fee is meanwhile; customers' pages read only the
    days.
    """

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    reason = models.CharField(_("основание"), max_length=200)
    started_at = models.DateTimeField(_("с"), default=clock.now)
    started_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто ограничил")
    )
    lifted_at = models.DateTimeField(_("снято"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто снял")
    )
    lifted_why = models.CharField(_("почему снято"), max_length=200, blank=True)
    at_request = models.BooleanField(_("по заявлению клиента"), default=False, db_default=False)
    subscribers = models.ManyToManyField(Subscriber, through="StaffRestrictedNumber")

    class Meta:
        verbose_name = _("ограничение оператором")
        verbose_name_plural = _("ограничения оператором")
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(lifted_at__isnull=True), name="one_staff_restriction"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account}, {clock.show_date(self.started_at)}"


class StaffRestrictedNumber(models.Model):
    """A number that a restriction by staff keeps barred. `was_active` is False for a number that a debt barred before:
    the debt may still bar it when the restriction is lifted."""

    account = models.ForeignKey(Account, models.PROTECT)
    restriction = models.ForeignKey(StaffRestriction, models.CASCADE)
    subscriber = models.ForeignKey(Subscriber, models.PROTECT)
    was_active = models.BooleanField(_("был активен"), default=True)

    class Meta:
        verbose_name = _("номер, ограниченный оператором")
        verbose_name_plural = _("номера, ограниченные оператором")
        constraints = [models.UniqueConstraint(fields=["restriction", "subscriber"], name="restricted_by_staff_once")]

    def __str__(self) -> str:
        return f"{self.restriction}: {self.subscriber}"
