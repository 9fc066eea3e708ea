"""A short burst of visitors against the real server (`bin/bench overload` is the full measurement)."""

import os
import time
from pathlib import Path

import pytest

from sipcabinet.tests.browser.portal import running_portal
from sipcabinet.tests.overload import OTHERS, Crowd

pytestmark = [pytest.mark.full, pytest.mark.alone]
VISITORS, SECONDS, CALM = 200, 6, 200
# Connections of both web processes (two logins per thread), of the worker and of beat, without the reserve for people.
BOUND = 2 * 10 * 2 + 2 + 1 + 1


def test_a_burst_is_answered_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with running_portal(tmp_path, redis=os.environ["REDIS_URL"], calls=500) as portal:
        crowd = Crowd(portal)
        burst = crowd.burst(VISITORS, SECONDS)
        assert burst.load.count(200) > 0
        assert burst.load.count(503) > 0  # the burst exceeds the bound
        assert burst.load.others(200, 503) == 0
        assert burst.most_connections <= BOUND
        assert {path: set(statuses) for path, statuses in burst.others.items()} == {path: {200} for path in OTHERS}
        assert burst.letters > 0  # the worker still sends letters
        time.sleep(5)
        calm = crowd.calm(CALM)
        assert calm.others(200) == 0
        assert not calm.errors
        assert crowd.connections() <= BOUND
        assert "Internal Server Error" not in portal.processes.log("web")
