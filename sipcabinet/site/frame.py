"""The parts of a customer's page that are the same on all his pages (top bar, footer, dialog) as HTML that is kept.

What is kept depends on `_Facts` and on nothing else, because the templates get nothing else. The CSRF token and the
page's own address differ each time: marks stand for them.
"""

import re
import secrets
from collections.abc import Callable
from html import escape
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf
from django.utils.safestring import SafeString

KEPT = 3_000  # parts, about 3 KB each, in a process
_TOKEN, _PATH = f"token-{secrets.token_hex(8)}", f"path-{secrets.token_hex(8)}"
_MARKS = re.compile(f"({_TOKEN}|{_PATH})")
_made: dict[tuple[str, "_Facts"], list[str]] = {}


class _Customer(NamedTuple):
    name: str


class _Account(NamedTuple):
    number: str
    customer: _Customer


class _User(NamedTuple):
    """The signed-in customer as the templates know him."""

    phone: str
    account_id: int
    account: _Account
    is_authenticated: bool = True


class _Facts(NamedTuple):
    user: _User
    face: str  # all values of the operator's face
    theme: str
    theme_cookie: str
    idle_seconds: int
    site: tuple[str, str]  # what all URLs depend on


def html(template: str, context: Any, render: Callable[[str, dict[str, Any]], str]) -> SafeString | None:
    """The part for the customer of a page, made by `render` from the facts and kept. None if it may not be kept: staff
    look at the page, nobody is signed in, or the page has no token for its forms."""
    user, token, request = context.get("user"), context.get("csrf_token"), context.get("request")
    account = getattr(user, "account", None)
    if account is None or context.get("viewing") is not None or not token or request is None:
        return None
    facts = _facts(request, user, account, context)
    pieces = _made.get((template, facts))
    if pieces is None:
        if len(_made) >= KEPT:
            _made.clear()
        pieces = _MARKS.split(render(template, _values(facts, context["face"])))
        _made[template, facts] = pieces
    values = {_TOKEN: escape(str(token)), _PATH: escape(request.get_full_path())}
    return SafeString("".join([values.get(piece, piece) for piece in pieces]))


def _facts(request: Any, user: Any, account: Any, context: Any) -> _Facts:
    """The facts of a page, which are found once for all its parts."""
    face = context["face"]
    found = getattr(request, "frame_facts", None)
    if found is not None and found[0] is user and found[1] is face:
        return found[2]  # type: ignore[no-any-return]
    facts = _Facts(
        _User(user.phone, account.pk, _Account(account.number, _Customer(account.customer.name))),
        repr(face),
        context["theme"],
        context["theme_cookie"],
        context["idle_seconds"],
        (get_script_prefix(), get_urlconf() or settings.ROOT_URLCONF),
    )
    request.frame_facts = user, face, facts
    return facts


class _Request(NamedTuple):
    """The page's request as the templates know it."""

    get_full_path: str = _PATH


def _values(facts: _Facts, face: Any) -> dict[str, Any]:
    return {
        "user": facts.user,
        "face": face,
        "support": face.support,
        "theme": facts.theme,
        "theme_cookie": facts.theme_cookie,
        "idle_seconds": facts.idle_seconds,
        "viewing": None,
        "csrf_token": _TOKEN,
        "request": _Request(),
    }
