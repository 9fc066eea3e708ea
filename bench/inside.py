"""Every page of a customer with the demo operator's data, as one process renders it: its time and what takes it.

`bench/pages.py` starts this file with the environment of a portal that has the demo operator loaded. With a folder as
`--keep` it only stores the HTML of every page, at a fixed moment and with tokens masked: a change of rendering shows
nothing there but white space.
"""

import argparse
import re
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
import scratch
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.template.backends.django import Template
from django.test import Client
from django.urls import include, path
from tqdm import tqdm

from accounts.models import Session, User
from sipcabinet.lib import clock
from sipcabinet.tests import round_trips, signed_in
from sipcabinet.tests.browser.desk_pages import desk
from sipcabinet.tests.browser.page import Page, fixed
from sipcabinet.tests.browser.pages import PORTAL, plain

WARM_UP = 3
REPEATS = 4  # of a page in each turn: with the processor's caches warm, as for hello
HELLOS = 10  # in each turn, so that both are measured in the same moments of a busy machine
HOST = "127.0.0.1"
TARGETS = {"site:home": 20, "subscribers:calls out": 14, "subscribers:calls in": 14}  # × hello
OTHERS = 16
MOST_QUERIES, MOST_KILOBYTES = 8, 80
MASKED = re.compile(
    r'(?<=csrfmiddlewaretoken" value=")[^"]+|(?<=name="token" value=")[^"]+|(?<=token=)[0-9a-f]{32}'
    r'|(?<=value=")[\w-]{60,}|(?<=/d/)[\w./-]+'
    r"|(?<=class=\"strong\">)[2-9A-HJKLMNP-Z]{10}|[0-9a-f]{8}-[0-9a-f-]{27}"
)


def hello(_request: HttpRequest) -> HttpResponse:
    """The comparison: a view that does nothing, without a signed-in user, behind the same middleware."""
    return HttpResponse("hello")


urlpatterns = [path("hello/", hello), path("", include("sipcabinet.urls"))]


class Loaded:
    """The part of a running portal that finds paths: the demo's first login, queries, commands."""

    def __init__(self) -> None:
        self.owner = User.objects.filter(account__isnull=False, is_active=True).order_by("pk").first()
        self.demo: dict[str, Any] = {"logins": [{"phone": self.owner.phone if self.owner else ""}]}

    def query(self, sql: str) -> Any:
        with connections["default"].cursor() as cursor:
            cursor.execute(sql)
            row = cursor.fetchone()
        return row[0] if row else None

    def manage(self, *words: str) -> str:
        """Runs a command of the portal in this process; returns what the command prints."""
        with redirect_stdout(StringIO()) as printed:
            call_command(*words)
        return printed.getvalue()


@dataclass
class Watch:
    """Seconds that one request spent in the database, and in templates without that."""

    waited: float = 0.0
    rendered: float = 0.0


@dataclass
class Cost:
    """Least milliseconds of a page: all of it, its templates, its statements; how many round trips and queries."""

    whole: float = float("inf")
    processor: list[float] = field(default_factory=list)  # of each turn: the page's processor time / that of hello
    rendered: float = float("inf")
    waited: float = float("inf")
    queries: int = 0
    trips: int = 0
    kilobytes: float = 0.0

    def see(self, watch: Watch) -> None:
        self.rendered = min(self.rendered, watch.rendered * 1000)
        self.waited = min(self.waited, watch.waited * 1000)


@contextmanager
def watched() -> Iterator[Watch]:
    """Watches every wait for PostgreSQL, transactions included, and every rendering of a template."""
    watch = Watch()
    real: dict[str, Any] = {"wait": psycopg.Connection.wait, "render": Template.render}

    def wait(connection: Any, *args: Any, **options: Any) -> Any:
        begin = time.perf_counter()
        try:
            return real["wait"](connection, *args, **options)
        finally:
            watch.waited += time.perf_counter() - begin

    def render(template: Any, *args: Any, **options: Any) -> Any:
        begin, waited = time.perf_counter(), watch.waited
        try:
            return real["render"](template, *args, **options)
        finally:
            watch.rendered += time.perf_counter() - begin - (watch.waited - waited)

    replaced: Any = psycopg.Connection
    templates: Any = Template
    replaced.wait = wait
    templates.render = render
    try:
        yield watch
    finally:
        replaced.wait = real["wait"]
        templates.render = real["render"]


def customer_pages() -> list[Page]:
    home = Page("site:home", "owner", fixed("/"))  # the list has it only as staff see it
    wanted = [page for page in [home, *PORTAL, *plain()] if page.who == "owner" and page.status == 200]
    return sorted(wanted, key=lambda page: page.name)


