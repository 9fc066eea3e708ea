from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from operator_profile.models.picture import Picture
from sipcabinet.lib import clock


class Look(models.Model):
    """What the operator decides about the looks of pages and letters (4.16). Colours are `#rrggbb`; an empty colour is
    the portal's own, an empty text the portal's usual words."""

    name = models.CharField(_("Название оператора"), max_length=60)
    mark = models.CharField(_("Знак"), max_length=4)
    logo = models.ForeignKey(
        Picture, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Логотип")
    )
    accent = models.CharField(_("Основной цвет"), max_length=7, blank=True)
    accent_dark = models.CharField(_("Основной цвет в тёмной теме"), max_length=7, blank=True)
    support_phone = models.CharField(_("Телефон поддержки"), max_length=20)
    support_email = models.EmailField(_("E-mail поддержки"))
    support_hours = models.CharField(_("Часы работы поддержки"), max_length=100)
    contract_url = models.URLField(_("Публичный договор"), blank=True)
    privacy_url = models.URLField(_("Политика обработки персональных данных"), blank=True)
    sign_in_lead = models.CharField(_("Строка под заголовком"), max_length=200, blank=True)
    sign_in_note = models.CharField(_("Текст под формой входа"), max_length=500, blank=True)
    sign_in_claim = models.CharField(_("Крупная строка рядом с формой"), max_length=120, blank=True)
    sign_in_points = models.TextField(_("Пункты под ней"), max_length=600, blank=True)

    class Meta:
        abstract = True

    @classmethod
    def names(cls) -> list[str]:
        """The attributes that an administrator decides, in the order of the form; the logo as `logo_id`."""
        return [field.attname for field in Look._meta.local_fields]

    def values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.names()}


class Face(Look):
    """A version of the operator's face. The last one is in force. Never changed: putting back makes a new version."""

    put_at = models.DateTimeField(_("действует с"), default=clock.now)
    put_by = models.CharField(_("кто ввёл"), max_length=150)
    restored_from = models.PositiveIntegerField(
        _("вернули версию"), null=True, blank=True, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("вид кабинета")
        verbose_name_plural = _("версии вида кабинета")

    def __str__(self) -> str:
        return self.name


class FaceDraft(Look):
    """The next version while it is edited: one row at most. `revision` grows with every save, so that only what was
    previewed comes into force."""

    only = models.BooleanField(default=True, unique=True, editable=False)
    revision = models.PositiveIntegerField(default=1, editable=False)
    edited_at = models.DateTimeField(_("изменён"), default=clock.now)
    edited_by = models.CharField(_("кто изменил"), max_length=150)
    restored_from = models.PositiveIntegerField(_("взята версия"), null=True, blank=True)

    class Meta:
        verbose_name = _("черновик вида кабинета")
        verbose_name_plural = _("черновик вида кабинета")
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
