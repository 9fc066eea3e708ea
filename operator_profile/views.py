"""The stylesheet and the logo of the face (4.16): public, and without a session."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from operator_profile import stylesheet as sheets
from operator_profile.models import Face, Picture
from operator_profile.selectors import face as faces
from sipcabinet.lib import tenancy

YEAR_SECONDS = 365 * 24 * 3600
# A picture is never a page: opened alone, it may run and load nothing.
PICTURE_POLICY = "default-src 'none'; style-src 'none'; sandbox; frame-ancestors 'none'"


@tenancy.exempt
@require_safe
def stylesheet(request: HttpRequest) -> HttpResponse:
    """The colours of the version in the query; a version is never changed, so its answer may be kept forever.

    Without a version, or with an unknown one, the colours in force; this answer is not kept.
    """
    asked = request.GET.get("v", "")
    row = (
        Face.objects.filter(pk=int(asked)).first() if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    )
    shown = faces.of_version(row) if row else faces.in_force()
    response = HttpResponse(sheets.of(shown), content_type="text/css; charset=utf-8")
    if row:
        keep_for_ever(response)
    return response


@tenancy.exempt
@require_safe
def logo(request: HttpRequest, version: int) -> HttpResponse:
    """The logo of a version that is or was in force; 404 for a version without one. Pictures of drafts and of
    signatures have no public address."""
    face = get_object_or_404(Face.objects.select_related("logo"), pk=version)
    if face.logo is None:
        raise Http404
    response = picture(face.logo)
    keep_for_ever(response)
    return response


def picture(shown: Picture) -> HttpResponse:
    """A stored picture with its own type, which no browser guesses, and with a policy that lets it do nothing."""
    response = HttpResponse(bytes(shown.content), content_type=shown.content_type)
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def keep_for_ever(response: HttpResponse) -> None:
    patch_cache_control(response, public=True, max_age=YEAR_SECONDS, immutable=True)
