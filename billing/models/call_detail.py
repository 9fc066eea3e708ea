from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sipcabinet.lib.periods import Month


class ReportDirection(models.TextChoices):
    """Which calls a call-detail report holds (2.3.4)."""

    OUT = "out", gettext_lazy("исходящие")
    IN = "in", gettext_lazy("входящие")
    ALL = "all", gettext_lazy("все")


@dataclass(frozen=True, slots=True)
class CallDetailTerms:
    """What an order of kind CALL_DETAIL asks for; stored in the order's `params`."""

    month: Month
    direction: ReportDirection
    trunk_ids: Sequence[int]

    @classmethod
    def of(cls, params: dict[str, Any]) -> Self:
        """Reads the terms from an order's `params`."""
        return cls(Month.parse(params["month"]), ReportDirection(params["direction"]), tuple(params["trunk_ids"]))

    @property
    def params(self) -> dict[str, Any]:
        return {"month": self.month.code, "direction": self.direction.value, "trunk_ids": sorted(self.trunk_ids)}

    @property
    def title(self) -> str:
        """`Детализация на E-mail: октябрь 2026, исходящие`."""
        return _("Детализация на E-mail: %(month)s, %(direction)s") % {
            "month": self.month.label,
            "direction": self.direction.label,
        }
