"""What trunks have used of their limits by now: counted calls, and those that the switch knows of (16.6)."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from sipcabinet.lib import clock
from sipcabinet.lib.periods import Month
from sipcabinet.lib.prepared import Prepared, any_of
from subscribers.calls import estimates
from subscribers.calls.estimates import Talk
from subscribers.models import SipAccount
from subscribers.selectors import limits
from subscribers.selectors.limits import NOTHING, Usage
from subscribers.switch import live
from subscribers.switch.live import PaidLeg


def of(trunk_ids: Collection[int]) -> dict[int, Usage]:
    """The usage of these trunks. While the switch cannot be asked, of counted calls alone."""
    today = clock.today()
    counted = limits.recorded(trunk_ids, today)
    found = {pk: counted.get(pk, NOTHING) for pk in trunk_ids}
    month = Month.of(today)
    talks, going = _talks(trunk_ids)
    for one in estimates.of(talks):
        day = clock.minsk(one.since).date()
        if Month.of(day) == month:
            found[one.trunk_id] = found[one.trunk_id].with_call(one.cost, one.seconds, of_today=day == today)
    return {pk: replace(usage, going=going.get(pk, 0)) for pk, usage in found.items()}


def _talks(trunk_ids: Collection[int]) -> tuple[list[Talk], Mapping[int, int]]:
    """Calls that are not counted yet, and how many of each trunk are in progress."""
    logins = dict(_LOGINS.rows(list(trunk_ids)))
    if not logins or not live.is_there():
        return [], {}
    legs = live.paid_legs(*logins if len(logins) == 1 else ()) or []
    legs = [leg for leg in legs if leg.login in logins]
    counted = estimates.counted(leg.key for leg in legs if leg.seconds is not None)
    going: dict[int, int] = {}
    talks = []
    for leg in legs:
        if leg.key in counted:
            continue
        trunk_id = logins[leg.login]
        if leg.seconds is None:
            going[trunk_id] = going.get(trunk_id, 0) + 1
        talks.append(_talk(leg, trunk_id))
    return talks, going


_LOGINS = Prepared(
    lambda trunks: SipAccount.objects.filter(any_of("trunk_id", trunks)).values_list("auth_name", "trunk_id"), 1
)


def _talk(leg: PaidLeg, trunk_id: int) -> Talk:
    return Talk(trunk_id, leg.called, leg.since, estimates.elapsed(leg.since) if leg.seconds is None else leg.seconds)
