"""Where a switch sends its call records (`mod_json_cdr`), one a request: answered when the record is stored (4.4)."""

import structlog
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from sipcabinet.lib import tenancy
from subscribers.services import call_intake
from subscribers.services.call_intake import IntakeError

log = structlog.get_logger(__name__)


@csrf_exempt  # no session: the secret of the source proves who sends
@tenancy.exempt
@require_POST
def receive(request: HttpRequest, name: str) -> JsonResponse:
    """200 when the record is stored, now or before; each refusal says why and stores nothing."""
    try:
        admission = call_intake.authorise(name, request.headers)
        is_new = call_intake.take(
            admission=admission, body=_body(request), content_type=request.headers.get("Content-Type", "")
        )
    except IntakeError as refusal:
        log.warning("intake.refused", status=refusal.status)
        response = JsonResponse({"error": refusal.message}, status=refusal.status, json_dumps_params=_READABLE)
        if refusal.status == 401:
            response.headers["WWW-Authenticate"] = call_intake.CHALLENGE
        return response
    return JsonResponse({"stored": True, "new": is_new})


_READABLE = {"ensure_ascii": False}


def _body(request: HttpRequest) -> bytes:
    """The body, not read if its announced length is too large."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length[:15]) > call_intake.MOST_BYTES:
        return b"\0" * (call_intake.MOST_BYTES + 1)
    return request.body
