from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from billing.models.debt import Debt
from sipcabinet.lib import clock


class GuaranteeState(models.TextChoices):
    """States of a guarantee: на рассмотрении → принято | отклонено; принято → исполнено | просрочено (2.2.3)."""

    PENDING = "pending", _("на рассмотрении")
    ACCEPTED = "accepted", _("принято")
    REJECTED = "rejected", _("отклонено")
    FULFILLED = "fulfilled", _("исполнено")
    EXPIRED = "expired", _("просрочено")


OPEN = [GuaranteeState.PENDING, GuaranteeState.ACCEPTED]


class PaymentGuarantee(models.Model):
    """гарантийное обязательство: a promise to pay `amount` (BYN, with VAT) of a debt later (2.2.2, 2.2.3).

    An accepted guarantee is valid to the end of `valid_until` (Minsk): GUARANTEE_DAYS after the acceptance or the
    debt's due day, whichever is later. If unpaid by then, calls are barred from `restrict_on`, as its letters say. It
    is fulfilled when payments booked since the acceptance reach the amount. An account has at most one open guarantee.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="guarantees", verbose_name=_("лицевой счёт"))
    debt = models.ForeignKey(Debt, models.PROTECT, related_name="guarantees", verbose_name=_("документ"))
    number = models.CharField(_("номер"), max_length=20, unique=True)
    amount = models.DecimalField(_("сумма, BYN"), max_digits=14, decimal_places=2)
    state = models.CharField(
        _("состояние"), max_length=9, choices=GuaranteeState.choices, default=GuaranteeState.PENDING
    )
    requested_at = models.DateTimeField(_("подано"), default=clock.now)
    requested_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто подал")
    )
    decided_at = models.DateTimeField(_("решение принято"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто решил")
    )
    answer = models.CharField(_("ответ оператора"), max_length=500, blank=True)
    valid_until = models.DateField(_("действует по"), null=True, blank=True)
    restrict_on = models.DateField(_("ограничение звонков с"), null=True, blank=True)
    ended_at = models.DateTimeField(_("завершено"), null=True, blank=True)
    dedupe_key = models.CharField(max_length=200, unique=True, editable=False)

    class Meta:
        verbose_name = _("гарантийное обязательство")
        verbose_name_plural = _("гарантийные обязательства")
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(state__in=["pending", "accepted"]), name="one_open_guarantee"
            ),
            models.CheckConstraint(name="guarantee_amount", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="guarantee_valid_once_accepted",
                condition=Q(state__in=["pending", "rejected"]) | Q(valid_until__isnull=False, decided_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-requested_at"], name="guarantee_of_account"),
            models.Index(fields=["valid_until"], condition=Q(state="accepted"), name="guarantee_to_watch"),
        ]

    def __str__(self) -> str:
        return self.number
