"""Loads the demo completely or not at all, so that a first start that was killed can begin anew."""

import tempfile
from pathlib import Path
from typing import Any

import structlog
from django.db import transaction

from accounts.models import Customer
from sipcabinet.demo.operator import (
    applications,
    catalogue,
    customers,
    history,
    pool,
    services,
    switch_files,
    traffic,
)
from sipcabinet.demo.operator.money import Story
from sipcabinet.demo.operator.switch_files import SwitchFile
from sipcabinet.lib import clock, locks
from subscribers.calls import imports, peaks, sources
from subscribers.switch import jobs

log = structlog.get_logger(__name__)


class NotEmptyError(Exception):
    """The database already has customers, but the demo needs an empty database."""


def load(*, seed: int, months: int, calls: int, bar: Any) -> None:
    """Creates the demo operator in one transaction, then sends the documents that are due; `bar` shows whole per cents.

    Of two calls at the same time the second waits (a lock by name) and then raises NotEmptyError.
    """
    with transaction.atomic():
        locks.hold("sipcabinet demo")
        if Customer.objects.exists():
            raise NotEmptyError
        _step(bar, "каталог и клиенты", 0)
        pool.add_ranges()
        accounts = customers.open_all(catalogue.load())
        staff = customers.open_staff()
        pool.reserve(staff)
        services.assign()
        _step(bar, "файлы станций", 5)
        with tempfile.TemporaryDirectory(prefix="sipcabinet-demo-") as folder:
            made = traffic.calls(seed=seed, count=calls, months=months, now=clock.now())
            _take_in(switch_files.write(Path(folder), made, seed=seed), bar)
        while peaks.count():
            pass
        _step(bar, "счета и платежи", 84)
        Story(accounts, staff, clock.today()).play()
        _step(bar, "история и заказы", 90)
        history.sign_ins(accounts, staff, seed=seed)
        history.place_orders(accounts)
        applications.take_in([*accounts.values()], staff)
    _step(bar, "документы", 95)
    history.deliver()
    history.calculate()
    while jobs.drain():
        pass
    _step(bar, "готово", 100)
    log.info("demo.loaded", seed=seed, months=months, calls=calls)


def _take_in(files: list[SwitchFile], bar: Any) -> None:
    """Imports the files one by one, as `import_calls` does."""
    rows, done = sum(file.rows for file in files), 0
    for file in files:
        _step(bar, f"звонки, {file.path.name}", 10 + 74 * done // max(1, rows))
        imports.run(imports.begin(path=file.path, source=sources.find(name=file.source, fmt=file.format)), file.path)
        done += file.rows


def _step(bar: Any, text: str, percent: int) -> None:
    bar.set_description(text, refresh=False)
    bar.update(percent - bar.n)
    bar.refresh()
