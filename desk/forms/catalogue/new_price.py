"""«Новая цена с …»: one price, or the same price for all prefixes of a destination (4.3)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.forms.payments import DayInput
from desk.imports import KINDS, dated, running, written
from desk.imports.fees import CHANNELS, MINUTES, PLAN, SERVICE, SOURCES
from desk.imports.kind import Comparison, ImportKind
from desk.imports.rate_rows import EVERYWHERE
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.forms import Form
from sipcabinet.lib.tables import columns
from sipcabinet.lib.validity import in_force
from subscribers.models import ChannelPackage, Destination, MinutePackage, PlanKind, Rate, Service, TariffPlan

Priced = TariffPlan | Service | ChannelPackage | MinutePackage
MOST_PREFIXES = running.BOUNDS.most_rows


def price_field(label: Any, places: int) -> forms.DecimalField:
    """A sum in BYN, with a comma or a point."""
    return forms.DecimalField(
        label=label, min_value=0, max_digits=places + 6, decimal_places=places, localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "w-s", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Введите цену"), "invalid": gettext_lazy("Введите число: 0,8")},
    )  # fmt: skip


def _whole(label: Any, least: int, most: int, initial: int | None = None) -> forms.IntegerField:
    widget = forms.TextInput(attrs={"inputmode": "numeric", "class": "w-s", "autocomplete": "off"})
    return forms.IntegerField(label=label, min_value=least, max_value=most, initial=initial, widget=widget)


class NewPriceForm(Form):
    """Base: the day, and the way from the fields to a compared table. A valid form has `content` and `comparison`."""

    kind_code: ClassVar[str]
    day = forms.DateField(
        label=gettext_lazy("Действует с"),
        initial=dated.earliest,
        widget=DayInput(),
        error_messages={"required": gettext_lazy("Выберите день")},
    )
    content: bytes
    comparison: Comparison

    @property
    def kind(self) -> ImportKind:
        return KINDS[self.kind_code]

    def rows(self, given: Mapping[str, Any]) -> Sequence[Mapping[str, object]]:
        """The rows of the table, by the keys of the kind's columns."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return given
        rows = self.rows(given)
        if not rows:
            self.add_error("day", _("На этот день у направления нет ни одного префикса с ценой"))
            return given
        self.content = written.content(self.kind, rows)
        try:
            self.comparison = running.check(self.kind, self.content, given["day"])
        except DomainError as refusal:
            self.add_error("day", refusal.message)
            return given
        for one in self.comparison.problems[:1]:
            self.add_error(one.key if one.key in self.fields else None, one.reason[:1].upper() + one.reason[1:])
        if not (self.comparison.problems or self.comparison.effective):
            self.add_error(self.main_field, _("Такая цена на этот день уже есть"))
        return given

    main_field: ClassVar[str] = "price"


class RateForm(NewPriceForm):
    """The rate of one prefix or short number."""

    kind_code = "rates"
    prefix = forms.CharField(  # type: ignore[assignment]
        label=gettext_lazy("Префикс"),
        max_length=20,
        help_text=gettext_lazy("Начало номера: 48, 4822. Для остального мира — *."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "class": "w-s", "autocomplete": "off"}),
    )
    is_short = forms.BooleanField(label=gettext_lazy("Короткий номер"), required=False)
    destination = forms.ModelChoiceField(
        Destination.objects.all(), label=gettext_lazy("Направление"), empty_label=gettext_lazy("выберите")
    )
    price = price_field(gettext_lazy("Цена минуты, BYN без НДС"), 6)
    first = _whole(gettext_lazy("Первый шаг, с"), 1, 3600, 60)
    following = _whole(gettext_lazy("Следующий шаг, с"), 1, 3600, 1)
    field_order = ("prefix", "is_short", "destination", "price", "first", "following", "day")

    def rows(self, given: Mapping[str, Any]) -> Sequence[Mapping[str, object]]:
        told = dict(given, destination=given["destination"].code)
        return [told | {"is_short": columns.YES if given["is_short"] else columns.NO}]


class DestinationRateForm(NewPriceForm):
    """One price for all prefixes that a destination has on the day; their increments stay."""

    kind_code = "rates"
    price = price_field(gettext_lazy("Цена минуты, BYN без НДС"), 6)
    field_order = ("price", "day")

    def __init__(self, destination: Destination, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.destination = destination

    def rows(self, given: Mapping[str, Any]) -> Sequence[Mapping[str, object]]:
        rates = Rate.objects.filter(in_force(given["day"]), destination=self.destination).order_by("prefix")
        return [
            {
                "prefix": rate.prefix or EVERYWHERE,
                "is_short": columns.YES if rate.is_short else columns.NO,
                "destination": self.destination.code,
                "price": given["price"],
                "first": rate.first_increment,
                "following": rate.next_increment,
            }
            for rate in rates[:MOST_PREFIXES]
        ]


class FeeForm(NewPriceForm):
    """The monthly price of a plan, a service or a package. A plan also has the share of its fee while an account is
    suspended, and a plan of trunks has minutes and channels."""

    kind_code = "fees"
    main_field = "fee"
    fee = price_field(gettext_lazy("Плата в месяц, BYN без НДС"), 2)
    included_minutes = _whole(gettext_lazy("Минут в другие сети"), 0, 1_000_000)
    included_channels = _whole(gettext_lazy("Каналов"), 0, 30_000)
    suspended_fee_percent = _whole(gettext_lazy("Плата при приостановлении по заявлению, %"), 0, 100, 100)
    field_order = ("fee", "included_minutes", "included_channels", "suspended_fee_percent", "day")

    def __init__(self, what: str, owner: Priced, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.what, self.owner = what, owner
        if getattr(owner, "kind", "") != PlanKind.TRUNK:
            del self.fields["included_minutes"], self.fields["included_channels"]
        self.fields["suspended_fee_percent"].required = False
        if what != PLAN:
            del self.fields["suspended_fee_percent"]

    def rows(self, given: Mapping[str, Any]) -> Sequence[Mapping[str, object]]:
        source = SOURCES[self.what]
        return [dict(given, what=source.word, named=getattr(self.owner, source.named_by))]


MODELS: dict[str, type[Priced]] = {
    PLAN: TariffPlan,
    SERVICE: Service,
    CHANNELS: ChannelPackage,
    MINUTES: MinutePackage,
}
