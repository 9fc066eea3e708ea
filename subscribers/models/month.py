from django.db import models
from django.utils.translation import gettext_lazy as _


class BillingMonth(models.Model):
    """A month of calls (`month`: its first day, Minsk). Each import batch locks it FOR SHARE, a close FOR UPDATE."""

    month = models.DateField(_("месяц"), primary_key=True)
    closed_at = models.DateTimeField(_("закрыт"), null=True, blank=True)

    class Meta:
        verbose_name = _("расчётный месяц")
        verbose_name_plural = _("расчётные месяцы")

    def __str__(self) -> str:
        return f"{self.month:%m.%Y}"
