"""Addresses for machines. The answers belong to no account and hold no secrets and no figures of the business.

`/healthz`: this process answers; without the database. For a supervisor that starts dead processes again.
`/health/`: pages can be served: the database answers. For a load balancer.
`/readyz`: the whole installation is fit for work. For monitoring, and for the gate after an upgrade.
"""

import structlog
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from sipcabinet.lib import tenancy
from sipcabinet.site import readiness

log = structlog.get_logger(__name__)


@tenancy.exempt
@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """200 as soon as and as long as the process answers."""
    return JsonResponse({"status": "ok"})


@tenancy.exempt
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 while the database answers, else 503. Redis only carries hints: its absence is reported, but gives 200."""
    parts = {"database": _database(), "redis": "ok" if readiness.broker_answers() else "unavailable"}
    well = parts["database"] == "ok"
    return JsonResponse({"status": "ok" if well else "unavailable", **parts}, status=200 if well else 503)


@tenancy.exempt
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 if every part is ready, else 503; a sentence about each part."""
    parts = readiness.parts()
    well = all(part.ready for part in parts)
    words = {part.name: part.words for part in parts}
    return JsonResponse({"status": "ready" if well else "not ready", **words}, status=200 if well else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        log.error("health.database_down", error=type(error).__name__)  # noqa: TRY400 - a trace says no more
        return "unavailable"
    return "ok"
