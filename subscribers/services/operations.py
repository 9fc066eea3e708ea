"""Confirmed changes of a subscriber: one at a time, numbered, written to the journal, sent to the switch.

A change is one transaction: `locked` → `known` (the same form sent again) → the rules → `begin` → the facts →
`provisioning.want`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from django.db import connection
from django.utils.translation import gettext as _

from accounts.actor import PORTAL, Actor
from accounts.models import Account
from accounts.services import audit
from sipcabinet.lib import changes, clock, phones, tenancy
from subscribers.models import Operation, OperationKind, Provisioning, Subscriber

_AUDITED = {
    OperationKind.CONNECTED: "number.connected",
    OperationKind.SERVICES_ADDED: "service.added",
    OperationKind.SERVICES_REMOVED: "service.removed",
    OperationKind.SERVICE_SET: "service.set",
    OperationKind.CHANNELS: "channels.changed",
    OperationKind.MINUTES: "service.minutes",
    OperationKind.SIP_PASSWORD: "sip.password_changed",
    OperationKind.SIP_ACCESS: "sip.access_changed",
    OperationKind.PLAN: "number.plan_changed",
    OperationKind.RESTRICTION: "number.restriction",
    OperationKind.CLOSED: "number.closed",
}


_OF_SERVICES = {OperationKind.SERVICES_ADDED, OperationKind.SERVICES_REMOVED, OperationKind.SERVICE_SET}


class Change(TypedDict):
    """One line of what an operation changed, as display texts; `price` is the cost per month, or empty."""

    name: str
    was: str
    now: str
    price: str


def locked(subscriber: Subscriber) -> Subscriber:
    """The subscriber re-read under lock: other changes of him wait until the transaction ends (FOR NO KEY UPDATE)."""
    # Two queries: with a join, a change of the plan that was waited for would make PostgreSQL drop the row.
    Subscriber.objects.select_for_update(no_key=True).values_list("pk").get(pk=subscriber.pk)
    return Subscriber.objects.select_related("plan", "account").get(pk=subscriber.pk)


def known(subscriber: Subscriber, token: str) -> Operation | None:
    """The operation that the same form (`token`) created before, or None."""
    key = _dedupe_key(subscriber, token)
    return tenancy.of(subscriber.account).rows(Operation).filter(dedupe_key=key).first() if key else None


def begin(
    *,
    subscriber: Subscriber,
    kind: OperationKind,
    changes: Sequence[Change],
    by: Actor = PORTAL,
    at: datetime | None = None,
) -> Operation:
    """Creates the numbered row of a change and its line in the journal. Call it under the subscriber's lock.

    `at` is when the change was made, if it is entered later.
    """
    operation = Operation.objects.create(
        account_id=subscriber.account_id,
        subscriber=subscriber,
        number=_next_number(),
        kind=kind,
        changes=list(changes),
        reason=by.reason,
        made_by=by.user,
        made_at=at or clock.now(),
        version=_next_version(subscriber),
        dedupe_key=_dedupe_key(subscriber, by.token),
    )
    audit.record(
        account=subscriber.account,
        user=by.user,
        action=_AUDITED[kind],
        summary=_summary(operation, subscriber),
        details=_details(operation),
        address=by.address,
    )
    return operation


def in_words(operation: Operation) -> str:
    """What the operation changed: `Пакет минут, +375 44 711-20-30: Пакет минут в другие сети`."""
    return _summary(operation, operation.subscriber)


def _details(operation: Operation) -> dict[str, Any]:
    """Ids, the reason and the values before and after. Parameters of services are numbers of other people, so of
    services the operation alone keeps the values."""
    told: dict[str, Any] = {
        "subscriber_id": operation.subscriber_id,
        "operation": operation.number,
        "reason": operation.reason,
    }
    if operation.kind not in _OF_SERVICES and operation.changes:
        told[changes.KEY] = {
            f"{operation.kind}-{place}": change
            for place, line in enumerate(operation.changes)
            for change in changes.of("", line["name"], line["was"], line["now"]).values()
        }
    return told


def begin_all(
    *,
    account: Account,
    versions: Mapping[int, int],
    kind: OperationKind,
    changes: Sequence[Change],
    by: Actor,
    at: datetime,
) -> None:
    """Creates the numbered rows of one change of many subscribers of an account. The caller writes the journal.

    `versions`: by the subscriber's id, the version that `provisioning.want_all` has assigned to the change.
    """
    numbers = _next_numbers(len(versions))
    Operation.objects.bulk_create(
        Operation(
            account=account,
            subscriber_id=pk,
            number=number,
            kind=kind,
            changes=list(changes),
            reason=by.reason,
            made_by=by.user,
            made_at=at,
            version=version,
        )
        for number, (pk, version) in zip(numbers, versions.items(), strict=True)
    )


def _summary(operation: Operation, subscriber: Subscriber) -> str:
    names = ", ".join(change["name"] for change in operation.changes)
    text = _("%(kind)s, %(phone)s") % {
        "kind": operation.get_kind_display(),
        "phone": phones.display(subscriber.phone),
    }
    return f"{text}: {names}" if names else text


def _next_number() -> str:
    """`О-2026-000123`: the operation number that the customer quotes."""
    return _next_numbers(1)[0]


def _next_numbers(count: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('subscribers_operation_number_seq') FROM generate_series(1, %s)", [count])
        return [f"О-{clock.today().year}-{serial:06d}" for (serial,) in cursor.fetchall()]


def _next_version(subscriber: Subscriber) -> int:
    """The version that `provisioning.want` will assign; the subscriber's lock keeps it from changing meanwhile."""
    known = Provisioning.objects.filter(subscriber=subscriber).values_list("version", flat=True).first()
    return (known or 0) + 1


def _dedupe_key(subscriber: Subscriber, token: str) -> str | None:
    return f"{subscriber.pk}:{token}" if token else None
