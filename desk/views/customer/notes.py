"""All notes about a customer; a new note; a note struck out."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Customer
from desk.forms.customer import NoteForm, StrikeForm
from desk.selectors.customer import history
from desk.services import notes
from desk.views.customer import found
from desk.views.customer.step import Step, back, carry_out
from sipcabinet.lib import clock
from sipcabinet.lib.errors import DomainError

ADD, STRIKE = "desk.add_staffnote", "desk.change_staffnote"
SECTION = "notes"


def index(request: HttpRequest, pk: int) -> HttpResponse:
    """The notes, struck out ones included; a POST writes a new one."""
    customer = found.customer_of(request, pk)
    if request.method == "POST" and not request.user.has_perm(ADD):
        raise PermissionDenied
    form = NoteForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _written(request, customer, form):
        messages.success(request, _("Заметка добавлена"))
        return redirect(back(customer, SECTION))
    title = _("Заметки: %(name)s") % {"name": customer.name}
    context = {**admin.site.each_context(request), "title": title, "customer": customer, "form": form}
    context |= {"notes": history.notes(customer), "back_url": back(customer, SECTION)}
    return TemplateResponse(request, "desk/customer/notes.html", context)


def strike(request: HttpRequest, pk: int, note_pk: int) -> HttpResponse:
    """Strikes a note out, with a reason."""
    customer = found.customer_of(request, pk)
    note = found.note_of(customer, note_pk)

    def work(by: Actor, _told: dict[str, Any]) -> str:
        notes.strike(note=note, by=by)
        return _("Заметка зачёркнута")

    step = Step(
        title=_("Зачеркнуть заметку"),
        button=_("Зачеркнуть заметку"),
        facts=[
            (_("Заметка"), note.text),
            (_("Автор"), f"{note.author.get_full_name()}, {clock.show_moment(note.written_at)}"),
        ],
        effect=[_("На странице клиента заметки не будет. В списке всех заметок она останется, зачёркнутая.")],
        refusal=_("Эта заметка уже зачёркнута.") if note.is_struck else "",
        section=SECTION,
        form=StrikeForm,
        fields_of={"note.reason": "reason"},
    )
    return carry_out(request, customer, step, work)


def _written(request: HttpRequest, customer: Customer, form: NoteForm) -> bool:
    """Writes the note; False after a refusal, which the form then shows."""
    told = form.cleaned_data
    try:
        notes.write(customer=customer, text=told["text"], by=Actor.of(request, token=told["token"]))
    except DomainError as refusal:
        form.add_error("text", refusal.message)
        return False
    return True
