"""What ends when a number is closed: its services, its channel package, its minute package."""

from collections.abc import Sequence
from datetime import datetime

from django.apps import apps
from django.db.models import Q

from subscribers.models import Subscriber
from subscribers.models.assignment import Assignment


def kinds() -> Sequence[type[Assignment]]:
    """Every model under Assignment, found by code: a hand-kept list could miss one, which would be charged on."""
    return [model for model in apps.get_models() if issubclass(model, Assignment)]


def end_all(*, subscriber: Subscriber, at: datetime) -> None:
    """Ends all assignments of the subscriber. The caller holds his lock and has checked `begun_after`."""
    for model in kinds():
        model._default_manager.filter(subscriber=subscriber, ended_at__isnull=True).update(ended_at=at)


def begun_after(subscriber: Subscriber, moment: datetime) -> bool:
    """Whether any assignment of his began or ended after the moment; if so, he cannot be closed as of that moment."""
    later = Q(started_at__gt=moment) | Q(ended_at__gt=moment)
    return any(model._default_manager.filter(later, subscriber=subscriber).exists() for model in kinds())
