"""Charges as shown on documents: each line is rounded to the kopeck once, all totals are sums of lines. Pure (3.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self

from django.utils.translation import gettext_lazy as _

from sipcabinet.lib.money import Taxed
from sipcabinet.lib.periods import Month


class ChargeKind(StrEnum):
    """What a subscriber is charged for, in the order of documents."""

    FEE = "fee"
    SERVICE = "service"
    CHANNELS = "channels"
    MINUTES = "minutes"
    CALLS = "calls"


GROUPS = {
    ChargeKind.FEE: _("Абонентская плата"),
    ChargeKind.SERVICE: _("Услуги"),
    ChargeKind.CHANNELS: _("SIP-многоканальность"),
    ChargeKind.MINUTES: _("Пакеты минут"),
    ChargeKind.CALLS: _("Звонки по направлениям"),
}


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """начисление: one fee, or the calls to one destination, of one subscriber in one month. Net and VAT in kopecks.

    `key` and `code` identify the plan, service, package or destination. `quantity` counts days of a fee, or calls;
    `detail` explains the sum in words. `late_of` is the month (first day) of calls that were imported after it had
    closed.
    """

    kind: ChargeKind
    key: int
    code: str
    name: str
    detail: str
    quantity: int
    net: Decimal
    vat: Decimal
    late_of: date | None = None

    @classmethod
    def rounded(
        cls,
        *,
        kind: ChargeKind,
        key: int,
        code: str,
        name: str,
        detail: str,
        quantity: int,
        exact: Decimal,
        vat_percent: Decimal,
        late_of: date | None = None,
    ) -> Self:
        """Makes a line from an exact net sum."""
        taxed = Taxed.rounded(exact, vat_percent)
        return cls(kind, key, code, name, detail, quantity, taxed.net, taxed.vat, late_of)

    @property
    def month(self) -> Month | None:
        """The month in which late calls were made; None for other lines."""
        return Month.of(self.late_of) if self.late_of else None

    @property
    def gross(self) -> Decimal:
        """With VAT."""
        return self.net + self.vat

    @property
    def is_free(self) -> bool:
        """Whether this is a service or package without a fee; calls covered by included minutes are not called free."""
        return self.kind not in {ChargeKind.FEE, ChargeKind.CALLS} and not self.gross


class _Lines:
    """Sums of some lines, BYN."""

    __slots__ = ()
    lines: Sequence[ChargeLine]

    @property
    def taxed(self) -> Taxed:
        return Taxed.sum_of(self.lines)

    @property
    def net(self) -> Decimal:
        return self.taxed.net

    @property
    def vat(self) -> Decimal:
        return self.taxed.vat

    @property
    def gross(self) -> Decimal:
        return self.taxed.gross


@dataclass(frozen=True, slots=True)
class Group(_Lines):
    """Charges of one kind, in the order of the catalogue."""

    kind: ChargeKind
    lines: Sequence[ChargeLine]

    @property
    def title(self) -> str:
        return str(GROUPS[self.kind])

    @property
    def paid(self) -> list[ChargeLine]:
        """The lines without free services and packages, which a page shows separately."""
        return [line for line in self.lines if not line.is_free]


@dataclass(frozen=True, slots=True)
class Charges(_Lines):
    """All charges of one subscriber in a month. `until` is the last day whose fees are counted; final charges were
    stored when the month closed and never change."""

    month: Month
    until: date
    vat_percent: Decimal
    lines: Sequence[ChargeLine] = ()
    is_final: bool = False

    @property
    def groups(self) -> list[Group]:
        """One group for each kind that has charges."""
        kinds = ((kind, [line for line in self.lines if line.kind == kind]) for kind in ChargeKind)
        return [Group(kind, lines) for kind, lines in kinds if lines]
