"""A month cannot be closed unawares over a call that waits for a decision (4.4, 4.7)."""

from collections.abc import Callable
from typing import Any

import pytest

from billing.services import closing
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.periods import Month
from subscribers.calls import partitions
from subscribers.models import CallImport, HeldCall
from subscribers.tests.factories import TrunkFactory, VatRateFactory, held_call

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)


def test_the_close_names_the_calls_and_goes_on_only_despite_them(at: Callable[[str], Any]) -> None:
    at("2026-10-20 12:00")
    partitions.open_ahead()
    VatRateFactory.create()
    row = held_call(TrunkFactory.create())
    CallImport.objects.update(state=JobState.DONE)
    at("2026-11-10 12:00")
    (obstacle,) = [one for one in closing.obstacles(OCTOBER) if one.code == "close.held"]
    assert "ждут решения: 1" in obstacle.message
    with pytest.raises(DomainError, match="ждут решения"):
        closing.check(month=OCTOBER)
    closing.check(month=OCTOBER, despite_rejects=True)
    HeldCall.objects.filter(pk=row.pk).delete()
    closing.check(month=OCTOBER)
