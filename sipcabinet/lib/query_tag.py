"""`{% querystring %}` of Django in fewer steps: Django copies the query and its keys for each link of a page."""

from typing import Any
from urllib.parse import quote_plus

from django import template
from django.http import QueryDict

register = template.Library()


@register.simple_tag(name="querystring", takes_context=True)
def querystring(context: Any, **changes: Any) -> str:
    """The query of this page with other values. None takes a value away; a new one stands last."""
    query: QueryDict = context.request.GET
    asked = dict(query.lists()) | {name: [value] for name, value in changes.items() if value is not None}
    pairs = [
        f"{quote_plus(name)}={quote_plus(str(value))}"
        for name, values in asked.items()
        if name not in changes or changes[name] is not None
        for value in values
    ]
    return f"?{'&'.join(pairs)}" if asked else ""
