"""The portal's `{% querystring %}` gives what Django's gives (`sipcabinet.lib.query_tag`)."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.http import QueryDict
from django.template import RequestContext, defaulttags, engines

from sipcabinet.lib.query_tag import querystring

CHANGES: list[dict[str, Any]] = [
    {}, {"page": 3}, {"page": None}, {"a": None, "b": "х&y="}, {"new": "я ", "gone": None}, {"a": None, "b": None},
]  # fmt: skip


@pytest.mark.parametrize("query", ["", "a=1", "a=1&b=%D1%8F+%26&a=2&page=", "b=%2F%2B%7E-_.%22&x="])
@pytest.mark.parametrize("changes", CHANGES)
def test_links_are_those_of_django(query: str, changes: dict[str, Any]) -> None:
    context: Any = SimpleNamespace(request=SimpleNamespace(GET=QueryDict(query)))
    assert querystring(context, **changes) == defaulttags.querystring(context, **changes)


def test_templates_have_it_and_escape_it() -> None:
    template: Any = engines["django"].from_string('{% querystring b="2" %}').template  # type: ignore[attr-defined]
    assert template.nodelist[0].func is querystring
    context = RequestContext(SimpleNamespace(GET=QueryDict("a=1")))  # type: ignore[arg-type]
    assert template.nodelist[0].render(context) == "?a=1&amp;b=2"
