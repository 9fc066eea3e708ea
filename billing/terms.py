"""The terms of an order, stored in its `params`; a class per kind (call detail's is in `models`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from django.utils.translation import gettext as _

from sipcabinet.lib.periods import Month


class Terms(Protocol):
    """The ordered terms: as JSON, and in words."""

    @property
    def params(self) -> dict[str, Any]: ...

    @property
    def title(self) -> str: ...


@dataclass(frozen=True, slots=True)
class InvoiceTerms:
    """INVOICE: an issued invoice sent again (2.3.1)."""

    invoice_id: int
    number: str
    month: Month

    @classmethod
    def of(cls, params: dict[str, Any]) -> Self:
        return cls(params["invoice_id"], params["number"], Month.parse(params["month"]))

    @property
    def params(self) -> dict[str, Any]:
        return {"invoice_id": self.invoice_id, "number": self.number, "month": self.month.code}

    @property
    def title(self) -> str:
        """`Счёт № 000123 за октябрь 2026`."""
        return _("Счёт № %(number)s за %(month)s") % {"number": self.number, "month": self.month.label}


@dataclass(frozen=True, slots=True)
class PreliminaryTerms:
    """PRELIMINARY: the month's charges so far (2.3.5). `subscriber_ids` None means the whole account."""

    month: Month
    subscriber_ids: Sequence[int] | None = None

    @classmethod
    def of(cls, params: dict[str, Any]) -> Self:
        ids = params["subscriber_ids"]
        return cls(Month.parse(params["month"]), None if ids is None else tuple(ids))

    @property
    def params(self) -> dict[str, Any]:
        ids = None if self.subscriber_ids is None else sorted(self.subscriber_ids)
        return {"month": self.month.code, "subscriber_ids": ids}

    @property
    def title(self) -> str:
        """`Предварительный счёт за ноябрь 2026, по списку абонентов: 3`."""
        title = _("Предварительный счёт за %(month)s") % {"month": self.month.label}
        if self.subscriber_ids is None:
            return title
        return _("%(title)s, по списку абонентов: %(count)d") % {"title": title, "count": len(self.subscriber_ids)}


@dataclass(frozen=True, slots=True)
class MonthlyDetailTerms:
    """MONTHLY_DETAIL: all calls of a closed month of the subscribers that have the service (3.2).

    A trunk's report includes the calls of its numbers, as on 2.3.4; `number_ids` are numbers that have the service
    while their trunk has not: only their own calls are included.
    """

    month: Month
    trunk_ids: Sequence[int]
    number_ids: Sequence[int] = ()

    @classmethod
    def of(cls, params: dict[str, Any]) -> Self:
        return cls(Month.parse(params["month"]), tuple(params["trunk_ids"]), tuple(params["number_ids"]))

    @property
    def params(self) -> dict[str, Any]:
        ids = {"trunk_ids": sorted(self.trunk_ids), "number_ids": sorted(self.number_ids)}
        return {"month": self.month.code, **ids}

    @property
    def title(self) -> str:
        """`Ежемесячная детализация за октябрь 2026`."""
        return _("Ежемесячная детализация за %(month)s") % {"month": self.month.label}
