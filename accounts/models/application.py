from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models.account import Account
from accounts.models.user import User
from sipcabinet.lib import clock


class ApplicationKind(models.TextChoices):
    """What the paper asks for; the pages of the desk offer the actions of the kind."""

    MINUTES = "minutes", gettext_lazy("Пакет минут")
    SERVICE = "service", gettext_lazy("Услуга по заявлению")
    EMAIL = "email", gettext_lazy("E-mail личного кабинета")
    CABINET = "cabinet", gettext_lazy("Подключение личного кабинета")
    PLAN = "plan", gettext_lazy("Тарифный план")
    PORT_OUT = "port_out", gettext_lazy("Перенос номера к другому оператору")
    OTHER = "other", gettext_lazy("Другое")


class ApplicationState(models.TextChoices):
    """получено → выполнено | отказано | отозвано; each of the three is final."""

    RECEIVED = "received", gettext_lazy("получено")
    DONE = "done", gettext_lazy("выполнено")
    REFUSED = "refused", gettext_lazy("отказано")
    WITHDRAWN = "withdrawn", gettext_lazy("отозвано")


class WrittenApplication(models.Model):
    """заявление: a signed paper of the customer in the staff's register, with its scan (4.2).

    `number` (may be empty) and `written_on` are those of the paper; `received_at` is when the operator got it. The
    scan is a file of the default storage: `scan_path` is chosen by the server, `scan_name` is shown to staff. The
    decision fields are empty until the application is decided: `answer` is the reason of a refusal or what was done,
    `operation` the number of the subscriber's operation. Customers' pages do not read this table.
    """

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="applications", db_index=False, verbose_name=gettext_lazy("лицевой счёт")
    )
    kind = models.CharField(gettext_lazy("вид"), max_length=8, choices=ApplicationKind.choices)
    number = models.CharField(gettext_lazy("номер"), max_length=40, blank=True)
    written_on = models.DateField(gettext_lazy("дата заявления"))
    received_at = models.DateTimeField(gettext_lazy("получено"), default=clock.now)
    received_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=gettext_lazy("кто принял"))
    note = models.CharField(gettext_lazy("примечание"), max_length=500, blank=True)
    scan_path = models.CharField(max_length=300, editable=False)
    scan_name = models.CharField(gettext_lazy("скан"), max_length=200)
    scan_type = models.CharField(max_length=40, editable=False)
    scan_sha256 = models.CharField(max_length=64, editable=False)
    scan_size = models.PositiveIntegerField(gettext_lazy("размер скана, байт"))
    state = models.CharField(
        gettext_lazy("состояние"),
        max_length=9,
        choices=ApplicationState.choices,
        default=ApplicationState.RECEIVED,
    )
    decided_at = models.DateTimeField(gettext_lazy("решено"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=gettext_lazy("кто решил")
    )
    answer = models.CharField(gettext_lazy("результат"), max_length=500, blank=True)
    operation = models.CharField(gettext_lazy("операция"), max_length=20, blank=True)
    dedupe_key = models.CharField(max_length=100, unique=True, editable=False)

    class Meta:
        verbose_name = gettext_lazy("заявление")
        verbose_name_plural = gettext_lazy("заявления")
        constraints = [
            models.CheckConstraint(
                name="application_decided_has_who",
                condition=Q(state="received", decided_at__isnull=True, decided_by__isnull=True)
                | Q(state__in=["done", "refused", "withdrawn"], decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="application_answer",
                condition=Q(state="received", answer="", operation="") | (~Q(state="received") & ~Q(answer="")),
            ),
            # One paper is one row; a paper without a number, or a row that was withdrawn, may have another beside it.
            models.UniqueConstraint(
                fields=["account", "kind", "number", "written_on"],
                condition=Q(state__in=["received", "done"]) & ~Q(number=""),
                name="application_once",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-received_at", "-id"], name="application_of_account"),
            models.Index(fields=["received_at", "id"], condition=Q(state="received"), name="application_waiting"),
            models.Index(fields=["-received_at", "-id"], name="application_newest"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def shown_number(self) -> str:
        """`№ 41`, or `б/н` for a paper without a number."""
        return f"№ {self.number}" if self.number else _("б/н")

    @property
    def numbered(self) -> str:
        """`№ 41 от 09.10.2026`."""
        day = clock.show_date(self.written_on)
        return _("%(number)s от %(day)s") % {"number": self.shown_number, "day": day}

    @property
    def reference(self) -> str:
        """How operations and the journal name the paper: `Заявление № 41 от 09.10.2026`."""
        return _("Заявление %(paper)s") % {"paper": self.numbered}

    @property
    def is_waiting(self) -> bool:
        return self.state == ApplicationState.RECEIVED
