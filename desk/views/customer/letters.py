"""«Отправить ещё раз»: a letter that did not arrive, from its queue and from the customer's page (4.1, 4.2)."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.actor import Actor
from billing.services import repeats
from desk.forms.customer import RecipientForm
from desk.selectors.customer.dispatches import Sent
from desk.views.customer import found
from desk.views.customer.step import Step, carry_out
from notifications.models import Letter
from sipcabinet.lib import clock, refusals, staff
from sipcabinet.lib.errors import DomainError

SEND = "notifications.change_letter"
QUEUE = "letters"


def of_customer(request: HttpRequest, pk: int, letter_pk: int) -> HttpResponse:
    """Beside the letter on the customer's page; leads back to it."""
    customer = found.customer_of(request, pk)
    letter = found.letter_of(customer, letter_pk)

    def work(by: Actor, told: dict[str, Any]) -> str:
        return _done(repeats.send(letter=letter, recipient=told["recipient"], by=by))

    step = Step(
        title=_("Отправить письмо ещё раз"),
        button=_("Отправить ещё раз"),
        facts=_facts(letter),
        effect=[_effect()],
        refusal=repeats.why_not(letter),
        section="letters",
        form=partial(RecipientForm, repeats.addresses(letter)),
        fields_of={"repeat.recipient": "recipient"},
    )
    return carry_out(request, customer, step, work)


def waiting(request: HttpRequest, pk: int) -> HttpResponse:
    """A row of the queue «Письма не доставлены»; leads to the next one."""
    letter = Letter.objects.filter(pk=pk).first()
    if letter is None:
        raise Http404
    form = RecipientForm(repeats.addresses(letter), request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            sent = repeats.send(letter=letter, recipient=form.cleaned_data["recipient"], by=Actor.of(request))
        except DomainError as refusal:
            refusals.show(form, refusal)
        else:
            messages.success(request, _done(sent))
            return redirect(staff.next_in_queue(QUEUE, pk))
    context = {**admin.site.each_context(request), "title": letter.subject, "queue_name": QUEUE, "row": letter}
    context |= {"form": form, "submit_label": _("Отправить ещё раз"), "facts": _facts(letter), "effect": _effect()}
    context |= {"refusal": repeats.why_not(letter), "account": repeats.account_of(letter)}
    return TemplateResponse(request, "desk/letter_again.html", context)


def _facts(letter: Letter) -> list[tuple[str, Any]]:
    sent = Sent(letter)
    return [
        (_("Письмо"), letter.subject),
        (_("Кому"), letter.recipient),
        (_("Когда"), clock.show_moment(letter.created_at)),
        (_("Состояние"), sent.label),
        (_("Ответ сервера"), sent.answer or "—"),
        (_("Попыток"), letter.tries),
    ]


def _effect() -> str:
    return _("То же письмо с теми же файлами уйдёт ещё раз. Прежнее останется в истории.")


def _done(sent: Letter) -> str:
    return _("Письмо «%(subject)s» отправляется: %(recipient)s") % {
        "subject": sent.subject,
        "recipient": sent.recipient,
    }
