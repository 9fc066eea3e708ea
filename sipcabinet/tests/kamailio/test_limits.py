"""A limit of spending on the real switch: the calls in progress reach it, further paid calls are refused (16.6)."""

from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db.models import Sum

from accounts.actor import Actor
from sipcabinet.tests.kamailio.line import OUTSIDE, Line, eventually
from sipcabinet.tests.kamailio.switch import NUMBER
from subscribers.calls import feeds, imports, partitions
from subscribers.models import BarCause, CallRecord, LimitOwner, Subscriber, TrunkBar
from subscribers.services import limit_checks, limit_usage, limits
from subscribers.switch import jobs
from subscribers.tests.factories import PlanTermsFactory

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]
FIRST_MINUTE = Decimal("0.06")  # what each call to OUTSIDE costs at once, BYN
EMERGENCY, FREE = "112", "+3758001234567"


def check() -> None:
    """What beat does every few seconds."""
    limit_checks.run()
    jobs.drain()


def test_at_the_limit_paid_calls_are_refused_and_112_passes(
    line: Line, office: Subscriber, desk_number: Subscriber
) -> None:
    partitions.open_ahead()
    PlanTermsFactory.create(plan=office.plan, included_minutes=0)
    call_command("call_source", "kamailio", "--kind", "kamailio")
    limits.set_limits(
        trunk=office, owner=LimitOwner.CUSTOMER, amounts={"day_cost": 2 * FIRST_MINUTE}, by=Actor(reason="тест")
    )
    with line.gateway():
        talks = [line.begin(OUTSIDE, seconds=8)]
        eventually(lambda: len(line.switch.rows("SELECT 1 FROM cabinet_calls")) == 1 or None)
        check()
        assert not TrunkBar.objects.exists()
        talks.append(line.begin(OUTSIDE, seconds=8))
        eventually(lambda: len(line.switch.rows("SELECT 1 FROM cabinet_calls")) == 2 or None)
        usage = limit_usage.of([office.pk])[office.pk]
        assert (usage.day_cost, usage.going) == (2 * FIRST_MINUTE, 2)
        check()
        assert line.call(OUTSIDE) == ["403"]
        assert line.call("+48221234567", shown=NUMBER) == ["403"]
        assert line.refusals()[0][:2] == ("restricted", "office-1")
        for called in (EMERGENCY, FREE):
            assert line.call(called, seconds=0.2) == ["200"], called
        assert [talk.wait() for talk in talks] == [["200"], ["200"]]

        # The calls have ended: first records that are not imported, then imported ones; the bar stays.
        line.records(4)
        assert limit_usage.of([office.pk])[office.pk].day_cost == 2 * FIRST_MINUTE
        check()
        feeds.pull_all()
        imports.drain()
        assert CallRecord.objects.aggregate(sum=Sum("cost"))["sum"] == 2 * FIRST_MINUTE
        assert limit_usage.of([office.pk])[office.pk].day_cost == 2 * FIRST_MINUTE
        check()
        assert line.call(OUTSIDE) == ["403"]

        limits.lift(trunk=office, cause=BarCause.CUSTOMER, by=Actor(reason="тест"))
        jobs.drain()
        assert line.call(OUTSIDE, seconds=0.2) == ["200"]
        assert line.call(OUTSIDE, shown=NUMBER, seconds=0.2) == ["200"]
        check()
        assert line.call(OUTSIDE, seconds=0.2) == ["200"]
