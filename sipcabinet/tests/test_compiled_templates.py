"""Templates whose constant parts are computed once give the same page as Django's own engine."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from django.conf import LazySettings
from django.template import Context, Engine
from django.template.base import TextNode
from django.utils.translation import gettext_lazy

LIBRARIES = {
    "i18n": "django.templatetags.i18n",
    "static": "django.templatetags.static",
    "portal": "sipcabinet.site.templatetags.portal",
}


class Row(NamedTuple):
    name: str
    size: int


class Thing:
    name = "<b>&'\""

    def method(self) -> str:
        return "called"

    def delete(self) -> str:
        raise AssertionError

    delete.alters_data = True  # type: ignore[attr-defined]

    def __getitem__(self, key: str) -> str:
        if key == "item":
            return "by key"
        raise KeyError(key)


VALUES: dict[str, Any] = {
    "thing": Thing(),
    "row": Row("<i>", 3),
    "rows": [Row("a", 1), Row("b", 2)],
    "mapping": {"key": "<u>", "items": "own"},
    "number": 1234.5,
    "none": None,
    "lazy": gettext_lazy("Да"),
    "inner": SimpleNamespace(deep=SimpleNamespace(er="deep")),
    "function": lambda: "called",
    "big": 1234567,
    "small": -5,
    "yes": True,
    "moment": datetime(2026, 11, 30, 22, tzinfo=UTC),
}
# fmt: off
SOURCES = [
    "{{ thing.name }}|{{ thing.method }}|{{ thing.delete }}|{{ thing.item }}|{{ thing.no }}|{{ no }}|{{ no.way }}",
    "{{ row.name }}|{{ row.1 }}|{{ row.size }}|{{ rows.1.name }}|{{ rows.7 }}|{{ rows.count }}",
    "{{ mapping.key }}|{{ mapping.items }}|{{ mapping.no }}|{{ number }}|{{ none }}|{{ lazy }}|{{ inner.deep.er }}",
    ("{{ function }}|{{ no|default:'x' }}|{{ row.name|safe }}|{{ thing.name|upper }}|{{ none"
     "|default_if_none:row.name }}"),
    "{% for one in rows %}{{ forloop.counter }}{{ one.name }}{% empty %}none{% endfor %}{{ one }}",
    "{% if row.size > 2 and not none %}a{% elif no %}b{% else %}c{% endif %}{% if no.way %}d{% endif %}",
    ("{% load i18n %}{% translate 'Да <b>' %}{% translate row.name %}{% translate '50 %' %}"
     "{% translate 'Да' as yes %}{{ yes }}"),
    "{% load i18n %}{% blocktranslate %}Текст & 50 %{% endblocktranslate %}",
    ("{% load i18n %}"
     "{% blocktranslate trimmed with a=row.name b=no %}\n  {{ a }} и {{ b }},\n {{ number }} %\n"
     "{% endblocktranslate %}"),
    "{% load i18n %}{% blocktranslate asvar text with a=row.name %}{{ a }}{% endblocktranslate %}[{{ text }}]",
    "{% load i18n %}{% blocktranslate count n=row.size %}один{% plural %}{{ n }} штук{% endblocktranslate %}",
    "{% load static %}{% static 'favicon.svg' %}{% static 'favicon.svg' as f %}{{ f }}",
    "{% load portal %}{% icon 'mail' %}{% badge 'ok' row.name %}{% badge '' 'x & y' %}{% icon 'mail' as i %}{{ i }}",
    "{% load portal i18n %}{% card _('Заказы') note=row.name %}{{ row.name }}{% translate 'Да' %}{% endcard %}",
    "{% load portal %}{% table _('А') 'num' _('Б') caption=_('В') %}<tr>{{ row.name }}</tr>{% endtable %}",
    "{% url 'site:home' %}{% url 'site:home' as home %}{{ home }}{% url 'no:page' as no_page %}[{{ no_page }}]",
    ("{% with a=row.name b='x' %}{{ a }}{{ b }}{% endwith %}{{ a }}"
     "{% firstof no row.name %}{{ 'lit & eral' }}{{ _('Да') }}"),
    ("{% include 'part' %}{% include 'part' with name=row.name %}{% include 'part' with name='y' only %}"
     "{% include which %}"),
    "{% for one in rows %}{% include 'cycle' %}{% endfor %}",
    ("{{ none.x }}|{{ none.0 }}|{% if none.x == 1 %}a{% endif %}{% if none.x == none %}b{% endif %}|{{ mapping.0 }}|"
     "{{ mapping.copy.key }}|{{ mapping.no.way }}|{{ mapping.no|default:'x' }}|{% if mapping.no %}c{% endif %}"),
    "{% url 'subscribers:detail' 3 %}{% url 'subscribers:detail' row.size as one %}{{ one }}",
    ("{% url 'subscribers:service_set' row.size 5 %}{% url 'billing:order' 'З-1' %}{% url 'billing:order' 7 %}"
     "{% url 'subscribers:detail' 'x' as no_page %}[{{ no_page }}]"),
    ("{% for one in rows %}{% for two in rows %}{{ forloop.parentloop.counter }}{% if forloop.last %}{{ two.size }}"
     "{% endif %}{{ forloop.revcounter0 }}{% endfor %}{% endfor %}{% for one in no %}x{% empty %}none{% endfor %}"),
    ("{% for name, size in rows %}{{ name }}{{ size }}{{ forloop.first }}{% endfor %}{% for one in rows reversed %}"
     "{{ one.name }}{% endfor %}{% for one in mapping %}{{ one }}{% endfor %}{% for one in none %}x{% endfor %}"),
    ("{% if no|default:row.size > 2 %}a{% endif %}{% if none|default_if_none:'' == '' %}b{% endif %}"
     "{% if 'x' in mapping or not no.way %}c{% endif %}{% if row.size|add:no.way %}d{% else %}e{% endif %}"),
    ("{{ row.size }}|{{ big }}|{{ small }}|{{ yes }}|{{ row.size|add:'1' }}|{{ 12 }}|"
     "{{ 1.5 }}|{{ row.name|linebreaks }}|{{ 'a<b'|upper }}|{{ moment|date:'H' }}|{{ thing.name|force_escape|upper }}"),
    "{% load portal %}{% fact 'А' row.name %}{% fact 'А' row.size %}{% icon name='mail' %}{% fact 'А' none %}",
    ("{% url 'billing:invoice_line' '000014' 'fee' row.size %}{% url 'billing:invoice_file' '14' 'a b/%' as a %}{{ a }}"
     "{% url 'billing:invoice_file' '14' 'акт' %}{% url 'subscribers:detail' '7' %}{% url 'billing:invoice' '' as b %}"
     "{% url 'accounts:end_session' '0b0e7d0c-8a53-4b8e-9a55-0d6a5a3f4c11' %}"
     "{% url 'accounts:end_session' 'x' as c %}[{{ c }}]"),
    "{% extends 'child' %}{% block a %}{{ block.super }}grandchild{{ row.name }}{% endblock %}",
    "{% autoescape off %}{{ row.name }}{% endautoescape %}{# note #}{% comment %}x{% endcomment %}",
]
# fmt: on
OTHERS = {
    "part": "({{ name }}{{ row.name }})",
    "cycle": "{% cycle 'odd' 'even' %}{% ifchanged one.name %}new{% endifchanged %}",
    "base": "<{% block a %}base{% endblock %}|{% block b %}{{ row.size }}{% endblock %}>",
    "child": "{% extends 'base' %}{% block a %}{{ block.super }}child{% endblock %}",
}


def engine(source: str, *, quick: bool) -> Engine:
    memory = ("django.template.loaders.locmem.Loader", OTHERS | {"page": source})
    loader = "sipcabinet.lib.templates.loader.Loader" if quick else "django.template.loaders.cached.Loader"
    return Engine(loaders=[(loader, [memory])], libraries=LIBRARIES)


def spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("source", SOURCES)
def test_a_page_is_the_same(source: str) -> None:
    plain = engine(source, quick=False).get_template("page").render(Context(VALUES | {"which": "part"}))
    folded = engine(source, quick=True).get_template("page")
    for _ in range(2):
        assert spaced(folded.render(Context(VALUES | {"which": "part"}))) == spaced(plain)


def test_a_missing_name_is_shown_as_the_engine_says() -> None:
    source = "{{ no.way }}{{ no|upper }}{% if no %}a{% endif %}{% if no|default:1 %}b{% endif %}"
    shown = []
    for quick in (False, True):
        page = engine(source, quick=quick)
        page.string_if_invalid = "[%s]"
        shown.append(page.get_template("page").render(Context(VALUES)))
    assert shown == ["[no.way][no]b"] * 2


def test_constants_become_one_text() -> None:
    source = (
        "{% load i18n static portal %}<p>\n    {% translate 'Да' %} {% static 'favicon.svg' %}{% icon 'mail' %}</p>"
    )
    nodes = engine(source, quick=True).get_template("page").nodelist
    assert [type(node) for node in nodes] == [TextNode]


def test_what_is_written_on_purpose_keeps_its_space() -> None:
    source = "<textarea>\n   a</textarea>"
    assert engine(source, quick=True).get_template("page").render(Context()) == source


def test_a_second_language_is_translated_for_each_page(settings: LazySettings) -> None:
    settings.LANGUAGES = [("ru", "ru"), ("en", "en")]
    source = "{% load i18n %}{% translate 'Да' %}"
    nodes = engine(source, quick=True).get_template("page").nodelist
    assert [type(node).__name__ for node in nodes] == ["TranslateNode"]
