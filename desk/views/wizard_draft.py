"""What was typed into the wizard «Новый клиент»: it lives in the session until the customer is created (4.11)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from django import forms
from django.http import HttpRequest

from accounts.models import Customer
from desk.forms.new_customer import STEPS, WizardStep

KEY = "new_customer"  # of the session: {token: {"customer": id or None, "steps": {step: {field: text}}}}
MOST = 5  # drafts of one session; the oldest are forgotten
LONGEST = 400  # characters of a kept value


@dataclass(slots=True)
class Draft:
    """A draft of the wizard. With a known `customer` the wizard opens one more account for him. `typed`: the values of
    each step as they were sent, also with faults."""

    token: str
    customer: Customer | None = None
    typed: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def load(cls, request: HttpRequest, token: str) -> Self:
        """The draft of this session; an empty one if the session has none with this token."""
        kept = request.session.get(KEY, {}).get(token)
        if kept is None:
            return cls(token)
        return cls(token, Customer.objects.filter(pk=kept["customer"]).first(), kept["steps"])

    def save(self, request: HttpRequest) -> None:
        kept = {"customer": self.customer.pk if self.customer else None, "steps": self.typed}
        others = [(token, one) for token, one in request.session.get(KEY, {}).items() if token != self.token]
        request.session[KEY] = {**dict(others[-(MOST - 1) :]), self.token: kept}

    def forget(self, request: HttpRequest) -> None:
        request.session[KEY] = {
            token: one for token, one in request.session.get(KEY, {}).items() if token != self.token
        }

    @property
    def steps(self) -> Sequence[WizardStep]:
        """The steps of this draft: a known customer has requisites."""
        return STEPS[1:] if self.customer else STEPS

    def keep(self, step: WizardStep, form: forms.BaseForm, request: HttpRequest) -> None:
        """Keeps the sent values of a step's fields."""
        sent = request.POST
        self.typed[step.code] = {name: sent[name][:LONGEST] for name in form.fields if name in sent}
        self.save(request)

    def filled(self) -> dict[str, Any]:
        """The form of each step with what was sent, by the step's code."""
        return {one.code: one.make(self.customer, self.typed.get(one.code, {})) for one in self.steps}
