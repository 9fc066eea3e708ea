"""Forms that choose numbers for a customer: offered ones, a run of them, or one that he brought along (4.11, 4.13)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, Customer
from billing.forms.payments import DayField
from desk.forms.pool import EVERY, PatternField
from sipcabinet.lib import clock, money, phones
from sipcabinet.lib.forms import Form
from sipcabinet.lib.options import Option
from sipcabinet.lib.sent_once import TokenField
from subscribers import patterns
from subscribers.errors import NumberError
from subscribers.labels import LABEL_LENGTH
from subscribers.models import NumberOrigin, PlanKind, Subscriber, SubscriberStatus, TariffPlan
from subscribers.selectors import offers, prices
from subscribers.selectors.offers import MOST_IN_A_ROW, Offer, Wish

_OFFER = re.compile(r"(375\d{9})(r?)", re.ASCII)  # `r`: the person has seen that the number is reserved
_OF_SEARCH = ("pattern", "count", "with_reserved")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The numbers to connect, as typed or in E.164, and where they come from."""

    phones: Sequence[str]
    origin: NumberOrigin

    @property
    def shown(self) -> str:
        """`+375 17 270-00-00`, or the first and the last of a run."""
        first, last = phones.display(self.phones[0]), phones.display(self.phones[-1])
        return first if len(self.phones) == 1 else f"{first} – {last}"


class OfferField(forms.ChoiceField):
    """Offered numbers as radio buttons. The service checks whether the number is still free, so a number that is no
    longer among the offers is not refused here."""

    def __init__(self) -> None:
        super().__init__(label=gettext_lazy("Свободные номера"), required=False, widget=forms.RadioSelect)

    def valid_value(self, value: Any) -> bool:
        return bool(_OFFER.fullmatch(str(value)))


