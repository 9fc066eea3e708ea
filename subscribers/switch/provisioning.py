"""Desired state of subscribers on the switch: saved with each change, applied by a worker, compared every night.

A job holds no state: the worker always sends the present desired state (architecture: «Durable work»).
"""

from collections.abc import Collection, Mapping, Sequence

from django.db import transaction

from sipcabinet.lib import durable
from subscribers.models import Provisioning, ProvisioningJob, Subscriber, SubscriberStatus
from subscribers.switch import facts

DRAIN_TASK = "subscribers.drain_provisioning"
COMPARE_TASK = "subscribers.reconcile_provisioning"
NOTHING_ABOVE: Mapping[int, int] = {}


def want(*, subscriber: Subscriber) -> int:
    """Saves how the subscriber should be on the switch now and orders a job to apply it; returns the version.

    Call it after the facts of the change, in its transaction. Locks the subscriber. If the SIP login or domain of a
    trunk has changed, the states of its numbers are saved anew too, as their calls go to that login.
    """
    with transaction.atomic():
        was = _identity(Provisioning.objects.filter(pk=subscriber.pk).first())
        version = want_all([subscriber.pk])[subscriber.pk]
        if subscriber.is_trunk and version > 1 and was != _identity(Provisioning.objects.get(pk=subscriber.pk)):
            numbers = subscriber.numbers.exclude(status=SubscriberStatus.CLOSED)
            want_all(list(numbers.values_list("pk", flat=True)))
    return version


def want_all(subscribers: Collection[int], *, above: Mapping[int, int] = NOTHING_ABOVE) -> dict[int, int]:
    """Does the same for many subscribers, by id; returns their versions. Locks them in the order of their ids.

    `above`: versions that the switch already has; the new versions are greater.
    """
    with transaction.atomic():
        held = Subscriber.objects.select_for_update(no_key=True).filter(pk__in=subscribers).order_by("pk")
        by_id = {row.pk: row for row in held}
        states = facts.desired_of(list(by_id.values()))
        known = {row.pk: row for row in Provisioning.objects.filter(pk__in=by_id).only("pk", "version")}
        rows = [
            Provisioning(
                pk=pk,
                account_id=subscriber.account_id,
                desired=states[pk],
                version=max(known[pk].version if pk in known else 0, above.get(pk, 0)) + 1,
            )
            for pk, subscriber in by_id.items()
        ]
        Provisioning.objects.bulk_create([row for row in rows if row.pk not in known])
        Provisioning.objects.bulk_update([row for row in rows if row.pk in known], ["desired", "version"])
        _order(rows)
    return {row.pk: row.version for row in rows}


def _order(rows: Sequence[Provisioning]) -> None:
    ProvisioningJob.objects.bulk_create(
        ProvisioningJob(
            account_id=row.account_id,
            subscriber_id=row.pk,
            version=row.version,
            dedupe_key=f"{row.pk}:{row.version}",
        )
        for row in rows
    )
    durable.hint(DRAIN_TASK)


def _identity(row: Provisioning | None) -> facts.State | None:
    return facts.identity_of(row.desired.get("sip")) if row else None
