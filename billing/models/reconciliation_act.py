from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, User
from notifications.models import Letter
from sipcabinet.lib.durable import DurableJob

NOTE_LENGTH = 200


class ReconciliationRun(DurableJob):
    """The work that makes and sends the акты сверки of a quarter, to all accounts or to chosen ones (4.15).

    Its accounts are fixed at the start, as rows of ReconciliationAct. `first_day` and `last_day` are those of the
    quarter.
    """

    first_day = models.DateField(_("с"))
    last_day = models.DateField(_("по"))
    started_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("кто начал"))

    class Meta(DurableJob.Meta):
        verbose_name = _("рассылка актов сверки")
        verbose_name_plural = _("рассылки актов сверки")
        default_permissions = ()  # seen and begun with the rights on the acts

    def __str__(self) -> str:
        return f"{self.first_day:%d.%m.%Y} – {self.last_day:%d.%m.%Y}"


class ReconciliationAct(models.Model):
    """акт сверки of an account for a quarter, as it was sent: at most one for each account and quarter (4.15).

    `made_at` is empty until the worker has made the file and its letter; then the row changes only by the
    confirmation. `closing` is the balance at the end of the quarter, BYN; a debt is negative. Without a `letter` the
    account had no address for it. `is_failed`: the file could not be made; the next run tries again. Staff enter
    `confirmed_on`, the day on which the customer has signed or confirmed the act.
    """

    account = models.ForeignKey(
        Account, models.PROTECT, related_name="acts", db_index=False, verbose_name=_("лицевой счёт")
    )
    run = models.ForeignKey(ReconciliationRun, models.PROTECT, related_name="acts", verbose_name=_("рассылка"))
    first_day = models.DateField(_("с"))
    last_day = models.DateField(_("по"))
    made_at = models.DateTimeField(_("сформирован"), null=True, blank=True)
    is_failed = models.BooleanField(_("не сформирован"), default=False)
    closing = models.DecimalField(_("сальдо на конец"), max_digits=14, decimal_places=2, null=True)
    file_name = models.CharField(_("имя файла"), max_length=200, blank=True)
    content_type = models.CharField(max_length=100, blank=True, editable=False)
    path = models.CharField(max_length=300, blank=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    size = models.PositiveBigIntegerField(_("размер, байт"), default=0)
    letter = models.OneToOneField(
        Letter, models.PROTECT, null=True, related_name="reconciliation_act", verbose_name=_("письмо")
    )
    confirmed_on = models.DateField(_("подтверждён"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("когда внесено"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто внёс")
    )
    confirmed_how = models.CharField(_("чем подтверждён"), max_length=NOTE_LENGTH, blank=True)

    class Meta:
        verbose_name = _("акт сверки за квартал")
        verbose_name_plural = _("акты сверки за кварталы")
        constraints = [
            models.UniqueConstraint(fields=["account", "first_day"], name="one_act_a_quarter"),
            models.CheckConstraint(name="act_days", condition=Q(last_day__gt=F("first_day"))),
            models.CheckConstraint(
                name="act_confirmed_when_made", condition=Q(confirmed_on__isnull=True) | Q(made_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["first_day", "id"], name="act_of_quarter"),
            models.Index(fields=["run", "id"], condition=Q(made_at__isnull=True, is_failed=False), name="act_to_make"),
            models.Index(fields=["path"], name="act_path"),
        ]

    def __str__(self) -> str:
        return self.file_name or f"{self.account}, {self.first_day:%d.%m.%Y} – {self.last_day:%d.%m.%Y}"
