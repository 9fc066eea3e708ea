"""Compares two numbers for each resource: the most that all processes of the portal may use, and what is allowed.

The resources are connections to PostgreSQL, clients of Valkey and open files. The most is known exactly, because the
number of threads and processes is fixed and each keeps its connections.
"""

import resource
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from redis import Redis
from redis.exceptions import RedisError

from sipcabinet.site import lanes

log = structlog.get_logger(__name__)
METRICS = 1  # connection of the process that serves the metrics, if there is one
BEAT = 1  # processes of Celery beat, which only sends hints
WORKER_MAIN = 1  # Celery's main process beside the worker processes
CELERY_CONNECTIONS = 4  # of the worker's main process: to consume, to answer, to receive commands, to publish
FILES_OF_A_PROCESS = 100  # modules, logs and sockets that the process itself opens
FILES_OF_A_REQUEST = 2  # the visitor's connection, and the file that is sent or received
REDIS_TIMEOUT_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Need:
    """The most that the portal may use of a resource, and how much the server allows; None if that is unknown."""

    what: str
    needed: int
    given: int | None

    @property
    def problem(self) -> str:
        """The reason why the portal must not start, or an empty string."""
        if self.given is None or self.needed <= self.given:
            return ""
        return f"{self.what}: up to {self.needed} may be needed, {self.given} are allowed"


def needs() -> list[Need]:
    return [
        Need("connections of PostgreSQL (max_connections)", database_connections(), database_gives()),
        Need("clients of Valkey (maxclients)", broker_connections(), _broker_gives()),
        Need("open files of a web process (ulimit -n)", web_files(), _files_given()),
    ]


def problems() -> list[str]:
    """One line for each resource that is too small; empty when all suffice or the servers cannot be reached now."""
    return [need.problem for need in needs() if need.problem]


def open_files() -> None:
    """Raises this process's limit of open files to what a web process may need; child processes inherit the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = web_files() if hard == resource.RLIM_INFINITY else min(web_files(), hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def database_connections() -> int:
    """Connections of web, worker and beat processes, and of people. A lane's thread has one for each database login."""
    logins = 1 + bool(settings.PORTAL_DATABASE) + bool(settings.VIEWER_DATABASE)
    threads = sum(lane.threads for lane in lanes.lanes() if lane.uses_database)
    web = int(settings.WEB_WORKERS) * threads * logins
    metrics = METRICS if settings.METRICS_PORT else 0
    return web + int(settings.TASK_WORKERS) + WORKER_MAIN + BEAT + metrics + int(settings.DATABASE_RESERVE)


def broker_connections() -> int:
    """Connections of web, worker and beat processes for hints, of the worker's main process, of the health checks, and
    of the process that serves the metrics."""
    web, workers = int(settings.WEB_WORKERS), int(settings.TASK_WORKERS)
    return (web + workers + BEAT) * int(settings.CELERY_BROKER_POOL_LIMIT) + CELERY_CONNECTIONS + web + METRICS


def web_files() -> int:
    """Open files of one web process: visitors' connections, files sent or received, connections to servers."""
    return int(settings.WEB_CONNECTIONS) * FILES_OF_A_REQUEST + FILES_OF_A_PROCESS


def _files_given() -> int | None:
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if soft == resource.RLIM_INFINITY else soft


def database_gives() -> int | None:
    """The connections that max_connections leaves to logins that are not superusers; None if PostgreSQL is away."""
    names = ["max_connections", "superuser_reserved_connections", "reserved_connections"]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, setting::int FROM pg_settings WHERE name = ANY (%s)", [names])
            found = dict(cursor.fetchall())
    except DatabaseError as error:
        log.warning("capacity.database_away", error=type(error).__name__)
        return None
    most: int = found.pop("max_connections")
    return most - sum(found.values())


def _broker_gives() -> int | None:
    timeout = REDIS_TIMEOUT_SECONDS
    try:
        with Redis.from_url(
            settings.CELERY_BROKER_URL, socket_timeout=timeout, socket_connect_timeout=timeout
        ) as broker:
            told = broker.info("clients").get("maxclients")
    except (RedisError, OSError, ValueError) as error:
        log.warning("capacity.broker_away", error=type(error).__name__)
        return None
    return int(told) if told else None
