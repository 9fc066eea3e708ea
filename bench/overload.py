#!/usr/bin/env python3
"""A burst of visitors: 16, 64, 200 and 400 at once on a signed-in page, then 30 seconds of quiet.

    bin/bench overload [--visitors 16 64 200 400] [--seconds 8] [--quiet 30] [--path /]

Starts the whole portal with its demo operator. Prints for each level the answers by status, milliseconds of the pages
and of the refusals, what /health/ and the desk answered meanwhile, connections to PostgreSQL at their most and
afterwards, and letters that the worker sent; then 1,000 requests after ten seconds of rest.
Targets: no answer of 500, p99 of pages at most 3 s, no error afterwards.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import scratch  # noqa: F401 - sets Django up
from django.conf import settings

from sipcabinet.site import capacity
from sipcabinet.tests.browser.portal import running_portal
from sipcabinet.tests.overload import Burst, Crowd

SLOWEST_SECONDS = 3.0
REST_SECONDS = 10
AFTERWARDS = 1000


def report(burst: Burst) -> bool:
    """Prints one level; returns whether it met its targets."""
    load = burst.load
    fives = sum(load.count(status) for status in range(500, 600) if status != 503)
    pages = (
        f"200: {load.count(200):>5} (p50 {load.milliseconds(200, 50):>5.0f}, p99 {load.milliseconds(200, 99):>5.0f} ms)"
    )
    busy = (
        f"503: {load.count(503):>6} (p50 {load.milliseconds(503, 50):>5.0f}, p99 {load.milliseconds(503, 99):>5.0f} ms)"
    )
    print(f"{burst.visitors:>4} visitors  {pages}  {busy}  500: {fives}  other: {load.others(200, 500, 503)}")
    seen = ", ".join(f"{path} {dict(statuses)}" for path, statuses in burst.others.items())
    print(
        f"{'':14}{seen}; connections {burst.most_connections} at most, {burst.connections} after; "
        f"letters {burst.letters}; broken connections {sum(load.errors.values())}"
    )
    return fives == 0 and load.milliseconds(200, 99) <= SLOWEST_SECONDS * 1000


def measure(crowd: Crowd, options: argparse.Namespace) -> bool:
    well = True
    for visitors in options.visitors:
        well &= report(crowd.burst(visitors, options.seconds, options.path))
    time.sleep(REST_SECONDS)
    calm = crowd.calm(AFTERWARDS, options.path)
    errors = calm.others(200) + sum(calm.errors.values())
    print(f"after {REST_SECONDS} s: {calm.count(200)} pages, {errors} errors, p99 {calm.milliseconds(200, 99):.0f} ms")
    time.sleep(max(0, options.quiet - REST_SECONDS))
    settings.PORTAL_DATABASE = {"NAME": "of the portal that runs"}  # the running portal's processes use both logins
    print(f"after {options.quiet} s: {crowd.connections()} connections; the bound is {capacity.database_connections()}")
    return well and errors == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, nargs="+", default=[16, 64, 200, 400])
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--quiet", type=float, default=30)
    parser.add_argument("--path", default="/")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="sipcabinet-bench-") as folder,
        running_portal(Path(folder), redis=os.environ["REDIS_URL"]) as portal,
    ):
        return 0 if measure(Crowd(portal), options) else 1


if __name__ == "__main__":
    sys.exit(main())
