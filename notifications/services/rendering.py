"""Renders a letter from the three templates in `templates/letters/<kind>/` when the letter is ordered."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context, loader

from operator_profile.selectors import face

SUBJECT_LENGTH = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_BLANK_LINES = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")


@dataclass(frozen=True, slots=True)
class Rendered:
    """The parts of one letter, ready to be stored."""

    subject: str
    text: str
    html: str


def render(kind: str, context: dict[str, Any]) -> Rendered:
    """Renders `subject.txt`, `body.txt` and `body.html` of a kind; the site and the operator are always in the context.

    Escapes only the HTML; the two text templates need no `autoescape off`.
    """
    whole = {**operator(), **context}
    subject = one_line(_template(kind, "subject.txt", whole, escape=False))[:SUBJECT_LENGTH]
    whole["subject"] = subject
    text = _BLANK_LINES.sub("\n\n", _template(kind, "body.txt", whole, escape=False)).strip() + "\n"
    return Rendered(subject, text, _template(kind, "body.html", whole, escape=True).strip() + "\n")


def operator() -> dict[str, Any]:
    """The context of every letter: the operator's face in force (4.16).

    Links start with `site_url`, never with a request's Host."""
    shown = face.in_force()
    return {"site_url": settings.SITE_URL, "face": shown, "support": shown.support}


def one_line(text: str) -> str:
    """The text on one line without control characters, so that it cannot begin another header."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _template(kind: str, name: str, context: dict[str, Any], *, escape: bool) -> str:
    template: Any = loader.get_template(f"letters/{kind}/{name}")
    return _UNSTORABLE.sub("", template.template.render(Context(context, autoescape=escape)))
