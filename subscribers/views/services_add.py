"""«Добавление услуг»: choice → parameters, if a service needs them → review → the operation's page (3.2).

The picked services are in the URL; phone numbers are sent only in hidden fields, so that no log contains them.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from subscribers import service_rows
from subscribers.forms.services import AddForm, ParametersForm, adding
from subscribers.models import Operation, Service
from subscribers.selectors import minute_packages, service_effects, services
from subscribers.services import connected_services
from subscribers.services.service_parameters import lines
from subscribers.services.service_rules import ServiceError
from subscribers.views.services_wizard import Walk, step


@step
def choose(request: HttpRequest, walk: Walk) -> HttpResponse:
    """Step 1. A GET with services in the URL shows them marked, with errors if any."""
    data = walk.answers if walk.is_post or "services" in request.GET else None
    form = AddForm(data, standing=walk.standing, known=walk.catalogue.services)
    on = services.assigned(walk.periods)
    minutes = minute_packages.listed() if walk.subscriber.is_trunk else []
    form.offer(adding(services.offers(walk.subscriber, on, walk.catalogue), on, minutes))
    if walk.is_post and form.is_valid():
        return redirect(walk.url("services_add_check", form.cleaned_data["services"]))
    return render(request, "subscribers/services/add.html", walk.context(form=form))


@step
def check(request: HttpRequest, walk: Walk) -> HttpResponse:
    """Steps 2 and 3: the parameters, then the review, which a POST with `confirm` confirms."""
    picked = walk.picked()
    if not picked:
        return redirect(walk.url("services_add"))
    filled = "filled" in request.POST
    form = ParametersForm(request.POST if filled else None, subscriber=walk.subscriber, services=picked)
    if "confirm" in request.POST and "back" not in request.POST and (form.is_valid() or not form.asks):
        return walk.done(_add(walk, picked, form))
    try:
        walk.standing.require_addable(picked)
    except ServiceError:
        return redirect(walk.url("services_add", picked))
    if form.asks and (not form.is_valid() or "back" in request.POST):
        return render(request, "subscribers/services/parameters.html", _asked(walk, picked, form))
    return render(request, "subscribers/services/add_check.html", _reviewed(walk, picked, form))


def _add(walk: Walk, picked: list[Service], form: ParametersForm) -> Operation:
    chosen = [connected_services.Chosen(service, form.parameters.get(service.pk, {})) for service in picked]
    agreed = walk.answers.getlist("replacing")
    replacing = {service.pk for service in walk.catalogue.services if str(service.pk) in agreed}
    return connected_services.add(subscriber=walk.subscriber, chosen=chosen, by=walk.by(), replacing=replacing)


def _asked(walk: Walk, picked: list[Service], form: ParametersForm) -> dict[str, Any]:
    return walk.context(form=form, hidden=walk.hidden(picked), back_url=walk.url("services_add", picked))


def _reviewed(walk: Walk, picked: list[Service], form: ParametersForm) -> dict[str, Any]:
    """Context of the review: the changes, and the hidden fields that repeat them on confirmation."""
    replaced = [row.service for row in walk.standing.in_the_way(picked)]
    effects, lost = service_effects.of_replacing(walk.periods, picked, replaced)
    return walk.context(
        picked=[(service, lines(form.parameters.get(service.pk, {}))) for service in picked],
        replaced=replaced,
        effects=effects,
        effect_rows=service_rows.effects(effects),
        lost=lost,
        hidden=[
            *walk.hidden(picked),
            *(("replacing", str(service.pk)) for service in replaced),
            *form.hidden,
        ],
        asks=form.asks,
        change_url=walk.url("services_add", picked),
    )
