"""Calls through a real Kamailio stand in the portal with their price, fetched from the switch's database (4.4)."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from sipcabinet.tests.kamailio.line import Line
from sipcabinet.tests.kamailio.switch import NUMBER
from subscribers.calls import feeds, imports, partitions
from subscribers.models import CallDirection, CallImport, CallOutcome, CallRecord, Subscriber
from subscribers.tests.factories import PlanTermsFactory

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]
CITY = "+375172700009"  # 0,0600 BYN a minute, the first minute is charged as a whole
FREE = "112"


def taken() -> list[Any]:
    """Fetches what is new, as the beat does every minute; the outgoing calls in the order of time."""
    feeds.pull_all()
    imports.drain()
    rows = CallRecord.objects.filter(direction=CallDirection.OUT).order_by("started_at", "id")
    return list(rows.values_list("other_party", "outcome", "billed_seconds", "cost"))


def test_a_call_is_fetched_once_and_priced_as_by_hand(line: Line, office: Subscriber, desk_number: Subscriber) -> None:
    partitions.open_ahead()
    PlanTermsFactory.create(plan=office.plan, included_minutes=0)
    call_command("call_source", "kamailio", "--kind", "kamailio")
    with line.gateway():
        assert line.call("80172700009", shown=NUMBER, seconds=1.2) == ["200"]
        line.records(1)
        assert taken() == [(CITY, CallOutcome.ANSWERED, 60, Decimal("0.06"))]
        assert line.call(FREE, shown=NUMBER, seconds=1.2) == ["200"]
        line.records(2)
    priced = [(CITY, CallOutcome.ANSWERED, 60, Decimal("0.06")), (FREE, CallOutcome.ANSWERED, 0, Decimal(0))]
    assert [row[:2] + row[3:] for row in taken()] == [row[:2] + row[3:] for row in priced]
    assert CallRecord.objects.filter(direction=CallDirection.OUT, subscriber=desk_number).count() == 2
    last = CallImport.objects.latest("pk")
    assert (last.read_count, last.rejected_count) == (1, 0)
    assert len(taken()) == 2
    assert CallImport.objects.count() == 2
