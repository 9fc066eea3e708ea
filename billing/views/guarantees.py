"""«История гарантийных обязательств» and «Регистрация платежей»: amount → review → the guarantee (2.2.2, 2.2.3)."""

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import visitor
from accounts.actor import Actor
from accounts.visitor import Visitor
from billing.forms.guarantees import AmountForm, ConfirmForm, GivenForm
from billing.models import GuaranteeState
from billing.selectors import debts, dunning_steps, guarantees
from billing.selectors.debt_words import DebtWords
from billing.selectors.guarantees import Eligibility, GuaranteeAnswer
from billing.services import guarantees as guarantee_services
from billing.services.guarantees import AmountError, GuaranteeError
from sipcabinet.lib import clock, requests, words
from sipcabinet.lib.amounts import LONGEST_AMOUNT

CONFLICT = 409  # for a POST that came too late: nothing was written
TONES = {
    GuaranteeState.PENDING: "info",
    GuaranteeState.ACCEPTED: "ok",
    GuaranteeState.REJECTED: "err",
    GuaranteeState.FULFILLED: "ok",
    GuaranteeState.EXPIRED: "err",
}
SYMBOLS = {
    GuaranteeState.PENDING: "clock",
    GuaranteeState.ACCEPTED: "ok",
    GuaranteeState.REJECTED: "err",
    GuaranteeState.FULFILLED: "ok",
    GuaranteeState.EXPIRED: "warn",
}


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All guarantees, newest first."""
    rows = guarantees.history(visitor.of(request).account)
    context = {"rows": [(guarantee, TONES[GuaranteeState(guarantee.state)]) for guarantee in rows]}
    return render(request, "billing/guarantees/index.html", context)


@login_required
@require_safe
def detail(request: HttpRequest, guarantee_number: str) -> HttpResponse:
    """One guarantee: its state and what happens next. The last page of the wizard that registers it."""
    account = visitor.of(request).account
    guarantee = requests.or_404(guarantees.by_number(account, guarantee_number))
    owed = debts.of(account)
    state = GuaranteeState(guarantee.state)
    context = {
        "guarantee": guarantee,
        "tone": TONES[state],
        "panel": "" if TONES[state] == "ok" else TONES[state],
        "symbol": SYMBOLS[state],
        "short": guarantees.short_of(guarantee, owed),
        "unpaid": guarantees.unpaid_of(guarantee, owed),
        "lasts": _lasts(),
        "placed": "placed" in request.GET,
        "purpose": DebtWords(guarantee.debt).purpose,
    }
    return render(request, "billing/guarantees/detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Step 1: why a guarantee is not possible, or the form with the amount. A GET with an answer shows the answer
    again."""
    answer = guarantees.eligibility(visitor.of(request).account)
    if not answer.may_ask:
        return _refused(request, answer)
    given = request.POST if request.method == "POST" else request.GET if "amount" in request.GET else None
    form = AmountForm(given, unpaid=answer.unpaid)
    if request.method == "POST" and form.is_valid():
        return redirect(_review_url(form.cleaned_data["amount"]))
    return render(request, "billing/guarantees/register.html", _step_one(answer, form))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest) -> HttpResponse:
    """Step 2: what is promised and what follows; its POST sends the request. The amount is in the URL."""
    who = visitor.of(request)
    if request.method == "POST":
        return _confirm(request, who)
    answer = guarantees.eligibility(who.account)
    if not answer.may_ask:
        return _refused(request, answer)
    form = AmountForm(request.GET, unpaid=answer.unpaid)
    if not form.is_valid():
        return redirect(_register_url(request.GET))
    context = _review(who, answer, form.cleaned_data["amount"]) | {"back_url": _register_url(request.GET)}
    return render(request, "billing/guarantees/review.html", context)


def _confirm(request: HttpRequest, who: Visitor) -> HttpResponse:
    """Registers the guarantee. A form sent a second time leads to it, even if the invoice is paid meanwhile."""
    # The service checks the greatest possible amount, under its lock.
    amount, form = GivenForm(request.GET), ConfirmForm(request.POST)
    if not (amount.is_valid() and form.is_valid()):
        return redirect(_register_url(request.GET))
    try:
        guarantee = guarantee_services.register(
            account=who.account,
            amount=amount.cleaned_data["amount"],
            by=Actor.of(request, token=form.cleaned_data["token"]),
        )
    except AmountError:
        return redirect(_register_url(request.GET))
    except GuaranteeError:
        return _refused(request, guarantees.eligibility(who.account))
    return redirect(reverse("billing:guarantee", args=[guarantee.number]) + "?placed=1")


def _refused(request: HttpRequest, answer: Eligibility) -> HttpResponse:
    """The page that says why a guarantee is not possible, and what to do instead. It has no form."""
    page = "not_needed" if answer.standing is GuaranteeAnswer.NOT_NEEDED else "refused"
    context = {"answer": answer, "standing": answer.standing.value}
    status = CONFLICT if request.method == "POST" else 200
    return render(request, f"billing/guarantees/{page}.html", context, status=status)


def _step_one(answer: Eligibility, form: AmountForm) -> dict[str, Any]:
    return {
        "form": form,
        "owed": answer.owed,
        "lasts": _lasts(),
        "cancel_url": reverse("billing:guarantee_list"),
    }


def _review(who: Visitor, answer: Eligibility, amount: Decimal) -> dict[str, Any]:
    assert answer.owed is not None  # noqa: S101 - who may ask owes something
    owed = answer.owed
    return {
        "amount": amount,
        "owed": owed,
        "valid_until": guarantees.valid_until(clock.today(), owed.due_on),
        "restrict_on": dunning_steps.day_to_name(who.account, owed, clock.today()),
        "recipient": who.account.cabinet_email,
        "form": ConfirmForm(),
        "cancel_url": reverse("billing:guarantee_list"),
    }


def _review_url(amount: Decimal) -> str:
    return f"{reverse('billing:guarantee_review')}?amount={amount}"


def _register_url(answers: QueryDict) -> str:
    """The URL of step 1 with the given answer."""
    url, amount = reverse("billing:guarantee_register"), str(answers.get("amount", ""))
    return f"{url}?{urlencode({'amount': amount[:LONGEST_AMOUNT]})}" if amount else url


def _lasts() -> str:
    """GUARANTEE_LIFETIME in words: `10 дней`."""
    return words.counted(settings.GUARANTEE_LIFETIME.days, "день", "дня", "дней")
