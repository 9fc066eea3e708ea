"""What one call would cost: the same rates and rules as for imported calls, with each step shown (4.3, 4.5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from sipcabinet.lib.errors import DomainError
from subscribers.calls.matching import load_rates
from subscribers.catalogue import ON_NET
from subscribers.cdr.numbers import Number, NumberKind, normalise
from subscribers.models import Destination, Rate, Subscriber
from subscribers.rating import ListedRate, cost_micro, from_micro


class QuoteError(DomainError):
    """The call has no price: the text is no number that can be called, or no rate is in force for it."""

    code = "quote.no_price"


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of a call that is answered and lasts `talked` seconds, without included minutes.

    `called` is E.164 or a short number; `rate` the rate in force; `billed` seconds to pay for; `cost` net BYN with six
    places. `is_ours`: the number was a subscriber's of the operator, so it has the rate of calls inside the network
    whatever its prefix.
    """

    called: str
    talked: int
    rate: ListedRate
    destination: Destination
    billed: int
    cost: Decimal
    is_ours: bool

    @property
    def price(self) -> Decimal:
        """Net BYN a minute."""
        return from_micro(self.rate.micro_per_minute)

    def rest(self, covered: int) -> Decimal:
        """The cost when included minutes cover the first `covered` billed seconds, net BYN."""
        return from_micro(cost_micro(self.rate.micro_per_minute, max(0, self.billed - covered)))


def quote(*, called: str, talked: int, moment: datetime) -> Quote:
    """The price of a call to `called` (any spelling) that begins at `moment` and lasts `talked` seconds.

    Reads only the rates that may fit. Raises QuoteError.
    """
    number = _number(called)
    ours = Subscriber.objects.filter(
        Q(closed_at__isnull=True) | Q(closed_at__gt=moment), phone=number.value, connected_at__lte=moment
    ).exists()
    table, destinations = load_rates(_that_may_fit(number, ours=ours))
    rate = table.rate_of(number.value, moment, ours=ours)
    if rate is None:
        raise QuoteError(_("На этот день для номера нет тарифа: такой звонок не будет принят"))
    billed = rate.billed(talked)
    return Quote(
        called=number.value,
        talked=talked,
        rate=rate,
        destination=Destination.objects.get(pk=destinations[rate.destination]),
        billed=billed,
        cost=from_micro(cost_micro(rate.micro_per_minute, billed)),
        is_ours=ours,
    )


def _number(called: str) -> Number:
    number = normalise(called)
    if number.kind not in {NumberKind.E164, NumberKind.SHORT}:
        raise QuoteError(_("Введите номер целиком, например +48 22 123-45-67 или 112"), code="quote.number")
    return number


def _that_may_fit(number: Number, *, ours: bool) -> Iterable[Rate]:
    digits, is_short = number.value.removeprefix("+"), number.kind is NumberKind.SHORT
    fits = Q(prefix__in=[digits[:length] for length in range(len(digits) + 1)], is_short=is_short)
    if ours:
        fits |= Q(destination__code=ON_NET)
    return Rate.objects.filter(fits).select_related("destination")
