from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.customer import Customer
from sipcabinet.lib import clock
from sipcabinet.lib.spelling import Plain


class AccountStatus(models.TextChoices):
    ACTIVE = "active", _("Активен")
    CLOSED = "closed", _("Закрыт")


class PaymentTerms(models.TextChoices):
    """форма оплаты: shown to the customer; the portal's own logic does not depend on the value (2.1)."""

    PREPAID = "prepaid", _("предоплата")
    POSTPAID = "postpaid", _("по факту")
    PAYMENT_REQUEST = "request", _("платёжное требование с акцептом")


class Account(models.Model):
    """лицевой счёт: the tenant. Every row that a customer sees belongs to exactly one account."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="accounts", verbose_name=_("клиент"))
    number = models.CharField(_("номер лицевого счёта"), max_length=12, unique=True)
    contract_number = models.CharField(_("номер договора"), max_length=40)
    contract_date = models.DateField(_("дата договора"))
    status = models.CharField(_("статус"), max_length=8, choices=AccountStatus.choices, default=AccountStatus.ACTIVE)
    opened_on = models.DateField(_("открыт"), default=clock.today)
    closed_on = models.DateField(_("закрыт"), null=True, blank=True)
    payment_terms = models.CharField(
        _("форма оплаты"), max_length=8, choices=PaymentTerms.choices, default=PaymentTerms.POSTPAID
    )
    cabinet_email = models.EmailField(
        _("E-mail личного кабинета"),
        help_text=_("Из заявления на подключение личного кабинета SIP. Сюда приходят временные пароли и заказы."),
    )
    # Until then a page of the account looks for announcements (4.14): without it no page makes the query.
    announced_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("лицевой счёт")
        verbose_name_plural = _("лицевые счета")
        indexes = [  # the desk's search finds parts of these texts (4.1)
            GinIndex(
                OpClass(F("number"), name="gin_trgm_ops"),
                OpClass(Plain(F("contract_number")), name="gin_trgm_ops"),
                OpClass(Plain(F("cabinet_email")), name="gin_trgm_ops"),
                name="account_parts",
            )
        ]
        permissions = [("view_as_customer", _("Может смотреть кабинет глазами клиента"))]
        constraints = [
            models.CheckConstraint(
                name="account_closed_has_date",
                condition=Q(status=AccountStatus.ACTIVE, closed_on__isnull=True)
                | Q(status=AccountStatus.CLOSED, closed_on__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.number}, {self.customer}"
