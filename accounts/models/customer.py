from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from stdnum.by import unp
from stdnum.exceptions import ValidationError as StdnumError

from sipcabinet.lib import clock
from sipcabinet.lib.spelling import Plain


def validate_unp(value: str) -> None:
    """Checks a УНП: 9 digits with a correct check digit (domain: «Customers and billing in Belarus»)."""
    try:
        unp.validate(value)
    except StdnumError:
        raise ValidationError(_("УНП должен состоять из 9 цифр с верной контрольной цифрой")) from None


class Customer(models.Model):
    """клиент: the company that holds accounts, with its requisites (реквизиты)."""

    name = models.CharField(_("наименование"), max_length=200)
    unp = models.CharField(_("УНП"), max_length=9, unique=True, validators=[validate_unp])
    address = models.CharField(_("юридический адрес"), max_length=300)
    bank_name = models.CharField(_("банк"), max_length=200, blank=True)
    bank_bic = models.CharField(_("БИК"), max_length=11, blank=True)
    iban = models.CharField(_("расчётный счёт (IBAN)"), max_length=34, blank=True)
    contact_name = models.CharField(_("контактное лицо"), max_length=200, blank=True)
    contact_phone = models.CharField(_("контактный телефон"), max_length=32, blank=True)
    created_at = models.DateTimeField(_("создан"), default=clock.now, editable=False)

    class Meta:
        verbose_name = _("клиент")
        verbose_name_plural = _("клиенты")
        # The desk's search finds parts of a text by these indexes (4.1).
        indexes = [
            GinIndex(OpClass(Plain(F("name")), name="gin_trgm_ops"), name="customer_name_parts"),
            GinIndex(fields=["contact_phone"], opclasses=["gin_trgm_ops"], name="customer_phone_parts"),
        ]

    def __str__(self) -> str:
        return self.name
