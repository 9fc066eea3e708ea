"""Orders on the home page: what an item says, and that everything in it is escaped."""

from datetime import UTC, datetime

from billing.models import DocumentOrder
from billing.selectors.orders import OrderView
from sipcabinet.lib.durable import JobState
from sipcabinet.site.views import home_orders

BAD, ESCAPED = "<b>\"'&", "&lt;b&gt;&quot;&#x27;&amp;"
MOMENT = datetime(2026, 11, 5, 7, 30, tzinfo=UTC)


def shown(state: JobState) -> str:
    order = DocumentOrder(number="D-1", title=BAD, created_at=MOMENT, due_at=MOMENT, state=state)
    return home_orders.html([OrderView(order, None, [])])


def test_an_order_is_escaped_and_says_when_it_is_due() -> None:
    waiting = shown(JobState.WAITING)
    assert BAD not in waiting
    assert waiting.count(ESCAPED) == 1
    assert waiting.count("05.11.2026, 10:30") == 2
    assert "ожидается" in waiting
    assert "Принят" in waiting
    ended = shown(JobState.PARKED)
    assert "ожидается" not in ended
    assert '<span class="badge err">Ошибка</span>' in ended
    assert home_orders.html([]) == ""
