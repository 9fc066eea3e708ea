from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from operator_profile.models.picture import Picture
from sipcabinet.lib import clock
from sipcabinet.lib.validity import DateRange


class RequisitesFields(models.Model):
    """Who the operator is on documents, and who signs for it (4.16). `iban` may name several accounts, with commas."""

    name = models.CharField(_("Полное наименование"), max_length=200)
    unp = models.CharField(_("УНП"), max_length=9)
    address = models.CharField(_("Юридический адрес"), max_length=300)
    iban = models.CharField(_("Расчётные счета (IBAN)"), max_length=150)
    bank = models.CharField(_("Банк"), max_length=200)
    bic = models.CharField(_("БИК"), max_length=11)
    signatory = models.CharField(_("Кто подписывает"), max_length=100, blank=True)
    position = models.CharField(_("Должность"), max_length=150, blank=True)
    basis = models.CharField(_("На основании чего"), max_length=200, blank=True)
    signature = models.ForeignKey(
        Picture, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Факсимиле подписи")
    )
    stamp = models.ForeignKey(
        Picture, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Оттиск печати")
    )

    class Meta:
        abstract = True

    @classmethod
    def names(cls) -> list[str]:
        """The attributes that an administrator decides; pictures as `signature_id`, `stamp_id`."""
        return [field.attname for field in RequisitesFields._meta.local_fields]

    def values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.names()}


class Requisites(RequisitesFields):
    """реквизиты оператора between two days, `[valid_from, valid_until)`: at most one row a day, by constraint.

    A trigger lets nothing change but `valid_until`. A row withdrawn before its day keeps an empty period.
    """

    valid_from = models.DateField(_("действуют с"))
    valid_until = models.DateField(_("действуют до (не включая)"), null=True, blank=True)
    added_at = models.DateTimeField(_("введены"), default=clock.now)
    added_by = models.CharField(_("кто ввёл"), max_length=150)

    class Meta:
        verbose_name = _("реквизиты оператора")
        verbose_name_plural = _("реквизиты оператора")
        constraints = [
            models.CheckConstraint(
                name="requisites_dates", condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from"))
            ),
            ExclusionConstraint(
                name="requisites_never_overlap",
                expressions=[(DateRange("valid_from", "valid_until"), RangeOperators.OVERLAPS)],
                violation_error_message=_("На этот день реквизиты уже есть"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_withdrawn(self) -> bool:
        return self.valid_until == self.valid_from


class RequisitesDraft(RequisitesFields):
    """The next requisites while they are edited: one row at most. `revision` as in FaceDraft."""

    only = models.BooleanField(default=True, unique=True, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    valid_from = models.DateField(_("Действуют с"))
    edited_at = models.DateTimeField(_("изменён"), default=clock.now)
    edited_by = models.CharField(_("кто изменил"), max_length=150)

    class Meta:
        verbose_name = _("черновик реквизитов")
        verbose_name_plural = _("черновик реквизитов")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
