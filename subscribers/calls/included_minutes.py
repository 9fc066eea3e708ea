"""How many minutes to other networks a trunk has in a month, from its plan and its packages (2.4, 4.5)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month, midnight
from subscribers.models import FormerPlan, MinuteAssignment, PlanTerms, Subscriber
from subscribers.rating import included_seconds_of
from subscribers.rating.packages import Held, package_seconds

_COLUMNS = ("subscriber_id", "package__minutes", "started_at", "ended_at")


@dataclass(frozen=True, slots=True)
class IncludedMinutes:
    """Data for the included minutes of some trunks, read once: plan terms and the trunks' minute packages."""

    terms: Sequence[PlanTerms]
    held: dict[int, list[Held]]

    @classmethod
    def of(cls, trunk_ids: Iterable[int]) -> "IncludedMinutes":
        held: dict[int, list[Held]] = defaultdict(list)
        rows = MinuteAssignment.objects.filter(subscriber__in=list(trunk_ids))
        for trunk_id, minutes, began, ended in rows.values_list(*_COLUMNS):
            held[trunk_id].append(Held(minutes, began, ended))
        return cls(list(PlanTerms.objects.all()), held)

    def seconds(self, trunk: Subscriber, month: Month) -> int:
        """Included seconds of the plan and the packages together."""
        return self._of_plan(trunk, month) + package_seconds(self.held.get(trunk.pk, ()), month, trunk.closed_at)

    def _of_plan(self, trunk: Subscriber, month: Month) -> int:
        """Included seconds by the trunk's plan, and its terms in force, on the trunk's first day in the month."""
        connected_on = clock.minsk(trunk.connected_at).date()
        day = max(month.first_day, connected_on)
        plan_id = _plan_on(trunk, day)
        for one in self.terms:
            if one.plan_id == plan_id and one.valid_from <= day and (not one.valid_until or day < one.valid_until):
                return included_seconds_of(one.included_minutes, connected_on, month)
        return 0


def _plan_on(trunk: Subscriber, day: date) -> int:
    """The plan of the trunk on a day: a change counts from its day on. One query, for a trunk whose plan has changed
    after the day; else none."""
    if trunk.plan_since is None or clock.minsk(trunk.plan_since).date() <= day:
        return trunk.plan_id
    after = midnight(day + timedelta(days=1))
    rows = FormerPlan.objects.filter(subscriber=trunk, started_at__lt=after).order_by("-started_at")
    return rows.values_list("plan_id", flat=True).first() or trunk.plan_id
