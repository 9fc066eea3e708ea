"""номерная ёмкость (4.13): the operator's ranges, and what keeps a number from being connected."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from sipcabinet.lib import clock, phones

MOST_NUMBERS = 100_000  # of one range


class NumberSpan(Func):
    """SQL range of whole numbers `[first, last]`."""

    function = "int8range"
    output_field = BigIntegerRangeField()


class HoldSpan(Func):
    """SQL time range `[from, until)`; an empty end is open."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


class NumberRange(models.Model):
    """диапазон: consecutive numbers that the operator may give out, from `first` to `last` (E.164 without «+»).

    The state of a number is not stored: it follows from the subscribers, from NumberHold and from the ranges
    (`subscribers/selectors/pool.py`).
    """

    first = models.BigIntegerField(_("первый номер"))
    last = models.BigIntegerField(_("последний номер"))
    note = models.CharField(_("примечание"), max_length=200, blank=True)
    added_at = models.DateTimeField(_("внесён"), default=clock.now)
    added_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто внёс")
    )

    class Meta:
        verbose_name = _("диапазон номеров")
        verbose_name_plural = _("диапазоны номеров")
        constraints = [
            models.CheckConstraint(
                name="number_range_order",
                condition=Q(last__gte=F("first")) & Q(last__lt=F("first") + MOST_NUMBERS),
            ),
            ExclusionConstraint(
                name="number_ranges_never_overlap",
                expressions=[(NumberSpan("first", "last", Value("[]")), RangeOperators.OVERLAPS)],
                violation_error_message=_("Эти номера уже есть в другом диапазоне"),
            ),
        ]

    def __str__(self) -> str:
        return f"{phones.display(self.first_phone)} – {phones.display(self.last_phone)}"

    @property
    def first_phone(self) -> str:
        return f"+{self.first}"

    @property
    def last_phone(self) -> str:
        return f"+{self.last}"

    @property
    def size(self) -> int:
        """How many numbers the range has."""
        return self.last - self.first + 1


class HoldKind(models.TextChoices):
    """Why a number that nobody uses may not be connected, or only for one customer."""

    RESERVED = "reserved", _("Зарезервирован")
    QUARANTINE = "quarantine", _("В карантине")
    PORTED_OUT = "ported_out", _("Перенесён от нас")


class NumberOrigin(models.TextChoices):
    """Where a number to be connected comes from: the free ones of a range, a reservation that names no customer of the
    portal, or another operator."""

    FREE = "free", _("из диапазона")
    RESERVED = "reserved", _("из резерва")
    PORTED_IN = "ported_in", _("перенесён к нам")


class NumberHold(models.Model):
    """A number is kept from being connected in `[starts_at, until)`, at most until `ended_at`.

    `customer` alone may get the number meanwhile: for whom it is reserved, or who had it before the quarantine. A
    number that was ported out goes to nobody until it comes back. Two holds of a number never overlap, and no hold
    overlaps a subscriber with the number: triggers of the database check this (`number_is_held`, `number_is_used`).
    """

    phone = models.CharField(_("номер"), max_length=16)
    kind = models.CharField(_("состояние"), max_length=10, choices=HoldKind.choices)
    starts_at = models.DateTimeField(_("с"), default=clock.now)
    until = models.DateTimeField(_("до"), null=True, blank=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("клиент")
    )
    text = models.CharField(_("для кого, почему"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто поставил")
    )
    ended_at = models.DateTimeField(_("снято"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("кто снял")
    )
    ended_why = models.CharField(_("почему снято"), max_length=200, blank=True)
    dedupe_key = models.CharField(max_length=100, null=True, blank=True, unique=True, editable=False)

    class Meta:
        verbose_name = _("занятый номер ёмкости")
        verbose_name_plural = _("занятые номера ёмкости")
        constraints = [
            models.CheckConstraint(
                name="number_hold_period",
                condition=(Q(until__isnull=True) | Q(until__gte=F("starts_at")))
                & (Q(ended_at__isnull=True) | Q(ended_at__gte=F("starts_at"))),
            ),
            ExclusionConstraint(
                name="number_held_once",
                expressions=[
                    ("phone", RangeOperators.EQUAL),
                    (HoldSpan("starts_at", Least("until", "ended_at")), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["phone", "starts_at"], name="number_hold_of_phone")]

    def __str__(self) -> str:
        return f"{phones.display(self.phone)}: {self.get_kind_display()}"