def paths(loaded: Any) -> dict[str, str]:
    return {page.name: page.path(loaded) for page in customer_pages()}


def _signed_in(user: Any) -> Client:
    client = signed_in.signed_in(user)
    client.defaults["HTTP_HOST"] = HOST
    return client


def keep(folder: Path, moment: datetime) -> None:
    """Stores the masked HTML of every page of customers, guests and staff."""
    folder.mkdir(parents=True, exist_ok=True)
    loaded: Any = Loaded()
    Session.objects.all().delete()
    with clock.at(moment), mock.patch("django.utils.timezone.now", return_value=moment):
        staff = User.objects.filter(is_staff=True).order_by("pk").first()
        clients = {
            "owner": _signed_in(loaded.owner),
            "staff": _signed_in(staff),
            "nobody": Client(HTTP_HOST=HOST),
        }
        clients["staff"].get("/admin/")  # the navigation counts what waits, and keeps the counts for a while
        for page in PORTAL + plain() + desk():
            if client := clients.get(page.who):
                try:
                    url = page.path(loaded)
                except (LookupError, AttributeError):  # made by commands of a running portal
                    continue
                text = MASKED.sub("MASKED", client.get(url).content.decode(errors="replace"))
                (folder / f"{page.file_name}.html").write_text(text, "utf-8")


def _turn(nobody: Client, client: Client, url: str) -> tuple[float, float, float]:
    """Milliseconds of hello and of the page, and the page's processor time as a multiple of that of hello."""
    took = min(scratch.timed(client, url) for _ in range(REPEATS))
    began = time.thread_time()
    client.get(url)
    page, began = time.thread_time() - began, time.thread_time()
    greeted = min(scratch.timed(nobody, "/hello/") for _ in range(HELLOS))
    return greeted, took, page * HELLOS / (time.thread_time() - began)


def measure(requests: int, only: str) -> tuple[float, dict[str, Cost]]:
    """The time of hello and the costs of each page. All are asked for in turn, so a slow moment affects all alike."""
    loaded, nobody = Loaded(), Client(HTTP_HOST=HOST)
    client = _signed_in(loaded.owner)
    wanted = {name: url for name, url in paths(loaded).items() if only in name}
    costs = {name: Cost() for name in wanted}
    least = float("inf")
    for turn in tqdm(range(requests + WARM_UP), desc="pages", file=sys.stderr, disable=None):
        for name, url in wanted.items():
            greeted, took, ratio = _turn(nobody, client, url)
            with watched() as watch:
                client.get(url)
            if turn >= WARM_UP:
                least, costs[name].whole = min(least, greeted), min(costs[name].whole, took)
                costs[name].see(watch)
                costs[name].processor.append(ratio)
    for name, url in wanted.items():
        with round_trips.counted() as trips:
            answer = client.get(url)
        costs[name].trips, costs[name].kilobytes = trips.count, len(answer.content) / 1024
        costs[name].queries = trips.queries
    return least, costs


def report(hello_ms: float, costs: dict[str, Cost]) -> bool:
    """Prints the table; whether every page met its target. A page that another process interrupts in every turn has no
    true least time: `processor` is the median of ratios of processor time, without what PostgreSQL takes."""
    print(f"hello: {hello_ms:.2f} ms")
    print(
        f"{'page':<44}{'× hello':>8}{'target':>7}{'processor':>10}{'ms':>7}{'templates':>10}{'database':>9}{'rest':>6}"
        f"{'queries':>8}{'trips':>6}{'KB':>5}"
    )
    well = True
    for name, cost in costs.items():
        target = next((most for begin, most in TARGETS.items() if name.startswith(begin)), OTHERS)
        ratio = cost.whole / hello_ms
        met = ratio <= target and cost.queries <= MOST_QUERIES and cost.kilobytes <= MOST_KILOBYTES
        well &= met
        rest = max(0.0, cost.whole - cost.rendered - cost.waited)
        print(
            f"{name:<44}{ratio:>8.1f}{target:>7}{statistics.median(cost.processor):>10.1f}{cost.whole:>7.1f}"
            f"{cost.rendered:>10.1f}{cost.waited:>9.1f}{rest:>6.1f}{cost.queries:>8}{cost.trips:>6}"
            f"{cost.kilobytes:>5.0f}{'' if met else '  missed'}"
        )
    return well


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=20)
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--moment", default="2026-11-30T15:52:00")
    options = parser.parse_args()
    settings.ROOT_URLCONF = __name__
    if options.keep:
        keep(options.keep, datetime.fromisoformat(options.moment).replace(tzinfo=UTC))
        return 0
    return 0 if report(*measure(options.requests, options.only)) else 1


if __name__ == "__main__":
    sys.exit(main())
