from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from sipcabinet.lib import clock


class DeliveryMethod(models.TextChoices):
    SELF_PICKUP = "self", _("Получает сам")
    EMAIL = "email", _("E-mail")


class DeliveryChoice(models.Model):
    """How regular invoices reach the customer from `chosen_at` on (2.3.3). The newest row is in force; without any row
    the method is «Получает сам». Append-only by trigger, so the rows are the history."""

    account = models.ForeignKey(Account, models.PROTECT, db_index=False, verbose_name=_("лицевой счёт"))
    method = models.CharField(_("способ"), max_length=5, choices=DeliveryMethod.choices)
    addresses = ArrayField(models.EmailField(), verbose_name=_("адреса"), default=list, blank=True)
    chosen_at = models.DateTimeField(_("с"), default=clock.now)
    chosen_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, verbose_name=_("кто изменил"))

    class Meta:
        verbose_name = _("способ доставки счетов")
        verbose_name_plural = _("способы доставки счетов")
        constraints = [
            models.CheckConstraint(
                name="delivery_addresses",
                condition=Q(method="self", addresses=[]) | Q(method="email", addresses__len__gt=0),
            )
        ]
        indexes = [
            models.Index(fields=["account", "-chosen_at", "-id"], name="delivery_of_account"),
            GinIndex(fields=["addresses"], name="delivery_to_address"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_method_display()}"
