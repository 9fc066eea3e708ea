"""«Вид кабинета»: what is in force, the draft, earlier versions (4.16)."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actor import Actor
from desk.forms.face import FaceForm
from desk.selectors import face as selectors
from desk.services import face as services
from operator_profile.models import Face, FaceDraft
from operator_profile.selectors import face as faces
from operator_profile.selectors import requisites
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError

HOME = "admin:desk_face"


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is in force, both drafts, the versions and the requisites by day."""
    context = {
        **admin.site.each_context(request),
        "title": _("Вид кабинета и реквизиты"),
        "look": faces.look(),
        "in_force": faces.latest(),
        "draft": faces.draft(),
        "versions": selectors.versions(),
        "requisites": requisites.on(clock.today()),
        "requisites_draft": requisites.draft(),
        "timeline": selectors.timeline(),
        "today": clock.today(),
    }
    return render(request, "desk/face/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """The form of the draft. Saving changes nothing for customers."""
    begun = faces.draft() or FaceDraft(**faces.look().values())
    form = FaceForm(request.POST or None, request.FILES or None, instance=begun)
    logo_id = begun.logo_id
    if request.method == "POST" and form.is_valid() and form.save_draft(Actor.of(request)):
        messages.success(request, _("Черновик сохранён. Посмотрите его на страницах, в письме и в счёте."))
        return redirect("admin:desk_face_put")
    context = {**admin.site.each_context(request), "title": _("Вид кабинета: черновик"), "form": form}
    return render(request, "desk/face/edit.html", context | {"logo_id": logo_id})


@require_http_methods(["GET", "HEAD", "POST"])
def put(request: HttpRequest) -> HttpResponse:
    """What the draft changes, with its previews; a POST puts it in force."""
    draft = faces.draft()
    if request.method == "POST":
        try:
            version = services.put_in_force(revision=_revision(request), by=Actor.of(request))
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return redirect("admin:desk_face_put" if faces.draft() else HOME)
        told = _("Новый вид кабинета действует: версия %(version)s. Все страницы покажут его в течение минуты.")
        messages.success(request, told % {"version": version.pk})
        return redirect(HOME)
    if draft is None:
        return redirect("admin:desk_face_edit")
    context = {
        **admin.site.each_context(request),
        "title": _("Вид кабинета: проверка черновика"),
        "draft": draft,
        "differences": selectors.differences(faces.look(), draft),
    }
    return render(request, "desk/face/put.html", context)


@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """«Удалить черновик»."""
    if services.discard_draft(by=Actor.of(request)):
        messages.success(request, _("Черновик удалён."))
    return redirect(HOME)


@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """«Вернуть»: an earlier version becomes the draft, which is then checked and put in force as any other."""
    version = get_object_or_404(Face, pk=pk)
    services.take_version(version=version, by=Actor.of(request))
    messages.success(request, _("Версия %(version)s взята в черновик.") % {"version": version.pk})
    return redirect("admin:desk_face_put")


def _revision(request: HttpRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
