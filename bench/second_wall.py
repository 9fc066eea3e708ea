#!/usr/bin/env python3
"""What the second wall costs a page: the same request with a login of its own, with the role alone, and without.

    bin/bench second_wall [--requests 300] [--path / /account/ …]

Loads the demo operator first. Prints medians in milliseconds of pages of its largest customer, and the median of the
ratios of each request to the same request without the second wall.
"""

import argparse
import os
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from io import StringIO
from urllib.parse import urlsplit, urlunsplit

os.environ["DEMO"] = "true"  # the demo's logins are public

import environ
import scratch
from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.utils import ConnectionHandler
from django.test import Client
from tqdm import tqdm

from accounts.models import User
from sipcabinet.lib import tenancy
from sipcabinet.lib.environment import DATABASE_ENGINE
from sipcabinet.tests import logins

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
def own(account_id: int) -> Iterator[None]:
    """Both walls; the page has a separate login (PORTAL_DATABASE_URL)."""
    with REAL(account_id):
        yield


@contextmanager
def role(account_id: int) -> Iterator[None]:
    """Both walls; the page uses the application's login."""
    with tenancy._role_for_a_transaction(account_id, settings.PORTAL_ROLE):
        yield


@contextmanager
def plain(_account_id: int) -> Iterator[None]:
    """The first wall alone."""
    with transaction.atomic():
        yield


def measure(client: Client, path: str, requests: int) -> dict[str, list[float]]:
    """Milliseconds of each request, by the kind of wall."""
    walls: dict[str, Callable[..., AbstractContextManager[None]]] = {"own": own, "role": role, "none": plain}
    times: dict[str, list[float]] = {name: [] for name in walls}
    for turn in tqdm(range(requests + WARM_UP), desc=path, file=sys.stderr):
        for name, wall in walls.items():
            tenancy.portal = wall  # type: ignore[assignment]
            took = scratch.timed(client, path)
            if turn >= WARM_UP:
                times[name].append(took)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--path", nargs="+", default=PATHS)
    options = parser.parse_args()
    with scratch.database():
        tenancy._own_logins = _own_logins()
        call_command("demo_data", stdout=StringIO())
        client = Client(HTTP_HOST="localhost")
        client.force_login(User.objects.filter(account__isnull=False).order_by("pk")[0])
        found = {path: measure(client, path, options.requests) for path in options.path}
        tenancy._own_logins[DEFAULT_DB_ALIAS].close()
    print(f"{'page':<24} {'own, ms':>8} {'role, ms':>9} {'none, ms':>9} {'own/none':>9} {'role/none':>10}")
    for path, times in found.items():
        own_ms, role_ms, none_ms = map(statistics.median, times.values())
        ratios = [_ratio(times[wall], times["none"]) for wall in ("own", "role")]
        print(f"{path:<24} {own_ms:>8.2f} {role_ms:>9.2f} {none_ms:>9.2f} {ratios[0]:>9.3f} {ratios[1]:>10.3f}")


def _ratio(some: list[float], others: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(some, others, strict=True))


def _own_logins() -> ConnectionHandler:
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    wanted = {**environ.Env.db_url_config(logins.of_pages(urlunsplit(url))), "CONN_MAX_AGE": None}
    return ConnectionHandler({DEFAULT_DB_ALIAS: {**wanted, "ENGINE": DATABASE_ENGINE}})


if __name__ == "__main__":
    main()
