from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.payment import StatementImport


class StatementLine(models.Model):
    """строка выписки: a document as reported by one statement, with the key of the row that represents it (4.6).

    `source_key` is the key of the payment or of the row in suspense; a debit has a key of the same format.
    `identity` is the bank's id plus the bank account; empty when the bank gives no id, or when `is_exact` is false:
    then another row may represent the document as well. `resembles` is the key of the row that this document may
    repeat. Amounts in BYN; a credit is positive. Append-only by trigger.
    """

    statement = models.ForeignKey(StatementImport, models.PROTECT, related_name="lines", verbose_name=_("выписка"))
    place = models.PositiveIntegerField(_("место"))
    day = models.DateField(_("дата"))
    amount = models.DecimalField(_("сумма, BYN"), max_digits=16, decimal_places=2)
    reference = models.CharField(_("номер документа"), max_length=60, blank=True)
    payer_iban = models.CharField(_("счёт другой стороны"), max_length=34, blank=True)
    purpose = models.TextField(_("назначение"), blank=True)
    identity = models.CharField(max_length=200, blank=True, editable=False)
    source_key = models.CharField(max_length=200, editable=False)
    resembles = models.CharField(max_length=200, blank=True, editable=False)
    is_exact = models.BooleanField(default=True, editable=False)

    class Meta:
        verbose_name = _("строка выписки")
        verbose_name_plural = _("строки выписок")
        constraints = [
            models.UniqueConstraint(name="one_line_of_a_place", fields=["statement", "place"]),
            models.UniqueConstraint(name="one_line_of_a_row", fields=["statement", "source_key"]),
        ]
        indexes = [
            models.Index(fields=["day"], name="statement_line_of_day"),
            models.Index(fields=["identity"], name="statement_line_of_identity"),
            models.Index(fields=["source_key"], name="statement_line_of_row"),
        ]

    def __str__(self) -> str:
        return f"{self.statement}, {self.place}"
