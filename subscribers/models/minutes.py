from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib import words
from subscribers.models.assignment import Assignment, period
from subscribers.models.prices import DatedPrice, dated


class MinutePackage(models.Model):
    """пакет минут в другие сети: connected and disconnected only on written application (2.4)."""

    minutes = models.PositiveIntegerField(_("минут"), unique=True, validators=[MinValueValidator(1)])
    is_offered = models.BooleanField(_("подключается"), default=True)

    class Meta:
        verbose_name = _("пакет минут")
        verbose_name_plural = _("пакеты минут")
        ordering = ["minutes"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """`1 000 минут`."""
        return words.counted(self.minutes, "минута", "минуты", "минут")


class MinutePrice(DatedPrice):
    package = models.ForeignKey(MinutePackage, models.PROTECT, related_name="prices", verbose_name=_("пакет минут"))

    class Meta:
        verbose_name = _("цена пакета минут")
        verbose_name_plural = _("цены пакетов минут")
        constraints = dated("minute_price", "package")

    def __str__(self) -> str:
        return f"{self.package}: {self.valid_from:%d.%m.%Y}"


class MinuteAssignment(Assignment):
    """The minute package of a trunk over a period: its minutes are added to the month's included minutes."""

    package = models.ForeignKey(MinutePackage, models.PROTECT, related_name="assignments", verbose_name=_("пакет"))

    class Meta:
        verbose_name = _("пакет минут абонента")
        verbose_name_plural = _("пакеты минут абонентов")
        constraints = period("minutes", "subscriber")

    def __str__(self) -> str:
        return f"{self.subscriber}: {self.package}"
