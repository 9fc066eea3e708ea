from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from sipcabinet.lib import clock
from subscribers.models import TariffPlan


class Audience(models.TextChoices):
    """Who is told; closed accounts never are."""

    ALL = "all", _("все клиенты")
    PLAN = "plan", _("абоненты тарифного плана")
    PREFIX = "prefix", _("номера, которые начинаются с…")
    DEBTORS = "debtors", _("должники: есть просроченный документ")
    LIST = "list", _("список лицевых счетов")


class AnnouncementState(models.TextChoices):
    """Not a column: the state follows from the moments of the start and the stop."""

    DRAFT = "draft", _("черновик")
    STARTED = "started", _("объявлено")
    STOPPED = "stopped", _("остановлено")


class Announcement(models.Model):
    """A text for customers, shown as a banner in the cabinet from `shown_from` until `shown_until`, sent as a letter at
    `letters_at`, or both (4.14). A started announcement never changes; it can be stopped."""

    title = models.CharField(_("заголовок"), max_length=120)
    text = models.TextField(_("текст"), max_length=4000)
    by_banner = models.BooleanField(_("показать в кабинете"), default=True)
    by_letter = models.BooleanField(_("отправить письмо"), default=False)
    shown_from = models.DateTimeField(_("показывать с"), default=clock.now)
    shown_until = models.DateTimeField(_("показывать до"))
    letters_at = models.DateTimeField(_("отправить письма"), default=clock.now)
    audience = models.CharField(_("кому"), max_length=8, choices=Audience.choices, default=Audience.ALL)
    plan = models.ForeignKey(TariffPlan, models.PROTECT, null=True, blank=True, verbose_name=_("тарифный план"))
    prefix = models.CharField(_("начало номера"), max_length=16, blank=True)
    account_numbers = models.TextField(_("лицевые счета"), max_length=100_000, blank=True)
    created_at = models.DateTimeField(_("создано"), default=clock.now, editable=False)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", editable=False)
    started_at = models.DateTimeField(_("объявлено"), null=True, blank=True, editable=False)
    started_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)
    stopped_at = models.DateTimeField(_("остановлено"), null=True, blank=True, editable=False)
    stopped_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", editable=False)

    class Meta:
        verbose_name = _("объявление")
        verbose_name_plural = _("объявления")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="announcement_is_shown", condition=Q(by_banner=True) | Q(by_letter=True)),
            models.CheckConstraint(name="announcement_ends_after_start", condition=Q(shown_until__gt=F("shown_from"))),
            models.CheckConstraint(
                name="announcement_stops_after_start",
                condition=Q(stopped_at__isnull=True) | Q(started_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.title}"

    @property
    def number(self) -> str:
        """The number that staff quote: `О-000012`."""
        return f"О-{self.pk or 0:06d}"

    @property
    def state(self) -> AnnouncementState:
        if self.stopped_at is not None:
            return AnnouncementState.STOPPED
        return AnnouncementState.DRAFT if self.started_at is None else AnnouncementState.STARTED
