from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from sipcabinet.lib import clock, phones
from subscribers.models.catalogue import PlanKind, TariffPlan


class MomentRange(Func):
    """SQL time range `[from, until)`; an empty end is open."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class SubscriberStatus(models.TextChoices):
    ACTIVE = "active", _("Активен")
    RESTRICTED = "restricted", _("Ограничен")
    CLOSED = "closed", _("Отключён")


class Subscriber(models.Model):
    """абонент: a number while it is connected to one account. A number connected again is a new subscriber.

    `switch_code` is what a switch may call a trunk in its call records (`CallSource.account_code`).
    A «SIP-номер» belongs to a trunk of the same account and uses its channels, SIP parameters and minutes. The periods
    of one number never overlap, so (phone, moment) identifies the subscriber of a call.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="subscribers", verbose_name=_("лицевой счёт"))
    phone = models.CharField(_("номер"), max_length=16)
    label = models.CharField(_("название"), max_length=60, blank=True)
    plan = models.ForeignKey(TariffPlan, models.PROTECT, verbose_name=_("тарифный план"))
    plan_since = models.DateTimeField(null=True, blank=True, editable=False)  # None: since the connection
    kind = models.CharField(_("вид"), max_length=6, choices=PlanKind.choices)
    trunk = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="numbers", verbose_name=_("SIP-соединение")
    )
    status = models.CharField(
        _("статус"), max_length=10, choices=SubscriberStatus.choices, default=SubscriberStatus.ACTIVE
    )
    switch_code = models.CharField(_("код на станции"), max_length=40, blank=True, default="")
    # The number belongs to another operator's range: the customer brought it along (4.13).
    ported_in = models.BooleanField(_("перенесён к нам"), default=False, db_default=False)
    connected_at = models.DateTimeField(_("подключён"), default=clock.now)
    closed_at = models.DateTimeField(_("отключён"), null=True, blank=True)

    class Meta:
        verbose_name = _("абонент")
        verbose_name_plural = _("абоненты")
        constraints = [
            models.CheckConstraint(
                name="subscriber_number_has_trunk",
                condition=Q(kind=PlanKind.TRUNK, trunk__isnull=True) | Q(kind=PlanKind.NUMBER, trunk__isnull=False),
            ),
            models.CheckConstraint(
                name="subscriber_closed_has_moment",
                condition=Q(status=SubscriberStatus.CLOSED, closed_at__isnull=False)
                | (~Q(status=SubscriberStatus.CLOSED) & Q(closed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="subscriber_period", condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("connected_at"))
            ),
            ExclusionConstraint(
                name="subscriber_periods_never_overlap",
                expressions=[
                    ("phone", RangeOperators.EQUAL),
                    (MomentRange("connected_at", "closed_at"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Этот номер уже подключён на это время"),
            ),
            models.CheckConstraint(
                name="subscriber_code_of_trunk", condition=Q(switch_code="") | Q(kind=PlanKind.TRUNK)
            ),
            ExclusionConstraint(
                name="switch_code_once_at_a_time",
                expressions=[
                    ("switch_code", RangeOperators.EQUAL),
                    (MomentRange("connected_at", "closed_at"), RangeOperators.OVERLAPS),
                ],
                condition=~Q(switch_code=""),
                violation_error_message=_("Этот код на станции уже у другого SIP-соединения"),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "phone", "id"], name="subscriber_of_account"),
            GinIndex(fields=["phone"], opclasses=["gin_trgm_ops"], name="subscriber_phone_parts"),
            models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="subscriber_closed"),
        ]

    def __str__(self) -> str:
        return f"{phones.display(self.phone)}, {self.label}" if self.label else phones.display(self.phone)

    @property
    def is_trunk(self) -> bool:
        return self.kind == PlanKind.TRUNK

    def get_kind_display(self) -> str:  # type: ignore[no-redef]
        """The kind in words. Django's own method translates the words of all kinds, which lists call for each row."""
        return str(PlanKind(self.kind).label) if self.kind else ""

    @property
    def trunk_of_minutes_id(self) -> int:
        """The trunk whose minutes, channels and SIP parameters this subscriber uses; its own id for a trunk."""
        return self.pk if self.trunk_id is None else self.trunk_id
