from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from sipcabinet.lib import clock
from subscribers.models.call_import import CallImport, CallSource
from subscribers.models.catalogue import Destination
from subscribers.models.subscriber import Subscriber


class CallDirection(models.TextChoices):
    OUT = "out", _("исходящий")
    IN = "in", _("входящий")


class CallOutcome(models.TextChoices):
    ANSWERED = "answered", _("отвечен")
    BUSY = "busy", _("занято")
    NO_ANSWER = "no_answer", _("нет ответа")
    CANCELLED = "cancelled", _("отменён")
    FAILED = "failed", _("не состоялся")
    HELD = "held", _("проверяется")
    NOT_PAID = "not_paid", _("не оплачивается")


class CallRecord(models.Model):
    """звонок: one leg of a call as one subscriber sees it, rated (4.4, 4.5, 3.6). Seconds and net BYN, six places.

    Partitioned by `month`, the first day of the Minsk month in which the call started. `charged_in` (also a first day)
    is the month that charges the call: a later month if the call was imported after its own month had closed. For an
    outgoing call: `billed_seconds` (after increments) = `included_seconds` (covered by the allowance) + charged
    seconds. Unanswered calls cost 0; a held call (`HeldCall`) has 0 seconds and costs 0 until staff decide. `caller` is
    set where the account code names the trunk instead of the caller's number: the E.164 number of a forwarded call, an
    extension's digits, `hidden` or `unknown` (`subscribers.callers`).
    """

    pk = models.CompositePrimaryKey("id", "month")
    id = models.BigIntegerField(editable=False)  # PostgreSQL assigns the value (IDENTITY)
    month = models.DateField()
    charged_in = models.DateField(_("начислен в месяце"))
    account = models.ForeignKey(Account, models.DO_NOTHING, db_index=False)
    subscriber = models.ForeignKey(Subscriber, models.DO_NOTHING, db_index=False, related_name="calls")
    trunk = models.ForeignKey(Subscriber, models.DO_NOTHING, db_index=False, related_name="trunk_calls")
    source = models.ForeignKey(CallSource, models.DO_NOTHING, db_index=False)
    call_import = models.ForeignKey(CallImport, models.DO_NOTHING, db_index=False, db_column="import_id")
    call_id = models.CharField(max_length=100)
    leg = models.CharField(max_length=100)
    direction = models.CharField(max_length=3, choices=CallDirection.choices)
    outcome = models.CharField(max_length=9, choices=CallOutcome.choices)
    started_at = models.DateTimeField(_("начало"))
    duration = models.PositiveIntegerField(_("длительность, с"))
    talk_seconds = models.PositiveIntegerField(_("разговор, с"))
    other_party = models.CharField(_("собеседник"), max_length=32)
    caller = models.CharField(_("кто звонил"), max_length=32, default="")
    destination = models.ForeignKey(Destination, models.DO_NOTHING, null=True, db_index=False)
    price_per_minute = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    billed_seconds = models.PositiveIntegerField(default=0)
    included_seconds = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    fingerprint = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("звонок")
        verbose_name_plural = _("звонки")
        # SQL in the migration creates the table, its partitions, keys and indexes.
        managed = False
        db_table = "subscribers_callrecord"
        # Without it the desk shows the other party of a call masked, and gives no file that contains it (4.10).
        permissions = [("view_dialled_numbers", _("Может видеть номера собеседников в звонках"))]

    def __str__(self) -> str:
        return f"{self.get_direction_display()} {clock.show_moment(self.started_at)}"


class CallDailyTotal(models.Model):
    """Sums of the calls of one subscriber, Minsk day, direction and destination; for totals, charts and charges.

    Updated in the transaction that writes the calls. Calls charged by another month (`charged_in`, its first day) have
    a separate row. Seconds and net BYN, six places.
    """

    account = models.ForeignKey(Account, models.PROTECT, verbose_name=_("лицевой счёт"), db_index=False)
    subscriber = models.ForeignKey(
        Subscriber, models.PROTECT, verbose_name=_("номер"), db_index=False, related_name="daily_totals"
    )
    day = models.DateField(_("день"))
    direction = models.CharField(_("направление вызова"), max_length=3, choices=CallDirection.choices)
    destination = models.ForeignKey(
        Destination, models.PROTECT, verbose_name=_("направление связи"), null=True, db_index=False
    )
    charged_in = models.DateField(_("начислены в месяце"))
    calls = models.PositiveIntegerField(_("вызовов"), default=0)
    answered = models.PositiveIntegerField(_("отвечено"), default=0)
    talk_seconds = models.PositiveBigIntegerField(_("длительность, с"), default=0)
    billed_seconds = models.PositiveBigIntegerField(_("к оплате, с"), default=0)
    included_seconds = models.PositiveBigIntegerField(_("из пакета, с"), default=0)
    cost = models.DecimalField(_("стоимость, BYN без НДС"), max_digits=16, decimal_places=6, default=0)

    class Meta:
        verbose_name = _("итог звонков за день")
        verbose_name_plural = _("итоги звонков по дням")
        constraints = [
            models.UniqueConstraint(
                fields=["subscriber", "day", "direction", "destination", "charged_in"],
                nulls_distinct=False,
                name="one_total_per_day",
            ),
            models.CheckConstraint(name="daily_total_charged_in_month", condition=Q(charged_in__day=1)),
        ]
        indexes = [
            models.Index(fields=["account", "day"], name="daily_total_of_account"),
            models.Index(fields=["account", "charged_in", "subscriber"], name="daily_total_charged"),
            models.Index(fields=["day"], name="daily_total_day"),
            models.Index(
                fields=["charged_in"], condition=Q(direction="out", destination=None), name="daily_total_unrated"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber}: {self.day:%d.%m.%Y}, {self.get_direction_display()}"
