"""Shared parts of the services wizards: the actor, the picked services, and the refusals (3.2, 2.4)."""

from collections.abc import Callable, Iterable
from functools import cached_property, wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts import visitor
from accounts.actor import Actor
from accounts.models import Account
from sipcabinet.lib import sent_once
from sipcabinet.lib.prepared import ask
from subscribers.forms.services import MINUTES
from subscribers.models import Operation, Service
from subscribers.selectors import numbers, services
from subscribers.selectors.services import Catalogue
from subscribers.services.service_rules import ByApplicationError, ServiceError, SubscriberServices
from subscribers.views import chosen
from subscribers.views.services import refused

MOST_PICKED = 100
CONFLICT = 409

Step = Callable[..., HttpResponse]


class Walk:
    """One request of a wizard: the visitor's own subscriber, and the services picked so far."""

    def __init__(self, request: HttpRequest, pk: int) -> None:
        self.request = request
        self.who = visitor.of(request)
        if request.method != "POST":
            account = self.who.account
            ask(numbers.asks(account, pk), services.periods_asks(account, pk), services.catalogue_asks())
        self.subscriber = chosen.choose_or_404(request, self.who.account, pk)
        self.periods = services.periods(self.who.account, self.subscriber)
        self.standing = SubscriberServices.among(self.subscriber, self.periods)
        self.answers: QueryDict = request.POST if request.method == "POST" else request.GET

    @property
    def account(self) -> Account:
        return self.who.account

    @cached_property
    def catalogue(self) -> Catalogue:
        return services.catalogue()

    @property
    def is_post(self) -> bool:
        return self.request.method == "POST"

    @property
    def marks(self) -> list[str]:
        """The marked values as received."""
        return [str(mark) for mark in self.answers.getlist("services")[:MOST_PICKED]]

    def picked(self) -> list[Service]:
        """The marked services, in the catalogue's order; unknown values are left out."""
        marks = set(self.marks)
        return [service for service in self.catalogue.services if str(service.pk) in marks]

    def require_permitted(self) -> None:
        """Raises ByApplicationError if the POST contains a minute package or a service `by_application` (2.4)."""
        if any(mark.startswith(MINUTES) for mark in self.marks):
            raise ByApplicationError
        for service in self.picked():
            if service.by_application:
                raise ByApplicationError(service)

    @property
    def token(self) -> str:
        """Identifies one walk through the wizard, so that a form sent twice counts once; new at the first step."""
        return sent_once.token_of(self.answers)

    def by(self) -> Actor:
        """The actor who confirms the change."""
        return Actor.of(self.request, token=f"services:{self.token}")

    def url(self, name: str, picked: Iterable[Service] = (), *args: Any) -> str:
        """The URL of a step, with the picked services."""
        query = QueryDict(mutable=True)
        query.setlist("services", [str(service.pk) for service in picked])
        address = reverse(f"subscribers:{name}", args=[self.subscriber.pk, *args])
        return f"{address}?{query.urlencode()}" if query.getlist("services") else address

    def done(self, operation: Operation) -> HttpResponse:
        """Redirects to the page of the operation."""
        return redirect(reverse("subscribers:operation", args=[self.subscriber.pk, operation.pk]) + "?done=1")

    def hidden(self, picked: Iterable[Service]) -> list[tuple[str, str]]:
        """Hidden fields that repeat the walk's data in the next form."""
        return [*(("services", str(service.pk)) for service in picked), ("token", self.token), ("filled", "1")]

    def context(self, **more: Any) -> dict[str, Any]:
        """Template context shared by all steps."""
        given = {
            "subscriber": self.subscriber,
            "chosen_subscriber": self.subscriber,
            "cancel_url": self.url("services"),
        }
        return given | more


def step(view: Step) -> Callable[..., HttpResponse]:
    """Decorates a wizard step: a refusal becomes a page with the reason, and nothing is written."""

    @login_required
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def walked(request: HttpRequest, pk: int, **more: Any) -> HttpResponse:
        walk = Walk(request, pk)
        try:
            if walk.is_post:
                walk.require_permitted()
            if "confirm" not in request.POST:  # a confirmed change is checked under the lock, unless it was made before
                walk.standing.require_open()
            return view(request, walk, **more)
        except ServiceError as refusal:
            return refused(request, walk.subscriber, refusal, _status(walk, refusal))

    return walked


def _status(walk: Walk, refusal: ServiceError) -> int:
    if not walk.is_post:
        return 200
    return 403 if isinstance(refusal, ByApplicationError) else CONFLICT
