"""Finds the subscriber of a number or account code at a moment. In memory, no queries: runs for each call."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple, Self

from subscribers.cdr.numbers import normalise
from subscribers.models import AccountCode, CallSource, SipAccount, Subscriber

_FOREVER = datetime.max.replace(tzinfo=UTC)


class Side(NamedTuple):
    """A subscriber and the period in which he has the number."""

    subscriber_id: int
    account_id: int
    trunk_id: int
    begins: datetime
    ends: datetime
    phone: str = ""


class Numbers:
    """Finds the subscriber of a number at a moment: numbers move between subscribers, their periods never overlap."""

    def __init__(self, sides: Iterable[tuple[str, Side]]) -> None:
        self._by_phone: dict[str, list[Side]] = defaultdict(list)
        for phone, side in sides:
            self._by_phone[phone].append(side)

    @classmethod
    def load(cls) -> Self:
        """Loads all subscribers, present and former."""
        rows = Subscriber.objects.values_list("phone", "pk", "account_id", "trunk_id", "connected_at", "closed_at")
        return cls(
            (phone, Side(pk, account_id, trunk_id or pk, begins, ends or _FOREVER, phone))
            for phone, pk, account_id, trunk_id, begins, ends in rows.iterator()
        )

    def find(self, phone: str, moment: datetime) -> Side | None:
        for side in self._by_phone.get(phone, ()):
            if side.begins <= moment < side.ends:
                return side
        return None


class Codes:
    """Finds the subscriber named by an account code, by the rule of its source (`CallSource.account_code`).

    By number: a trunk or a number of a trunk, in any spelling. By login: the trunk with this SIP login or
    authentication name; a code shared by two trunks names neither. By the trunk's own code: exactly as written.
    """

    def __init__(
        self, numbers: Numbers, ways: Mapping[int, str], named: Mapping[str, Mapping[str, Iterable[Side]]]
    ) -> None:
        self._numbers = numbers
        self._ways = ways
        self._named = named

    @classmethod
    def load(cls, numbers: Numbers) -> Self:
        ways = dict(CallSource.objects.values_list("pk", "account_code"))
        logins: dict[str, set[Side]] = defaultdict(set)
        own: dict[str, set[Side]] = defaultdict(set)
        accounts = SipAccount.objects.select_related("trunk").only(
            "login", "auth_name", "trunk__phone", "trunk__account_id", "trunk__connected_at", "trunk__closed_at"
        )
        for row in accounts.iterator():
            logins[row.login].add(_side(row.trunk))
            logins[row.auth_name].add(_side(row.trunk))
        for trunk in Subscriber.objects.exclude(switch_code="").iterator():
            own[trunk.switch_code].add(_side(trunk))
        return cls(numbers, ways, {AccountCode.LOGIN: logins, AccountCode.OWN: own})

    def find(self, source_id: int, code: str, moment: datetime) -> Side | None:
        """The subscriber whom a call's code names at this moment; None if the code names nobody or several."""
        way = self._ways.get(source_id, AccountCode.NUMBER)
        if way == AccountCode.NUMBER:
            return self._numbers.find(normalise(code).value, moment)
        found = [side for side in self._named[way].get(code, ()) if side.begins <= moment < side.ends]
        return found[0] if len(found) == 1 else None


def _side(trunk: Subscriber) -> Side:
    ends = trunk.closed_at or _FOREVER
    return Side(trunk.pk, trunk.account_id, trunk.pk, trunk.connected_at, ends, trunk.phone)


def payer(caller: Side | None, callee: Side | None, coded: Side | None) -> Side | None:
    """The subscriber who pays for the outgoing leg of a call; None if the call is not ours to charge.

    Normally the caller's number names him. Our account code names him if the number is not ours or belongs to another
    account: a forwarded call shows the original caller, and the code is that of the trunk that the call is sent for.
    If the code is the called number's own trunk, it says only whom the call was brought to, and not who pays.
    """
    if coded is None or (caller is not None and caller.account_id == coded.account_id):
        return caller
    if callee is not None and callee.trunk_id == coded.trunk_id:
        return caller
    return coded
