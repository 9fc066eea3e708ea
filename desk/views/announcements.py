"""«Объявления»: the list, a draft, and one announcement with its preview, start, progress and stop (4.14)."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.actor import Actor
from announcements.models import Announcement, AnnouncementState
from announcements.selectors import announcements as selectors
from announcements.selectors import audience
from announcements.services import announcements as services
from announcements.services import sending
from desk.forms.announcements import AnnouncementForm
from notifications.services.rendering import Rendered
from sipcabinet.lib.errors import DomainError

FIRST_ADDRESSEES = 10
CHANGE = "announcements.change_announcement"
TONES = {AnnouncementState.DRAFT: "", AnnouncementState.STARTED: "ok", AnnouncementState.STOPPED: "warn"}


def listed(request: HttpRequest) -> HttpResponse:
    """All announcements, the newest first."""
    page = selectors.listed(onward=request.GET.get("onward", ""), back=request.GET.get("back", ""))
    rows = [(one, TONES[one.state]) for one in page.rows]
    context = {"title": _("Объявления"), "rows": rows, "page": page, "may_change": request.user.has_perm(CHANGE)}
    return render(request, "desk/announcements/list.html", context)


def new(request: HttpRequest) -> HttpResponse:
    return _draft(request, Announcement(), services.draft, _("Новое объявление"))


def change(request: HttpRequest, pk: int) -> HttpResponse:
    announcement = get_object_or_404(Announcement, pk=pk)
    if announcement.state != AnnouncementState.DRAFT:
        messages.error(request, _("Объявление уже отправлено клиентам и не меняется. Создайте новое."))
        return redirect("admin:desk_announcement", pk)
    return _draft(request, announcement, services.change, _("Черновик %(number)s") % {"number": announcement.number})


def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One announcement: before its start who will get it and how it looks, afterwards how far it is. A POST starts or
    stops it."""
    announcement = get_object_or_404(Announcement.objects.select_related("created_by", "started_by", "plan"), pk=pk)
    if request.method == "POST":
        _act(request, announcement)
        return redirect("admin:desk_announcement", pk)
    context = {
        "title": announcement.title,
        "announcement": announcement,
        "tone": TONES[announcement.state],
        "may_change": request.user.has_perm(CHANGE),
        "letter": _preview(announcement) if announcement.by_letter else "",
        **_reach(announcement),
    }
    return render(request, "desk/announcements/one.html", context)


def _draft(
    request: HttpRequest, announcement: Announcement, write: Callable[..., Announcement], title: str
) -> HttpResponse:
    form = AnnouncementForm(request.POST if request.method == "POST" else None, instance=announcement)
    if form.is_valid():
        try:
            saved = write(announcement=form.save(commit=False), actor=Actor.of(request))
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Черновик сохранён. Проверьте его и объявите."))
            return redirect("admin:desk_announcement", saved.pk)
    return render(
        request, "desk/announcements/draft.html", {"title": title, "form": form, "announcement": announcement}
    )


def _act(request: HttpRequest, announcement: Announcement) -> None:
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    try:
        if "stop" in request.POST:
            services.stop(announcement=announcement, actor=Actor.of(request))
            messages.success(request, _("Объявление остановлено: новых писем не будет, из кабинета оно убрано."))
        else:
            count = services.start(announcement=announcement, actor=Actor.of(request))
            messages.success(request, _("Объявлено. Адресатов: %(count)d.") % {"count": count})
    except DomainError as refusal:
        messages.error(request, refusal.message)


def _reach(announcement: Announcement) -> dict[str, Any]:
    if announcement.state != AnnouncementState.DRAFT:
        return {"progress": selectors.progress(announcement), "work": getattr(announcement, "sending", None)}
    accounts = audience.of(announcement)
    first = list(accounts.select_related("customer")[:FIRST_ADDRESSEES])
    return {"count": accounts.count(), "without_address": accounts.filter(cabinet_email="").count(), "first": first}


def _preview(announcement: Announcement) -> Rendered:
    """The letter as its first addressee gets it."""
    return sending.preview(announcement, audience.of(announcement).select_related("customer").first())
