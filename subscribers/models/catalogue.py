from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from sipcabinet.lib.validity import DateRange


class PlanKind(models.TextChoices):
    TRUNK = "trunk", _("SIP-соединение")
    NUMBER = "number", _("SIP-номер")


class TariffPlan(models.Model):
    """тарифный план. `kind` decides what a subscriber may have: only a trunk has channels, minutes and a login."""

    code = models.SlugField(_("код"), unique=True)
    name = models.CharField(_("название"), max_length=100)
    kind = models.CharField(_("вид"), max_length=6, choices=PlanKind.choices)

    class Meta:
        verbose_name = _("тарифный план")
        verbose_name_plural = _("тарифные планы")

    def __str__(self) -> str:
        return self.name


class PlanTerms(models.Model):
    """What a plan costs and includes between two dates (net BYN a month, minutes, channels).

    `suspended_fee_percent` is the share of the fee on days on which the account is suspended at its customer's request.
    """

    plan = models.ForeignKey(TariffPlan, models.PROTECT, related_name="terms", verbose_name=_("тарифный план"))
    monthly_fee = models.DecimalField(
        _("абонентская плата, BYN без НДС"), max_digits=10, decimal_places=2, validators=[MinValueValidator(0)]
    )
    included_minutes = models.PositiveIntegerField(_("минут в другие сети"), default=0)
    included_channels = models.PositiveSmallIntegerField(_("каналов"), default=0)
    suspended_fee_percent = models.PositiveSmallIntegerField(
        _("плата при приостановлении, %"),
        default=100,
        db_default=100,
        validators=[MaxValueValidator(100)],
        help_text=_("По заявлению клиента: 100 — полная плата, 0 — без платы"),
    )
    valid_from = models.DateField(_("действует с"))
    valid_until = models.DateField(_("действует до (не включая)"), null=True, blank=True)

    class Meta:
        verbose_name = _("условия тарифного плана")
        verbose_name_plural = _("условия тарифных планов")
        constraints = [
            models.CheckConstraint(
                name="plan_terms_dates",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=models.F("valid_from")),
            ),
            models.CheckConstraint(name="plan_terms_suspended", condition=Q(suspended_fee_percent__lte=100)),
            ExclusionConstraint(
                name="plan_terms_never_overlap",
                expressions=[
                    ("plan", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("На эти даты у плана уже есть условия"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan}: {self.valid_from:%d.%m.%Y}"


class Destination(models.Model):
    """направление: a group of called numbers with one name on documents.

    `uses_allowance`: included minutes cover it («другие сети»). `is_free`: never charged and never barred (emergency,
    toll-free). `barred_by_default`: customers cannot call it unless it is opened for them (902).
    """

    code = models.SlugField(_("код"), unique=True)
    name = models.CharField(_("название"), max_length=100)
    uses_allowance = models.BooleanField(_("покрывается включёнными минутами"), default=False)
    is_free = models.BooleanField(_("бесплатное и экстренное"), default=False)
    barred_by_default = models.BooleanField(_("закрыто по умолчанию"), default=False)
    order = models.PositiveSmallIntegerField(_("порядок"), default=100)

    class Meta:
        verbose_name = _("направление")
        verbose_name_plural = _("направления")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name


class Rate(models.Model):
    """тариф: price of a minute (net BYN, 6 places) for called numbers with a prefix, between two dates.

    The longest prefix in force wins. `prefix` is E.164 without «+» (empty: the rest of the world), or a short number
    such as `112` with `is_short`.
    """

    destination = models.ForeignKey(Destination, models.PROTECT, related_name="rates", verbose_name=_("направление"))
    prefix = models.CharField(
        _("префикс"), max_length=15, blank=True, validators=[RegexValidator(r"^\d*$", _("Только цифры"))]
    )
    is_short = models.BooleanField(_("короткий номер"), default=False)
    price_per_minute = models.DecimalField(
        _("цена минуты, BYN без НДС"), max_digits=12, decimal_places=6, validators=[MinValueValidator(0)]
    )
    first_increment = models.PositiveSmallIntegerField(
        _("первый шаг, с"), default=60, validators=[MinValueValidator(1)]
    )
    next_increment = models.PositiveSmallIntegerField(
        _("следующий шаг, с"), default=1, validators=[MinValueValidator(1)]
    )
    valid_from = models.DateField(_("действует с"))
    valid_until = models.DateField(_("действует до (не включая)"), null=True, blank=True)

    class Meta:
        verbose_name = _("тариф на звонки")
        verbose_name_plural = _("тарифы на звонки")
        constraints = [
            models.CheckConstraint(
                name="rate_dates", condition=Q(valid_until__isnull=True) | Q(valid_until__gt=models.F("valid_from"))
            ),
            models.CheckConstraint(
                name="rate_increments", condition=Q(first_increment__gte=1) & Q(next_increment__gte=1)
            ),
            ExclusionConstraint(
                name="rates_never_overlap",
                expressions=[
                    ("prefix", RangeOperators.EQUAL),
                    (Cast("is_short", models.IntegerField()), RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_until"), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("На эти даты у префикса уже есть тариф"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix or '*'} — {self.destination}"
