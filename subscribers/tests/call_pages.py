"""Helpers shared by tests of «Просмотр детализации» (3.6)."""

from typing import Any

from django.test import Client
from django.urls import reverse

from subscribers.models import Subscriber

NOVEMBER = {"month": "2026-11", "kind": "out"}


def url(subscriber: Subscriber) -> str:
    return reverse("subscribers:calls", args=[subscriber.pk])


def lines(client: Client, subscriber: Subscriber, **query: str) -> list[Any]:
    """Rows of the page; by default outgoing calls of November 2026."""
    found: list[Any] = client.get(url(subscriber), NOVEMBER | query).context["lines"]
    return found


def exported(client: Client, subscriber: Subscriber, extension: str, **query: str) -> Any:
    """The response with the file; `body` holds its bytes."""
    path = reverse("subscribers:calls_export", args=[subscriber.pk])
    answer: Any = client.get(path, NOVEMBER | query | {"format": extension})
    assert answer.status_code == 200
    answer.body = b"".join(answer.streaming_content)
    return answer
