"""Previews of the drafts: a page, a letter and an invoice as customers would see them (4.16). Nobody else is told."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.forms.sign_in import SignInForm
from billing.reports import invoice_documents, paper
from desk.selectors import face as selectors
from desk.selectors import face_samples
from notifications.services import rendering
from operator_profile import stylesheet as sheets
from operator_profile import views as public
from operator_profile.models import Picture
from operator_profile.selectors import face as faces
from operator_profile.selectors import requisites
from sipcabinet.lib import clock, pdf

# A letter brings its styles along; it may load nothing and run nothing.
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; sandbox"


@require_safe
def preview(request: HttpRequest, what: str) -> HttpResponse:
    """`sign-in`, `cabinet`, `letter` or `invoice`, with the values of the drafts, else with those in force."""
    views = {"sign-in": _sign_in, "cabinet": _cabinet, "letter": _letter, "invoice": _invoice}
    if what not in views:
        raise Http404
    return views[what](request)


@require_safe
def stylesheet(request: HttpRequest) -> HttpResponse:
    """The colours of the draft."""
    return HttpResponse(sheets.of(selectors.previewed()), content_type="text/css; charset=utf-8")


@require_safe
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """Any stored picture, for the form and the previews."""
    return public.picture(get_object_or_404(Picture, pk=pk))


def _sign_in(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/sign_in.html", _face() | {"form": SignInForm()})


def _cabinet(request: HttpRequest) -> HttpResponse:
    return render(request, "desk/face/cabinet.html", _face())


def _face() -> dict[str, object]:
    """The draft in place of the face in force; the page says that it is a preview."""
    shown = selectors.previewed()
    return {"face": shown, "support": shown.support, "messages": [_PreviewText()]}


class _PreviewText:
    """A message, as `components/messages.html` shows it."""

    level_tag = "info"

    def __str__(self) -> str:
        if faces.draft() is None:
            return _("Черновика нет: так кабинет выглядит сейчас.")
        return _("Предпросмотр черновика: клиенты видят прежний вид.")


def _letter(request: HttpRequest) -> HttpResponse:
    shown = selectors.previewed()
    context = face_samples.letter() | {"face": shown, "support": shown.support}
    response = HttpResponse(rendering.render("invoice_issued", context).html)
    response.headers["Content-Security-Policy"] = LETTER_POLICY
    return response


def _invoice(request: HttpRequest) -> HttpResponse:
    supplier = requisites.draft() or requisites.on(clock.today())
    drawn = faces.draft() or faces.look()
    context = face_samples.invoice(supplier, drawn.logo_id)
    document = paper.render(invoice_documents.INVOICE, context, title=_("Счёт: образец"))
    return HttpResponse(document, content_type=pdf.MIME)
