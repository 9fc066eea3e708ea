"""Walks through the services wizards, for their tests."""

from typing import Any

from django.urls import reverse

from sipcabinet.tests.page_text import text
from subscribers.models import Operation, Service, Subscriber

STEPS = ["services_add", "services_add_check", "services_remove", "services_remove_check"]


def url(name: str, subscriber: Subscriber, *args: Any) -> str:
    return reverse(f"subscribers:{name}", args=[subscriber.pk, *args])


def said(answer: Any) -> str:
    """The text of a page with any status: refusals are pages too."""
    return text(answer, answer.status_code)


def marked(*services: Service) -> dict[str, Any]:
    return {"services": [str(service.pk) for service in services]}


def nothing_written() -> bool:
    return not Operation.objects.exists()


def operation_of(answer: Any) -> Operation:
    """The only operation; the response must redirect to its page."""
    operation = Operation.objects.get()
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(url("operation", operation.subscriber, operation.pk))
    return operation


def dict_of(hidden: list[tuple[str, str]]) -> dict[str, Any]:
    """The form's hidden fields, as a browser would send them."""
    found: dict[str, Any] = {}
    for name, value in hidden:
        found[name] = [*found[name], value] if name in found else [value]
    return found
