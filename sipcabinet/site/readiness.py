"""Whether the installation is fit for work: for the operator's monitoring and after an upgrade (`/readyz`).

A part that is not ready says why in plain words, without numbers: the address is open to everybody.
"""

import functools
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

import structlog
from django.apps import apps
from django.conf import settings
from django.db import Error, connection, transaction
from redis import Redis
from redis.exceptions import RedisError

from sipcabinet.lib import durable_counts
from sipcabinet.lib.periods import Month
from subscribers.calls import partitions

log = structlog.get_logger(__name__)
REDIS_TIMEOUT_SECONDS = 1
STATEMENT_MILLISECONDS = 2000
UNKNOWN = "unknown, because the database did not answer"


@dataclass(frozen=True, slots=True)
class Part:
    """One condition: whether it holds, and a sentence about it."""

    name: str
    ready: bool
    words: str


def parts() -> list[Part]:
    """Every condition; at most two seconds for each query, one for the broker."""
    return [*_of_database(), broker()]


def broker() -> Part:
    """Always ready: the broker only carries hints. Work that nobody starts any more shows in the age of due work."""
    return Part("broker", True, "answers" if broker_answers() else "does not answer; hints wait, no work is lost")


def broker_answers() -> bool:
    timeout = REDIS_TIMEOUT_SECONDS
    try:
        with Redis.from_url(
            settings.CELERY_BROKER_URL, socket_timeout=timeout, socket_connect_timeout=timeout
        ) as redis:
            redis.ping()
    except (RedisError, OSError, ValueError):
        return False
    return True


def _of_database() -> Iterator[Part]:
    reads: dict[str, Callable[[], Part]] = {"migrations": _migrations, "due work": _due_work, "partitions": _partitions}
    try:
        with transaction.atomic():
            _limit_time()
            found = [_read(name, read) for name, read in reads.items()]
    except Error as error:
        log.error("ready.database_down", error=type(error).__name__)  # noqa: TRY400 - a trace says no more
        yield Part("database", False, "does not answer")
        yield from (Part(name, False, UNKNOWN) for name in reads)
        return
    yield Part("database", True, "answers")
    yield from found


def _limit_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(STATEMENT_MILLISECONDS)])


def _read(name: str, read: Callable[[], Part]) -> Part:
    """The part; not ready if its own query fails, as on tables that are not migrated yet."""
    try:
        with transaction.atomic():
            return read()
    except Error as error:
        log.error("ready.part_unknown", part=name, error=type(error).__name__)  # noqa: TRY400 - a trace says no more
        return Part(name, False, "cannot be read")


def _migrations() -> Part:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        missing = of_code() - set(cursor.fetchall())
    if missing:
        log.error("ready.migrations_missing", count=len(missing), first=".".join(min(missing)))
        return Part("migrations", False, "some are not applied; run migrate")
    return Part("migrations", True, "applied")


@functools.cache
def of_code() -> frozenset[tuple[str, str]]:
    """Every migration of the code, as (app, name); only the names are read, no migration is imported."""
    found = set()
    for app in apps.get_app_configs():
        try:
            folder = import_module(f"{app.name}.migrations").__path__
        except ModuleNotFoundError:
            continue
        found |= {(app.label, module.name) for module in pkgutil.iter_modules(folder) if module.name[0] not in "_~"}
    return frozenset(found)


def _due_work() -> Part:
    if durable_counts.oldest_due_seconds() > settings.READY_DUE_SECONDS:
        return Part("due work", False, "has waited longer than it may; see that worker and beat run")
    return Part("due work", True, "is started in time")


def _partitions() -> Part:
    """The present month and the next one: at the end of a month calls of both arrive."""
    now = Month.current()
    if {now, now.shift(1)} <= partitions.months():
        return Part("partitions", True, "exist for this month and the next")
    return Part("partitions", False, "are missing for this month or the next; the task keep_partitions makes them")
