"""Computes the desired state of subscribers from status, services, channels, SIP access and bars. Holds no secret."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef

from subscribers.models import ChannelAssignment, ServiceAssignment, SipAccount, Subscriber, SubscriberStatus, TrunkBar

State = dict[str, Any]  # JSON


def desired(subscriber: Subscriber) -> State:
    """How the subscriber should be on the switch now."""
    return desired_of([subscriber])[subscriber.pk]


def desired_of(subscribers: Sequence[Subscriber]) -> dict[int, State]:
    """Desired states of many subscribers by id, in four queries. A closed subscriber's state says only that."""
    connected = [row for row in subscribers if row.status != SubscriberStatus.CLOSED]
    trunks = {_trunk_id(row) for row in connected}
    services, channels, access = _services(connected), _channels(trunks), _access(trunks)
    phones, barred = _trunks(trunks)
    states: dict[int, State] = {row.pk: {"phone": row.phone, "connected": False} for row in subscribers}
    for row in connected:
        sip = access.get(_trunk_id(row))
        states[row.pk] |= {
            "connected": True,
            "trunk": phones[_trunk_id(row)],
            "outgoing_restricted": row.status == SubscriberStatus.RESTRICTED or _trunk_id(row) in barred,
            "services": services[row.pk],
            "sip": sip if row.is_trunk else identity_of(sip),
        }
        if row.is_trunk:
            states[row.pk]["channels"] = channels.get(row.pk, 0)
    return states


def identity_of(sip: State | None) -> State | None:
    """The part of a trunk's SIP access that its numbers need: the address of their calls."""
    return {name: sip[name] for name in ("auth_name", "domain")} if sip else None


def _trunk_id(subscriber: Subscriber) -> int:
    return subscriber.trunk_id or subscriber.pk


def _trunks(trunks: Iterable[int]) -> tuple[dict[int, str], set[int]]:
    """Numbers of trunks by id, and the trunks whose paid directions are barred (16.6)."""
    bars = TrunkBar.objects.filter(trunk=OuterRef("pk"), lifted_at__isnull=True)
    rows = list(Subscriber.objects.filter(pk__in=trunks).values_list("pk", "phone", Exists(bars)))
    return {pk: phone for pk, phone, _barred in rows}, {pk for pk, _phone, is_barred in rows if is_barred}


def _services(subscribers: Iterable[Subscriber]) -> defaultdict[int, State]:
    on = ServiceAssignment.objects.filter(subscriber__in=[row.pk for row in subscribers], ended_at__isnull=True)
    found: defaultdict[int, State] = defaultdict(dict)
    for pk, code, parameters in on.values_list("subscriber_id", "service__code", "parameters"):
        found[pk][code] = parameters
    return found


def _channels(trunks: Iterable[int]) -> dict[int, int]:
    now = ChannelAssignment.objects.filter(subscriber__in=trunks, ended_at__isnull=True)
    return dict(now.values_list("subscriber_id", "package__channels"))


def _access(trunks: Iterable[int]) -> dict[int, State]:
    columns = ("auth_name", "mode", "transport", "allowed_addresses", "password_changed_at", "platform__domain")
    return {
        row["trunk_id"]: {
            "auth_name": row["auth_name"],
            "domain": row["platform__domain"],
            "mode": row["mode"],
            "transport": row["transport"],
            "allowed_addresses": row["allowed_addresses"],
            "password_of": row["password_changed_at"].isoformat(),
        }
        for row in SipAccount.objects.filter(trunk__in=trunks).values("trunk_id", *columns)
    }
