"""Marks in a text the part that was typed (4.1)."""

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from sipcabinet.lib.spelling import plain

Span = tuple[int, int]


def marked(text: str, needles: Iterable[str], digits: Iterable[str] = ()) -> SafeString:
    """The text, escaped, with a <mark> around each of `needles` (in the spelling of `plain`), and around `digits`
    whatever signs stand between them."""
    low = plain(text)
    spans = [span for needle in needles if needle for span in _all(low, needle)]
    places = [place for place, sign in enumerate(text) if sign.isdigit()]
    figures = "".join(text[place] for place in places)
    spans += [(places[begin], places[end - 1] + 1) for part in digits if part for begin, end in _all(figures, part)]
    return _with_marks(text, _joined(spans))


def _all(text: str, part: str) -> list[Span]:
    found, begin = [], text.find(part)
    while begin >= 0:
        found.append((begin, begin + len(part)))
        begin = text.find(part, begin + len(part))
    return found


def _joined(spans: list[Span]) -> list[Span]:
    """Spans in order, with those that touch each other made one."""
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _with_marks(text: str, spans: list[Span]) -> SafeString:
    parts, done = [], 0
    for begin, end in spans:
        parts.append((text[done:begin], text[begin:end]))
        done = end
    return format_html("{}{}", format_html_join("", "{}<mark>{}</mark>", parts), text[done:])
