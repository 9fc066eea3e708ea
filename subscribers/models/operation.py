from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from sipcabinet.lib import clock
from subscribers.models.subscriber import Subscriber


class OperationKind(models.TextChoices):
    CONNECTED = "connected", _("Подключение номера")
    SERVICES_ADDED = "services_added", _("Добавление услуг")
    SERVICES_REMOVED = "services_removed", _("Удаление услуг")
    SERVICE_SET = "service_set", _("Изменение параметров услуги")
    CHANNELS = "channels", _("Смена пакета каналов")
    MINUTES = "minutes", _("Пакет минут")
    SIP_PASSWORD = "sip_password", _("Смена пароля SIP")
    SIP_ACCESS = "sip_access", _("Изменение параметров SIP")
    PLAN = "plan", _("Смена тарифного плана")
    RESTRICTION = "restriction", _("Ограничение исходящих звонков")
    CLOSED = "closed", _("Отключение номера")


class Operation(models.Model):
    """операция: one confirmed change of a subscriber, with a number the customer can quote (3.2, 3.3, 3.4).

    `changes` is what the operation's page shows: [{"name", "was", "now", "price"}], display texts, never a secret.
    `version` is the Provisioning version that this change requested from the switch. Rows are only added.
    """

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"))
    subscriber = models.ForeignKey(
        Subscriber, models.PROTECT, related_name="operations", db_index=False, verbose_name=_("абонент")
    )
    number = models.CharField(_("номер операции"), max_length=20, unique=True)
    kind = models.CharField(_("вид"), max_length=20, choices=OperationKind.choices)
    changes = models.JSONField(_("что изменено"), default=list)
    reason = models.CharField(_("основание"), max_length=200, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, verbose_name=_("кто"))
    made_at = models.DateTimeField(_("когда"), default=clock.now)
    version = models.PositiveIntegerField(default=0, editable=False)
    dedupe_key = models.CharField(max_length=200, null=True, blank=True, unique=True, editable=False)

    class Meta:
        verbose_name = _("операция")
        verbose_name_plural = _("операции")
        indexes = [models.Index(fields=["subscriber", "-made_at", "-id"], name="operation_of_subscriber")]

    def __str__(self) -> str:
        return f"{self.number}: {self.get_kind_display()}"
