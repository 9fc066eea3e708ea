#!/usr/bin/env python3
"""What the second wall costs a page: the same request with the portal role and with a plain transaction, in turn.

    bin/bench second_wall [--requests 300] [--path / /account/ …]

Loads the demo operator first. Prints medians in milliseconds of its largest customer, and the ratio of the pairs.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from io import StringIO

os.environ["DEMO"] = "true"  # its logins are known to everybody

import scratch
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from tqdm import tqdm

from accounts.models import User
from sipcabinet.lib import tenancy

REAL = tenancy.portal
WARM_UP = 5
PATHS = [
    "/",
    "/subscribers/",
    "/subscribers/1/calls/",
    "/subscribers/1/charges/",
    "/account/",
    "/invoices/",
    "/orders/",
]


@contextmanager
def plain(_account_id: int) -> Iterator[None]:
    """The first wall alone."""
    with transaction.atomic():
        yield


def timed(client: Client, path: str) -> float:
    start = time.perf_counter()
    response = client.get(path)
    took = time.perf_counter() - start
    if response.status_code != 200:
        sys.exit(f"{path} answered {response.status_code}")
    return took * 1000


def measure(client: Client, path: str, requests: int) -> dict[str, list[float]]:
    """Milliseconds of each request by wall."""
    walls: dict[str, Callable[..., AbstractContextManager[None]]] = {"both walls": REAL, "first wall alone": plain}
    times: dict[str, list[float]] = {name: [] for name in walls}
    for turn in tqdm(range(requests + WARM_UP), desc=path, file=sys.stderr):
        for name, wall in walls.items():
            tenancy.portal = wall  # type: ignore[assignment]
            took = timed(client, path)
            if turn >= WARM_UP:
                times[name].append(took)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--path", nargs="+", default=PATHS)
    options = parser.parse_args()
    with scratch.database():
        call_command("demo_data", stdout=StringIO())
        client = Client(HTTP_HOST="localhost")
        client.force_login(User.objects.filter(account__isnull=False).order_by("pk")[0])
        found = {path: measure(client, path, options.requests) for path in options.path}
    print(f"{'page':<24} {'both, ms':>8} {'first alone, ms':>16} {'ratio of pairs':>15}")
    for path, times in found.items():
        both, first = map(statistics.median, times.values())
        ratio = statistics.median(a / b for a, b in zip(*times.values(), strict=True))
        print(f"{path:<24} {both:>8.2f} {first:>16.2f} {ratio:>15.3f}")


if __name__ == "__main__":
    main()
