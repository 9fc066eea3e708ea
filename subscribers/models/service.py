from django.db import models
from django.utils.translation import gettext_lazy as _

from subscribers.models.assignment import Assignment, period
from subscribers.models.catalogue import PlanKind
from subscribers.models.prices import DatedPrice, dated


class ServiceParameter(models.TextChoices):
    """The parameter that a service needs before it can work."""

    NONE = "", _("нет")
    FORWARD_TO = "forward_to", _("номер для переадресации")
    NUMBERS = "numbers", _("список номеров")


class Service(models.Model):
    """услуга of the catalogue (3.2). The kind of a subscriber's plan decides which services he may have.

    `excludes`: services that may not be on at the same time. `by_application`: only on written application, never from
    the portal. The switch identifies a service by its code (`subscribers/catalogue/services.py`).
    """

    code = models.SlugField(_("код"), unique=True)
    name = models.CharField(_("название"), max_length=100)
    description = models.CharField(_("описание"), max_length=300, blank=True)
    for_trunks = models.BooleanField(_("для SIP-соединения"), default=True)
    for_numbers = models.BooleanField(_("для SIP-номера"), default=True)
    by_application = models.BooleanField(_("только по заявлению"), default=False)
    is_offered = models.BooleanField(_("подключается"), default=True)
    parameter = models.CharField(_("параметр"), max_length=10, choices=ServiceParameter.choices, blank=True)
    excludes = models.ManyToManyField("self", symmetrical=True, blank=True, verbose_name=_("несовместима с"))
    order = models.PositiveSmallIntegerField(_("порядок"), default=100)

    class Meta:
        verbose_name = _("услуга")
        verbose_name_plural = _("услуги")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name

    def is_for(self, kind: str) -> bool:
        """Whether subscribers with this kind of plan may have the service."""
        return self.for_trunks if kind == PlanKind.TRUNK else self.for_numbers


class ServicePrice(DatedPrice):
    service = models.ForeignKey(Service, models.PROTECT, related_name="prices", verbose_name=_("услуга"))

    class Meta:
        verbose_name = _("цена услуги")
        verbose_name_plural = _("цены услуг")
        constraints = dated("service_price", "service")

    def __str__(self) -> str:
        return f"{self.service}: {self.valid_from:%d.%m.%Y}"


class ServiceAssignment(Assignment):
    """подключённая услуга: a service of a subscriber over a period; changing its parameters begins a new period.

    `parameters`: {"forward_to": "+375…"} or {"numbers": ["+375…"]}, else empty.
    """

    service = models.ForeignKey(Service, models.PROTECT, related_name="assignments", verbose_name=_("услуга"))
    parameters = models.JSONField(_("параметры"), default=dict, blank=True)

    class Meta:
        verbose_name = _("подключённая услуга")
        verbose_name_plural = _("подключённые услуги")
        constraints = period("service", "subscriber", "service")

    def __str__(self) -> str:
        return f"{self.subscriber}: {self.service}"
