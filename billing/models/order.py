from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from notifications.models import Letter
from sipcabinet.lib.durable import DurableJob


class OrderKind(models.TextChoices):
    CALL_DETAIL = "call_detail", _("Детализация на E-mail")
    MONTHLY_DETAIL = "monthly_detail", _("Ежемесячная детализация")
    INVOICE = "invoice", _("Счёт на E-mail")
    PRELIMINARY = "preliminary", _("Предварительный счёт")


class DocumentOrder(DurableJob):
    """заказ: a document the customer ordered; a worker creates it when it is due and sends it by e-mail (2.3, 2.5).

    `params` stores the ordered terms as JSON, read by the kind's terms class: for CALL_DETAIL {"month": "2026-10",
    "direction": "out|in|all", "trunk_ids": [1, 2]}. `number` is the number the customer quotes: «З-2026-000123».
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="orders", verbose_name=_("лицевой счёт"))
    number = models.CharField(_("номер заказа"), max_length=20, unique=True)
    kind = models.CharField(_("вид"), max_length=20, choices=OrderKind.choices)
    title = models.CharField(_("что заказано"), max_length=200)
    params = models.JSONField(_("условия"), default=dict)
    ordered_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, verbose_name=_("кто заказал"))
    recipient = models.EmailField(_("куда"))
    letters = models.ManyToManyField(Letter, through="OrderLetter", related_name="orders")

    class Meta(DurableJob.Meta):
        verbose_name = _("заказ документа")
        verbose_name_plural = _("заказы документов")
        indexes = [*DurableJob.Meta.indexes, models.Index(fields=["account", "-created_at"], name="order_of_account")]

    def __str__(self) -> str:
        return self.number


class OrderLetter(models.Model):
    """A letter that carried an order's document: the first letter, or one sent by «отправить ещё раз»."""

    account = models.ForeignKey(Account, models.PROTECT)
    order = models.ForeignKey(DocumentOrder, models.CASCADE, related_name="deliveries")
    letter = models.OneToOneField(Letter, models.PROTECT, verbose_name=_("письмо"))

    class Meta:
        verbose_name = _("отправка заказа")
        verbose_name_plural = _("отправки заказов")

    def __str__(self) -> str:
        return f"{self.order}: {self.letter}"
