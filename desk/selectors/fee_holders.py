"""How many subscribers have a plan, a service or a package now (4.3)."""

from collections.abc import Collection

from django.db.models import Count, Q

from subscribers.models import (
    ChannelAssignment,
    MinuteAssignment,
    ServiceAssignment,
    Subscriber,
    SubscriberStatus,
)

# What is priced → the rows that have it, the column that names it.
_HOLDERS = {
    "plan": (Subscriber, "plan_id", ~Q(status=SubscriberStatus.CLOSED)),
    "service": (ServiceAssignment, "service_id", Q(ended_at__isnull=True)),
    "channels": (ChannelAssignment, "package_id", Q(ended_at__isnull=True)),
    "minutes": (MinuteAssignment, "package_id", Q(ended_at__isnull=True)),
}


def count(priced: Collection[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """Subscribers by (what, primary key): what is `plan`, `service`, `channels` or `minutes`. One query for each."""
    found: dict[tuple[str, int], int] = {}
    for what, (model, column, has_now) in _HOLDERS.items():
        keys = [pk for kind, pk in priced if kind == what]
        if keys:
            rows = model._default_manager.filter(has_now, **{f"{column}__in": keys}).order_by().values_list(column)
            found |= {(what, pk): number for pk, number in rows.annotate(number=Count("pk"))}
    return found
