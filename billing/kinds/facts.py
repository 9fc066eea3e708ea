"""Rows of an order's page that are common to several kinds."""

from collections.abc import Iterable
from typing import NamedTuple

from django.utils.translation import gettext as _

from sipcabinet.lib import phones
from subscribers.models import Subscriber

MOST_NAMED = 20


class Fact(NamedTuple):
    """A row of an order's page; if it lists telephone numbers, `phones` holds the first of them, formatted."""

    title: str
    value: str = ""
    phones: tuple[str, ...] = ()
    whole: int = 0

    @property
    def has_more(self) -> bool:
        return self.whole > len(self.phones)


def numbers(title: str, subscribers: Iterable[Subscriber]) -> Fact:
    """A row that lists numbers, at most MOST_NAMED of them."""
    shown = [phones.display(subscriber.phone) for subscriber in subscribers]
    return Fact(title, phones=tuple(shown[:MOST_NAMED]), whole=len(shown))


def document(name: str) -> Fact:
    return Fact(_("Документ"), name)
