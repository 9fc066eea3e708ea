"""/health/: for a load balancer and for the supervisor. The answer belongs to no account and holds no secrets."""

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

from sipcabinet.lib import tenancy

log = structlog.get_logger(__name__)
REDIS_TIMEOUT_SECONDS = 1


@tenancy.exempt
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, else 503. Redis only carries hints: its absence is reported, but gives 200."""
    parts = {"database": _database(), "redis": _redis()}
    well = parts["database"] == "ok"
    return JsonResponse({"status": "ok" if well else "unavailable", **parts}, status=200 if well else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        log.error("health.database_down", error=type(error).__name__)  # noqa: TRY400 - a trace says no more
        return "unavailable"
    return "ok"


def _redis() -> str:
    timeout = REDIS_TIMEOUT_SECONDS
    try:
        with Redis.from_url(
            settings.CELERY_BROKER_URL, socket_timeout=timeout, socket_connect_timeout=timeout
        ) as redis:
            redis.ping()
    except (RedisError, OSError, ValueError):
        return "unavailable"
    return "ok"
