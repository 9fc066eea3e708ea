"""What ends with a number: its services, its package of channels, its package of minutes."""

from collections.abc import Sequence
from datetime import datetime

from django.apps import apps
from django.db.models import Q

from subscribers.models import Subscriber
from subscribers.models.assignment import Assignment


def kinds() -> Sequence[type[Assignment]]:
    """Every model under Assignment. No list kept by hand: a forgotten kind would be charged after its number's end."""
    return [model for model in apps.get_models() if issubclass(model, Assignment)]


def end_all(*, subscriber: Subscriber, at: datetime) -> None:
    """Ends everything the subscriber still has. Call it under his lock, after `begun_after` has found nothing."""
    for model in kinds():
        model._default_manager.filter(subscriber=subscriber, ended_at__isnull=True).update(ended_at=at)


def begun_after(subscriber: Subscriber, moment: datetime) -> bool:
    """Whether something of his began, or ended, later than the moment: he cannot have been closed before that."""
    later = Q(started_at__gt=moment) | Q(ended_at__gt=moment)
    return any(model._default_manager.filter(later, subscriber=subscriber).exists() for model in kinds())
