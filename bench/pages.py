#!/usr/bin/env python3
"""What each page of a customer costs in one process, beside «hello»; and how pages grow with the calls.

    bin/bench pages [--only costs|growth] [--turns 20] [--calls 20000]
                    [--numbers 10000] [--few 200000] [--many 2000000] [--requests 60] [--plot growth.svg]

Costs: every page of the demo's largest customer, in turns with a view that does nothing: least time as a multiple of
hello, milliseconds of templates, statements and the rest, queries, round trips to PostgreSQL (transactions and roles
included) and size. Targets: 14 × hello for the page of calls, 20 × for the home page, 16 × for any other; 8 queries.

Growth: pages of one account with 10,000 numbers, their time with many calls against few (target ≤ 1.2).
Times are those of the quickest tenth of the requests, in milliseconds: other work of the machine affects these least.
The table also shows the number of queries of a whole request. A search among calls reads all calls of the subscriber in
the month, so its time may grow with the calls: it is printed, but has no target.
"""

import argparse
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import growth_plot
import scratch
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path, reverse
from tqdm import tqdm

from accounts.tests.factories import AccountFactory, UserFactory
from sipcabinet.lib.periods import Month
from sipcabinet.tests.browser.portal import loaded_portal
from subscribers.models import CallDirection, Subscriber
from subscribers.selectors.calls import Selection, page
from subscribers.tests import crowd

WARM_UP = 5
CHUNK = 50_000
DEEP = 10  # how many pages are read before the page that is timed
SEARCH = "calls by number"
TARGET = 1.2
STAGE = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SET ", "SELECT set_config", "SELECT 1")
Times = dict[str, float]


def hello(_request: HttpRequest) -> HttpResponse:
    """The comparison: a view that does nothing, without a signed-in user, behind the same middleware."""
    return HttpResponse("hello")


urlpatterns = [path("hello/", hello), path("", include("sipcabinet.urls"))]


def _onward(trunk: Subscriber) -> str:
    """The token of the page after the first DEEP pages of the list of calls."""
    selection, token = Selection(trunk.account, trunk, Month.current(), CallDirection.OUT), ""
    for _ in range(DEEP):
        token = page(selection, onward=token).onward
    return token


def pages(trunk: Subscriber) -> dict[str, str]:
    select, detail = reverse("subscribers:select"), reverse("subscribers:detail", args=[trunk.pk])
    month = f"?month={Month.current().code}"
    calls = reverse("subscribers:calls", args=[trunk.pk]) + f"{month}&kind=out"
    return {
        "hello": "/hello/",
        "all numbers": select,
        "numbers by part": f"{select}?phone=00-50",
        "numbers by name": f"{select}?phone=кабинет+99",
        "subscriber": detail,
        "charges": reverse("subscribers:charges", args=[trunk.pk]) + month,
        "calls": calls,
        f"calls, page {DEEP + 1}": f"{calls}&onward={_onward(trunk)}",
        SEARCH: f"{calls}&number=700",
    }


def quickest(client: Client, trunk: Subscriber, requests: int, title: str) -> Times:
    """The time of each page, ms. The pages are requested in turn, so that a slow moment of the machine affects all."""
    wanted, nobody = pages(trunk), Client(HTTP_HOST="localhost")
    times: dict[str, list[float]] = {name: [] for name in wanted}
    for turn in tqdm(range(requests + WARM_UP), desc=title, file=sys.stderr):
        for name, url in wanted.items():
            took = scratch.timed(nobody if name == "hello" else client, url)
            if turn >= WARM_UP:
                times[name].append(took)
    return {name: statistics.quantiles(values, n=10)[0] for name, values in times.items()}


def queries(client: Client, trunk: Subscriber) -> dict[str, int]:
    counts = {}
    for name, url in pages(trunk).items():
        if name == "hello":
            continue
        with CaptureQueriesContext(connection) as caught:
            client.get(url)
        counts[name] = sum(not query["sql"].startswith(STAGE) for query in caught)
    return counts


def fill(trunk: Subscriber, first: int, last: int) -> None:
    months = Month.current().last(2)
    with tqdm(total=last - first + 1, unit=" calls", desc="calls", file=sys.stderr) as bar:
        for begin in range(first, last + 1, CHUNK):
            end = min(begin + CHUNK - 1, last)
            crowd.call(trunk, months, begin, end)
            bar.update(end - begin + 1)
    crowd.total(trunk.account)
    crowd.analyze()


def measure(options: argparse.Namespace) -> tuple[dict[int, Times], dict[str, int]]:
    """The times with few calls, with some and with many, and the queries of each page."""
    account = AccountFactory.create()
    owner = UserFactory.create(account=account)
    trunk = crowd.connect(account, options.numbers)
    client = Client(HTTP_HOST="localhost")
    client.force_login(owner)
    filled, times = 0, dict[int, Times]()
    few, many = int(options.few), int(options.many)
    for calls in (few, math.isqrt(few * many), many):
        fill(trunk, filled + 1, calls)
        times[calls] = quickest(client, trunk, options.requests, f"{calls:,} calls")
        filled = calls
    return times, queries(client, trunk)


def report(few: Times, many: Times, counts: dict[str, int]) -> None:
    print(f"{'page':<18} {'queries':>7} {'few, ms':>8} {'many, ms':>8} {'ratio':>6} {'× hello':>8}")
    for name, slow in many.items():
        ratio = slow / few[name]
        over = " over the target" if ratio > TARGET and name not in {"hello", SEARCH} else ""
        times = f"{few[name]:>8.1f} {slow:>8.1f} {ratio:>6.2f} {slow / many['hello']:>8.1f}"
        print(f"{name:<18} {counts.get(name, 0):>7} {times}{over}")


def costs(options: argparse.Namespace) -> int:
    """Runs `inside.py` with the environment of a portal that has the demo operator loaded."""
    with (
        tempfile.TemporaryDirectory(prefix="sipcabinet-bench-") as folder,
        loaded_portal(Path(folder), redis=os.environ["REDIS_URL"], calls=options.calls, LOG_LEVEL="CRITICAL") as portal,
    ):
        command = [sys.executable, str(Path(__file__).with_name("inside.py")), "--requests", str(options.turns)]
        return subprocess.run(command, env=portal.env, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["costs", "growth"])
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--numbers", type=int, default=10_000)
    parser.add_argument("--few", type=int, default=200_000)
    parser.add_argument("--many", type=int, default=2_000_000)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--plot", type=Path, help="writes the growth as SVG")
    options = parser.parse_args()
    missed = costs(options) if options.only != "growth" else 0
    if options.only == "costs":
        return missed
    settings.ROOT_URLCONF = __name__
    with scratch.database():
        figures = measure(options)
    times, counts = figures
    report(times[options.few], times[options.many], counts)
    if options.plot:
        of_page = {name: [found[name] for found in times.values()] for name in times[options.many] if name != "hello"}
        options.plot.write_text(growth_plot.svg([*times], of_page), encoding="utf-8")
    return missed


if __name__ == "__main__":
    sys.exit(main())
