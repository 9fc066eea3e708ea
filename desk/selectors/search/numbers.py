"""Numbers and operations on them, as the search finds them (4.1)."""

from typing import Any

from django.db.models import F, Q

from desk.selectors.search.shape import EXACT, PART, Rows, better_if, of_account, shaped
from desk.selectors.search.typed import Typed
from subscribers.models import Operation, Subscriber, SubscriberStatus
from subscribers.selectors import spellings


def numbers(typed: Typed, count: int) -> list[Rows]:
    """By any spelling of the number or of its part; former holders of the number too."""
    if not typed.phone_part:
        return []
    columns: dict[str, Any] = {"title": "phone", "detail": "label", "state": "status", "moment": "closed_at"}
    columns |= of_account()
    found = []
    if typed.phone:
        is_open = ~Q(status=SubscriberStatus.CLOSED)
        rows = Subscriber.objects.filter(phone=typed.phone).order_by("-connected_at")
        found.append(shaped(rows, "numbers", better_if(is_open, EXACT, PART), count, **columns))
    part = Subscriber.objects.filter(spellings.looks_like("phone", typed.text))
    return [*found, shaped(part, "numbers", PART, count, **columns)]


def operations(typed: Typed, count: int) -> list[Rows]:
    """By the number that the customer quotes: `О-2026-000123`, or its end."""
    numbers = [number for number in typed.documents if number.startswith("О")]
    rows = Operation.objects.filter(number__in=numbers).order_by("-pk")
    columns = of_account() | {"title": "number", "detail": F("subscriber__phone"), "state": "kind", "moment": "made_at"}
    return [shaped(rows, "operations", EXACT, count, **columns)] if numbers else []