class ChooseNumberForm(Form):
    """An offered number, or another one. The button «Найти номера» sends the form for new offers only."""

    pattern = PatternField()
    count = forms.IntegerField(
        label=gettext_lazy("Номеров подряд"),
        min_value=1,
        max_value=MOST_IN_A_ROW,
        initial=1,
        widget=forms.NumberInput(attrs={"class": "w-s"}),
        error_messages={"required": gettext_lazy("Введите, сколько номеров"), "invalid": gettext_lazy("Введите число")},
    )
    with_reserved = forms.BooleanField(label=gettext_lazy("Предлагать и зарезервированные"), required=False)
    offer = OfferField()
    own = forms.CharField(
        label=gettext_lazy("Или другой номер"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("В любом написании, например 17 270-00-00"),
        widget=forms.TextInput(attrs={"class": "w-m", "inputmode": "tel", "autocomplete": "off"}),
    )
    ported_in = forms.BooleanField(
        label=gettext_lazy("Клиент переносит этот номер к нам от другого оператора"), required=False
    )

    def __init__(self, customer: Customer | None, data: Any = None, **rest: Any) -> None:
        super().__init__(data, **rest)
        self.offers = offers.free(self._wish(customer))
        self.fields["offer"].choices = [(_value(one), _label(one)) for one in self.offers]  # type: ignore[attr-defined]

    def _wish(self, customer: Customer | None) -> Wish:
        """What the sent or given values look for; a value with a fault is left out."""
        given: Any = self.data if self.is_bound else self.initial
        try:
            like = patterns.like(str(given.get("pattern", "")))
        except NumberError:
            like = EVERY
        count = str(given.get("count", ""))
        known = count.isascii() and count.isdecimal() and 1 <= int(count[:4]) <= MOST_IN_A_ROW
        return Wish(
            like, int(count) if known and "count" in self.fields else 1, customer, bool(given.get("with_reserved"))
        )

    def only_search(self) -> None:
        """Keeps only what is wrong with the search."""
        for name in [name for name in self.errors if name not in _OF_SEARCH]:
            del self.errors[name]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if not ({"offer", "own", "count"} & self.errors.keys()):
            told["chosen"] = self._chosen(told)
        return told

    def _chosen(self, told: dict[str, Any]) -> Chosen | None:
        own, found = told["own"].strip(), _OFFER.fullmatch(told["offer"])
        if own and found:
            self.add_error("own", _("Выбран свободный номер и введён другой: оставьте что-то одно"))
        elif own:
            origin = NumberOrigin.PORTED_IN if told["ported_in"] else NumberOrigin.FREE
            return self._typed(own, origin)
        elif found:
            first, count = int(found[1]), told.get("count") or 1
            run = [f"+{first + place}" for place in range(count)]
            return Chosen(run, NumberOrigin.RESERVED if found[2] else NumberOrigin.FREE)
        else:
            self.add_error("offer", _("Выберите свободный номер или введите другой"))
        return None

    def _typed(self, own: str, origin: NumberOrigin) -> Chosen | None:
        if self.cleaned_data.get("count", 1) not in {None, 1}:
            self.add_error("count", _("Другой номер подключается один: поставьте 1"))
            return None
        try:
            return Chosen([phones.parse(own)], origin)
        except phones.PhoneError as refusal:
            self.add_error("own", refusal.message)
            return None

    @property
    def chosen(self) -> Chosen:
        """The numbers of the valid form."""
        found: Chosen = self.cleaned_data["chosen"]
        return found


def _value(offer: Offer) -> str:
    return f"{offer.first}r" if offer.for_whom else str(offer.first)


def _label(offer: Offer) -> Option:
    last = phones.display(offer.phones[-1])
    title = phones.display(offer.phones[0])
    detail = _("в резерве: %(who)s") % {"who": offer.for_whom} if offer.for_whom else ""
    return Option(title if offer.count == 1 else f"{title} – {last}", detail=detail)


class PlanField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A plan with its fee today."""

    def __init__(self, kind: PlanKind | None = None) -> None:
        plans = TariffPlan.objects.order_by("kind", "name")
        super().__init__(
            plans.filter(kind=kind) if kind else plans,
            label=gettext_lazy("Тарифный план"),
            empty_label=gettext_lazy("выберите"),
            error_messages={"required": gettext_lazy("Выберите тарифный план")},
        )

    def label_from_instance(self, plan: Any) -> str:
        fee = prices.price_on(plan)
        return f"{plan.name}, {fee_in_words(fee)}" if fee is not None else f"{plan.name} ({_('цены сейчас нет')})"


def fee_in_words(fee: Decimal | None) -> str:
    """`12,00 BYN в месяц без НДС`."""
    if fee is None:
        return _("цены сейчас нет")
    return _("%(fee)s в месяц без НДС") % {"fee": money.show_byn(fee)}


class ConnectForm(ChooseNumberForm):
    """Numbers to connect to an account: a «SIP-соединение», or «SIP-номера» of one of its trunks."""

    plan = PlanField()
    trunk = forms.ModelChoiceField(
        Subscriber.objects.none(),
        label=gettext_lazy("SIP-соединение"),
        required=False,
        help_text=gettext_lazy("Для SIP-номеров: к какому соединению они относятся"),
        empty_label=gettext_lazy("— новое соединение —"),
    )
    label = forms.CharField(
        label=gettext_lazy("Название"), required=False, max_length=LABEL_LENGTH,
        help_text=gettext_lazy("Например, «Приёмная»"),
    )  # fmt: skip
    connected_on = DayField(label=gettext_lazy("Подключить с"), required=gettext_lazy("Введите день подключения"))
    token = TokenField()

    def __init__(self, account: Account, data: Any = None, given: dict[str, Any] | None = None) -> None:
        super().__init__(account.customer, data, initial={"connected_on": clock.today()} | (given or {}))
        trunks = Subscriber.objects.filter(account=account, kind=PlanKind.TRUNK).order_by("phone")
        self.fields["trunk"].queryset = trunks.exclude(status=SubscriberStatus.CLOSED)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        plan, trunk = told.get("plan"), told.get("trunk")
        if plan is not None and "trunk" not in self.errors:
            if plan.kind == PlanKind.NUMBER and trunk is None:
                self.add_error("trunk", _("Для SIP-номера выберите SIP-соединение, к которому он относится"))
            if plan.kind == PlanKind.TRUNK and trunk is not None:
                self.add_error("trunk", _("SIP-соединение не относится к другому соединению"))
            if plan.kind == PlanKind.TRUNK and (told.get("count") or 1) > 1:
                self.add_error("count", _("SIP-соединение подключается по одному: поставьте 1"))
        return told
