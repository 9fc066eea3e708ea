"""«Мои заказы»: the customer's orders, the stage of each and the state of its letters (2.5)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import models
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from billing.models import Document, DocumentOrder
from notifications.models import Letter
from sipcabinet.lib import clock, tenancy
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.keyset import Listing, Page
from sipcabinet.lib.prepared import Prepared, Question, any_of
from sipcabinet.lib.tenancy import HasId

PAGE_SIZE = 20
_SOON = timedelta(minutes=10)


class Stage(models.TextChoices):
    """The stage of an order: Принят → Формируется → Отправляется → Доставлен | Не доставлен, or Ошибка."""

    ACCEPTED = "accepted", _("Принят")
    MAKING = "making", _("Формируется")
    SENDING = "sending", _("Отправляется")
    DELIVERED = "delivered", _("Доставлен")
    UNDELIVERED = "undelivered", _("Не доставлен")
    FAILED = "failed", _("Ошибка")


TONES = {
    Stage.ACCEPTED: "",
    Stage.MAKING: "info",
    Stage.SENDING: "info",
    Stage.DELIVERED: "ok",
    Stage.UNDELIVERED: "err",
    Stage.FAILED: "err",
}
ENDED = {Stage.DELIVERED, Stage.UNDELIVERED, Stage.FAILED}


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its customer sees it. `letters` are oldest first; `document` is None until it is created."""

    order: DocumentOrder
    document: Document | None
    letters: Sequence[Letter]

    @property
    def number(self) -> str:
        return self.order.number

    @property
    def title(self) -> str:
        return self.order.title

    @property
    def created_at(self) -> datetime:
        return self.order.created_at

    @property
    def due_at(self) -> datetime:
        return self.order.due_at

    @property
    def letter(self) -> Letter | None:
        """The last letter: its state decides the order's stage."""
        return self.letters[-1] if self.letters else None

    @property
    def recipient(self) -> str:
        """The recipient of the last letter; before any letter, the order's address."""
        return self.letter.recipient if self.letter else self.order.recipient

    @property
    def stage(self) -> Stage:
        if self.order.state == JobState.WAITING:
            return Stage.MAKING if self.order.attempts else Stage.ACCEPTED
        if self.order.state != JobState.DONE:
            return Stage.FAILED
        if self.letter is None or self.letter.state == JobState.WAITING:
            return Stage.SENDING
        return Stage.DELIVERED if self.letter.state == JobState.DONE else Stage.UNDELIVERED

    @property
    def state_label(self) -> str:
        return str(self.stage.label)

    @property
    def tone(self) -> str:
        """The colour of the order's badge."""
        return TONES[self.stage]

    @property
    def ended(self) -> bool:
        """Whether the order's stage no longer changes without an action of somebody."""
        return self.stage in ENDED

    @property
    def may_resend(self) -> bool:
        return self.document is not None and self.ended

    @property
    def fingerprint(self) -> str:
        """A string that changes when the customer would see something new."""
        tries = self.letter.tries if self.letter else 0
        return f"{self.stage.value}-{len(self.letters)}-{tries}-{self.poll_seconds}"

    @property
    def poll_seconds(self) -> int:
        """How often a page should poll, in seconds: rarely while the order waits for its due day."""
        resting = self.stage == Stage.ACCEPTED and self.order.due_at - clock.now() > _SOON
        return 60 if resting else 4


def page(account: Account, *, onward: str = "", back: str = "") -> Page[OrderView]:
    """The account's orders, newest first."""
    found = _LISTING.page(account.pk, size=PAGE_SIZE, onward=onward, back=back)
    return Page(_views(account, found.rows), back=found.back, onward=found.onward)


def latest_asks(account: Account, count: int) -> Question:
    """What `latest` asks."""
    return _latest(count).of(account.pk)


def latest(account: Account, count: int) -> list[OrderView]:
    """The newest orders, for the home page, in one query: without documents, and with the last letter only."""
    return [
        OrderView(order, None, [Letter(**order.last_letter)] if order.last_letter else [])
        for order in latest_asks(account, count).rows()
    ]


@cache
def _latest(count: int) -> Prepared:
    def rows(account: Any) -> QuerySet[Any]:
        tenant = tenancy.of(account)
        letters = tenant.rows(Letter).filter(orders=OuterRef("pk")).order_by("-pk")
        last = letters.values(json=JSONObject(state="state", recipient="recipient", tries="tries"))[:1]
        return tenant.rows(DocumentOrder).annotate(last_letter=Subquery(last)).order_by("-created_at", "-id")[:count]

    return Prepared(rows, 1)


def by_number(account: Account, number: str) -> OrderView | None:
    """The account's order with that number; None for another account's, as for a missing one."""
    return next(iter(_views(account, _BY_NUMBER.rows(account.pk, number))), None)


def _orders(account: HasId) -> QuerySet[DocumentOrder, Any]:
    rows = tenancy.of(account).rows(DocumentOrder).select_related("document", "account", "ordered_by")
    return rows.defer("ordered_by__password")


def _letters(account: HasId, orders: Any) -> QuerySet[Any]:
    """The letters of these orders (primary keys), the oldest first."""
    rows = tenancy.of(account).rows(Letter).annotate(of_order=F("orders"))
    return rows.filter(any_of("of_order", orders)).order_by("pk").defer("body_text", "body_html")


def _views(account: Account, orders: Sequence[DocumentOrder]) -> list[OrderView]:
    letters: dict[int, list[Letter]] = defaultdict(list)
    if orders:
        for letter in _LETTERS.rows(account.pk, [order.pk for order in orders]):
            letters[letter.of_order].append(letter)
    # The reverse one-to-one raises when there is no document.
    return [OrderView(order, getattr(order, "document", None), letters[order.pk]) for order in orders]


_LISTING: Listing[DocumentOrder] = Listing(DocumentOrder, _orders, 1, order=["-created_at", "-id"])
_BY_NUMBER = Prepared(lambda account, number: _orders(account).filter(number=number), 2)
_LETTERS = Prepared(_letters, 2)
