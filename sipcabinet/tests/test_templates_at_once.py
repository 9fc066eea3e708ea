"""Threads that ask for a template at the same moment get it whole: it is compiled once and given out afterwards."""

import sys
from collections.abc import Iterator

import pytest
from django.template import Context, Engine

from sipcabinet.tests.at_once import at_once

THREADS, TIMES = 8, 20
# Texts beside constants become one text, so the list of nodes gets shorter while the template is compiled.
ROW = "{% load i18n %}<td> {% translate 'Да' %} </td>{% if yes %}{% for x in 'ab' %}{{ x }}{% endfor %}{% endif %}"
PAGE = "{% extends 'base.html' %}{% block body %}" + ROW * 60 + "{% include 'row.html' %}{% endblock %}"
BASE = "<main>" + ROW * 20 + "{% block body %}{% endblock %}</main>"
TEMPLATES = {"page.html": PAGE, "base.html": BASE, "row.html": ROW * 20}


@pytest.fixture
def impatient() -> Iterator[None]:
    """Threads take turns as often as the interpreter can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def engine() -> Engine:
    memory = ("django.template.loaders.locmem.Loader", TEMPLATES)
    return Engine(
        loaders=[("sipcabinet.lib.templates.loader.Loader", [memory])],
        libraries={"i18n": "django.templatetags.i18n"},
    )


def page(of: Engine) -> str:
    return of.get_template("page.html").render(Context({"yes": True}))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("impatient")
def test_a_page_first_shown_to_many_at_once_is_whole_for_all_and_later() -> None:
    alone = page(engine())
    for _ in range(TIMES):
        shared = engine()
        assert set(at_once([lambda: page(shared)] * THREADS)) == {alone}  # noqa: B023 - the threads end in this turn
        assert page(shared) == alone
