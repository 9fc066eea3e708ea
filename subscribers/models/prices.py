from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib.validity import DateRange


class DatedPrice(models.Model):
    """A monthly fee (net BYN) between two dates; the periods of one priced thing never overlap."""

    monthly_fee = models.DecimalField(
        _("абонентская плата, BYN без НДС"), max_digits=10, decimal_places=2, validators=[MinValueValidator(0)]
    )
    valid_from = models.DateField(_("действует с"))
    valid_until = models.DateField(_("действует до (не включая)"), null=True, blank=True)

    class Meta:
        abstract = True


def dated(name: str, *of: str) -> list[Any]:
    """Constraints for `valid_from` and `valid_until`: the end is after the start; no overlap for equal `of` fields."""
    return [
        models.CheckConstraint(
            name=f"{name}_dates", condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from"))
        ),
        ExclusionConstraint(
            name=f"{name}s_never_overlap",
            expressions=[
                *((field, RangeOperators.EQUAL) for field in of),
                (DateRange("valid_from", "valid_until"), RangeOperators.OVERLAPS),
            ],
            violation_error_message=_("На эти даты цена уже есть"),
        ),
    ]


class VatRate(models.Model):
    """ставка НДС, per cent, from the first day of a month: a month has one rate."""

    percent = models.DecimalField(
        _("ставка, %"), max_digits=5, decimal_places=2, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    valid_from = models.DateField(_("действует с"))
    valid_until = models.DateField(_("действует до (не включая)"), null=True, blank=True)

    class Meta:
        verbose_name = _("ставка НДС")
        verbose_name_plural = _("ставки НДС")
        constraints = [
            *dated("vat_rate"),
            models.CheckConstraint(
                name="vat_rate_of_whole_months",
                condition=Q(valid_from__day=1) & (Q(valid_until__isnull=True) | Q(valid_until__day=1)),
                violation_error_message=_("Ставка меняется с первого числа месяца"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percent.normalize():f} %"
