from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib import words
from subscribers.models.assignment import Assignment, period
from subscribers.models.prices import DatedPrice, dated
from subscribers.models.subscriber import MomentRange


class ChannelPackage(models.Model):
    """SIP-многоканальность: how many calls a trunk and its numbers may have at once (3.3)."""

    channels = models.PositiveSmallIntegerField(_("каналов"), unique=True, validators=[MinValueValidator(1)])
    is_offered = models.BooleanField(_("подключается"), default=True)

    class Meta:
        verbose_name = _("пакет каналов")
        verbose_name_plural = _("пакеты каналов")
        ordering = ["channels"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """`10 каналов`."""
        return words.counted(self.channels, "канал", "канала", "каналов")


class ChannelPrice(DatedPrice):
    package = models.ForeignKey(ChannelPackage, models.PROTECT, related_name="prices", verbose_name=_("пакет каналов"))

    class Meta:
        verbose_name = _("цена пакета каналов")
        verbose_name_plural = _("цены пакетов каналов")
        constraints = dated("channel_price", "package")

    def __str__(self) -> str:
        return f"{self.package}: {self.valid_from:%d.%m.%Y}"


class ChannelAssignment(Assignment):
    """The channel package of a trunk over a period. In `[started_at, locked_until)` no other change is allowed (3.3).

    The package given at connection has no operation and an empty lock period: it does not count as a change.
    An exclusion constraint refuses a second change within a lock. When staff override the lock, the reason is in the
    operation, and the former lock ends at that moment.
    """

    package = models.ForeignKey(ChannelPackage, models.PROTECT, related_name="assignments", verbose_name=_("пакет"))
    locked_until = models.DateTimeField(_("смена недоступна до"))

    class Meta:
        verbose_name = _("пакет каналов абонента")
        verbose_name_plural = _("пакеты каналов абонентов")
        constraints = [
            *period("channels", "subscriber"),
            models.CheckConstraint(name="channels_lock", condition=Q(locked_until__gte=F("started_at"))),
            ExclusionConstraint(
                name="channels_change_is_locked",
                expressions=[
                    ("subscriber", RangeOperators.EQUAL),
                    (MomentRange("started_at", "locked_until"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber}: {self.package}"


class ChannelPeak(models.Model):
    """Most simultaneous calls of a trunk and its numbers on a Minsk day; helps to choose a channel package (3.3).

    An empty `counted_at` means that calls were imported after the last count.
    """

    account = models.ForeignKey("accounts.Account", models.PROTECT, verbose_name=_("лицевой счёт"), db_index=False)
    trunk = models.ForeignKey(
        "subscribers.Subscriber", models.PROTECT, verbose_name=_("транк"), db_index=False, related_name="peaks"
    )
    day = models.DateField(_("день"))
    calls = models.PositiveIntegerField(_("одновременных звонков"), default=0)
    counted_at = models.DateTimeField(_("посчитано"), null=True, blank=True)

    class Meta:
        verbose_name = _("пик за день")
        verbose_name_plural = _("пики по дням")
        constraints = [models.UniqueConstraint(fields=["trunk", "day"], name="one_peak_per_day")]
        indexes = [models.Index(fields=["day"], condition=Q(counted_at__isnull=True), name="peak_to_count")]

    def __str__(self) -> str:
        return f"{self.trunk}: {self.day:%d.%m.%Y}"
