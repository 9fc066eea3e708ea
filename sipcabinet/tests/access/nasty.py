"""Values that forms, URLs and tokens must survive, and the names of the parameters in which they are sent."""

import base64
import inspect
import json
import re
import sys
from types import ModuleType
from typing import Any

from django.forms import BaseForm

from sipcabinet.tests.access.patterns import Pattern


def token(*values: object) -> str:
    """A token of a page in the format of `keyset`."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


# Text that PostgreSQL cannot hold, and bytes that are no text, in the form of a URL.
REFUSED = {
    "nul": "%00",
    "nul in text": "a%00b",
    "surrogate": "%ED%A0%80",
    "not utf-8": "%FF%FE",
    "cut utf-8": "%D0",
    "overlong": "%C0%80",
}
# Text that may be stored, but that a form does not expect: too large, too small or strange.
STRANGE = {
    "beyond bigint": "99999999999999999999",
    "below bigint": "-99999999999999999999",
    "bigint": "9223372036854775808",
    "beyond int": "3000000000",
    "too long for int()": "9" * 5000,
    "exponent": "1e999999",
    "infinity": "Infinity",
    "nan": "NaN",
    "superscript": "²",
    "arabic digits": "٣٣٣٣",
    "underscores": "1_000",
    "first day": "0001-01-01",
    "last day": "9999-12-31",
    "first day, russian": "01.01.0001",
    "last day, russian": "31.12.9999",
    "first month": "0001-01",
    "last month": "9999-12",
    "no month": "0000-00",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "control": "\x01\x1b\x0b\x85",
    "no character": "\ufffe\uffff",
    "right to left": "\u202e\u2028",
    "beyond": "\U0010ffff",
    "query": "?a=b&c=%00%25",
    "token of surrogates": token("\ud800", 1),
    "token of surrogates behind a date": token("2026-01-01T00:00:00+00:00", "\ud800"),
    "token of nul": token("\0", 1),
    "token beyond bigint": token("2026-01-01", 10**30),
    "token beyond the calendar": token("9999-12-31T23:59:59-14:00", 1),
    "token before the calendar": token("0001-01-01T00:00:00+14:00", 1),
    "token of moments": token("2026-01-01T00:00:00+00:00", "9" * 200),
}
# Parameters that the admin's lists and pages of every model read from a URL.
OF_ADMIN = (
    *("q", "p", "o", "all", "e", "_changelist_filters", "_popup", "_to_field", "id__exact", "pk__in", "next"),
    *("app_label", "model_name", "field_name", "term", "page", "_facets", "_selected_action", "action", "index"),
)


def names_of(pattern: Pattern) -> list[str]:
    """The parameters that a route's page reads from a URL or a form, found in its view's module, forms and admin."""
    module = sys.modules[pattern.view.__module__]
    admin = getattr(pattern.view, "model_admin", None)
    if admin is not None:
        return sorted({*OF_ADMIN, *_of_module(sys.modules[type(admin).__module__]), *_of_model_admin(admin)})
    return sorted(_of_module(module))


def _of_module(module: ModuleType) -> set[str]:
    """Literal names of parameters in the module, and the fields of every form that the module imports or defines."""
    read = re.findall(r'(?:GET|POST|answers|asked)(?:\.get|\.getlist)?[(\[]"(\w+)"', inspect.getsource(module))
    found = {*read, *re.findall(r'"(\w+)" (?:not )?in request\.(?:GET|POST)', inspect.getsource(module))}
    for known in vars(module).values():
        if isinstance(known, type) and issubclass(known, BaseForm):
            found |= set(getattr(known, "base_fields", ()))
        elif isinstance(known, ModuleType) and known.__name__.endswith("_wizard"):
            found |= _of_module(known)
    return found


def _of_model_admin(admin: Any) -> set[str]:
    found: set[str] = set()
    for given in admin.list_filter:
        name = given[0] if isinstance(given, tuple) else given
        if isinstance(name, str):
            found |= {f"{name}__exact", f"{name}__id__exact", f"{name}__gte", f"{name}__lt", f"{name}__isnull"}
        else:
            found.add(str(getattr(name, "parameter_name", "") or "id"))
    if admin.date_hierarchy:
        found |= {f"{admin.date_hierarchy}__{part}" for part in ("year", "month", "day", "gte")}
    for field in admin.model._meta.get_fields():
        found |= {field.name, f"{field.name}_0", f"{field.name}_1"} if field.concrete else set()
    return found
