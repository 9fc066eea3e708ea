"""«Удаление услуг» and «Изменить параметры»: choice → review → the operation's page (3.2)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from sipcabinet.lib import requests
from subscribers import service_rows
from subscribers.forms.services import ParametersForm, RemoveForm, name_of, removing, typed
from subscribers.models import Service, ServiceAssignment
from subscribers.selectors import minute_packages, service_effects, services
from subscribers.services import connected_services
from subscribers.services.service_parameters import lines
from subscribers.services.service_rules import ServiceError
from subscribers.views.services_wizard import Walk, step


@step
def choose(request: HttpRequest, walk: Walk) -> HttpResponse:
    """Step 1 of «Удаление услуг». A GET with services in the URL shows them marked, with errors if any."""
    data = walk.answers if walk.is_post or "services" in request.GET else None
    form = RemoveForm(data, standing=walk.standing, known=walk.catalogue.services)
    minutes = minute_packages.held(walk.account, walk.subscriber).now if walk.subscriber.is_trunk else None
    form.offer(removing(services.assigned(walk.periods), minutes))
    if walk.is_post and form.is_valid():
        return redirect(walk.url("services_remove_check", form.cleaned_data["services"]))
    return render(request, "subscribers/services/remove.html", walk.context(form=form, minutes=minutes))


@step
def check(request: HttpRequest, walk: Walk) -> HttpResponse:
    """Step 2: the review, which a POST with `confirm` confirms."""
    picked = walk.picked()
    if not picked:
        return redirect(walk.url("services_remove"))
    if "confirm" in request.POST:
        return walk.done(connected_services.remove(subscriber=walk.subscriber, services=picked, by=walk.by()))
    try:
        rows = walk.standing.require_removable(picked)
    except ServiceError:
        return redirect(walk.url("services_remove", picked))
    effects = service_effects.of_removing(walk.periods, picked)
    context = walk.context(
        removed=[(row.service, lines(row.parameters)) for row in rows],
        effects=effects,
        effect_rows=service_rows.effects(effects),
        hidden=walk.hidden(picked),
        back_url=walk.url("services_remove", picked),
    )
    return render(request, "subscribers/services/remove_check.html", context)


@step
def change(request: HttpRequest, walk: Walk, service_pk: int) -> HttpResponse:
    """«Изменить параметры» of an active service: parameters → review → the operation's page."""
    service = requests.or_404(
        next((one for one in walk.catalogue.services if one.pk == service_pk and one.parameter), None)
    )
    row = walk.standing.on.get(service.pk)
    initial = {name_of(service): typed(row.parameters)} if row else {}
    data = request.POST if "filled" in request.POST else None
    form = ParametersForm(data, initial=initial, subscriber=walk.subscriber, services=[service])
    if "confirm" in request.POST and "back" not in request.POST and form.is_valid():
        chosen = connected_services.Chosen(service, form.parameters[service.pk])
        return walk.done(connected_services.set_parameters(subscriber=walk.subscriber, chosen=chosen, by=walk.by()))
    row = walk.standing.require_one(service)
    if form.is_valid() and "back" not in request.POST and form.must_change(service, row.parameters):
        return render(request, "subscribers/services/set_check.html", _reviewed(walk, service, row, form))
    context = walk.context(form=form, service=service, hidden=walk.hidden([]), back_url="")
    return render(request, "subscribers/services/set.html", context)


def _reviewed(walk: Walk, service: Service, row: ServiceAssignment, form: ParametersForm) -> dict[str, Any]:
    return walk.context(
        service=service,
        was=lines(row.parameters),
        now=lines(form.parameters[service.pk]),
        hidden=[*walk.hidden([]), *form.hidden],
    )
