"""Names of numbers: one number's name, and many through a CSV file, exported and imported (3.0, 3.1)."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts import visitor
from accounts.models import Account
from sipcabinet.lib import clock, downloads, requests
from subscribers.errors import NumberError
from subscribers.forms.labels import LabelForm, LabelsFileForm, seal, unseal
from subscribers.models import Subscriber, SubscriberStatus
from subscribers.selectors.labels import Renaming, connected
from subscribers.services import label_files, labels
from subscribers.services.labels import LabelsMovedError
from subscribers.views import chosen

CHANGES_SHOWN = 100
PROBLEMS_SHOWN = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Changes the name of one number; the name of a disconnected number cannot be changed."""
    who = visitor.of(request)
    subscriber = chosen.choose_or_404(request, who.account, pk)
    context = {"subscriber": subscriber, "chosen_subscriber": subscriber, "submit_label": _("Сохранить")}
    if subscriber.status == SubscriberStatus.CLOSED:
        return render(request, "subscribers/label_closed.html", context)
    form = LabelForm(request.POST) if request.method == "POST" else LabelForm(initial={"label": subscriber.label})
    if request.method == "POST" and form.is_valid() and _renamed(request, subscriber, form):
        return redirect("subscribers:detail", subscriber.pk)
    return render(request, "subscribers/label.html", context | {"form": form})


def _renamed(request: HttpRequest, subscriber: Subscriber, form: LabelForm) -> bool:
    try:
        changed = labels.rename(
            subscriber=subscriber,
            label=form.cleaned_data["label"],
            user=visitor.of(request).user,
            address=requests.client_address(request),
        )
    except NumberError as refusal:
        form.add_error("label", refusal.message)
        return False
    if changed:
        messages.success(request, _("Название сохранено."))
    return True


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The present names as a file, to be edited and uploaded again."""
    account = visitor.of(request).account
    name = _("Названия номеров %(number)s, %(day)s.csv") % {
        "number": account.number,
        "day": clock.show_date(clock.today()),
    }
    response = HttpResponse(label_files.write(connected(account)), content_type=label_files.MIME)
    response.headers["Content-Disposition"] = downloads.disposition(name)
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """File → changes shown → confirmed. The shown changes are sent back sealed, so the server stores nothing."""
    account = visitor.of(request).account
    if request.method != "POST":
        return _ask(request, LabelsFileForm(account))
    if "sealed" in request.POST:
        return _confirmed(request, account)
    form = LabelsFileForm(account, request.POST, request.FILES)
    if not form.is_valid():
        return _ask(request, form)
    if not form.comparison.changes:
        return _nothing_new(request)
    return _review(request, account, form.comparison.changes, unchanged=form.comparison.unchanged)


def _ask(request: HttpRequest, form: LabelsFileForm) -> HttpResponse:
    problems = form.comparison.problems
    context = {
        "form": form,
        "problems": problems[:PROBLEMS_SHOWN],
        "more_problems": len(problems[PROBLEMS_SHOWN:]),
        "cancel_url": reverse("subscribers:select"),
        "submit_label": _("Далее"),
    }
    return render(request, "subscribers/labels_file.html", context)


def _review(
    request: HttpRequest,
    account: Account,
    changes: Sequence[Renaming],
    *,
    unchanged: int | None = None,
    moved: str = "",
) -> HttpResponse:
    context = {
        "changes": changes[:CHANGES_SHOWN],
        "more_changes": len(changes[CHANGES_SHOWN:]),
        "count": len(changes),
        "removed": sum(not change.now for change in changes),
        "unchanged": unchanged,
        "moved": moved,
        "sealed": seal(account, list(changes)),
        "back_url": reverse("subscribers:labels_import"),
        "cancel_url": reverse("subscribers:select"),
    }
    return render(request, "subscribers/labels_review.html", context)


def _confirmed(request: HttpRequest, account: Account) -> HttpResponse:
    shown = unseal(account, request.POST["sealed"])
    if shown is None:
        form = LabelsFileForm(account, {}, {})
        form.errors["file"] = form.error_class([_("Страница устарела. Выберите файл ещё раз")])
        return _ask(request, form)
    wanted, expected = shown
    try:
        count = labels.rename_all(
            account=account,
            wanted=wanted,
            expected=expected,
            user=visitor.of(request).user,
            address=requests.client_address(request),
        )
    except LabelsMovedError as refusal:
        return _review(request, account, refusal.changes, moved=refusal.message)
    if not count:
        return _nothing_new(request)
    words = ngettext("Изменено название %(count)d номера.", "Изменены названия номеров: %(count)d.", count)
    messages.success(request, words % {"count": count})
    return redirect("subscribers:select")


def _nothing_new(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("Все названия из файла уже такие: менять нечего."))
    return redirect("subscribers:select")
