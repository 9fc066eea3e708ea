"""One pattern for every action of the customer's page: facts and effect → confirm → back to the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import Customer
from sipcabinet.lib.errors import DomainError

PAGE = "admin:desk_customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What the page of an action shows. `effect`: sentences on what will change; `refusal`: why nothing can be done,
    then there is no form; `section`: the part of the customer's page to go back to; `is_dangerous`: the button's look.
    """

    title: str
    button: str
    facts: Sequence[tuple[str, Any]]
    effect: Sequence[str] = ()
    refusal: str = ""
    section: str = ""
    is_dangerous: bool = False
    form: Callable[[Any], forms.Form]
    fields_of: dict[str, str] = field(default_factory=dict)  # a refusal's code → the field beside which it is shown
    template: str = "desk/customer/step.html"
    extra: dict[str, Any] = field(default_factory=dict)  # what a template of its own needs


def carry_out(
    request: HttpRequest, customer: Customer, step: Step, work: Callable[[Actor, dict[str, Any]], str]
) -> HttpResponse:
    """Shows the step; a valid POST does `work`, which returns the message for the person, and leads back.

    A DomainError of `work` is shown beside its field, what was typed is kept, and nothing is written.
    """
    form = step.form(request.POST if request.method == "POST" and not step.refusal else None)
    if form.is_valid():
        told = form.cleaned_data
        try:
            message = work(Actor.of(request, reason=told.get("reason", ""), token=told["token"]), told)
        except DomainError as refusal:
            form.add_error(step.fields_of.get(refusal.code) or _own_field(form, refusal), refusal.message)
        else:
            messages.success(request, message)
            return redirect(back(customer, step.section))
    context = {**admin.site.each_context(request), "title": step.title, "step": step, "form": form}
    context |= {"customer": customer, "back_url": back(customer, step.section)}
    return TemplateResponse(request, step.template, context | step.extra)


def _own_field(form: forms.Form, refusal: DomainError) -> str | None:
    """The field that the refusal itself names, if the form has it."""
    name = getattr(refusal, "field", "")
    return name if name in form.fields else None


def back(customer: Customer, section: str = "") -> str:
    """The address of the customer's page, or of one of its sections."""
    url = reverse(PAGE, args=[customer.pk])
    return f"{url}#{section}" if section else url
