"""The rows of «История пакетов» as HTML (3.3): a row is one text with its values, as in `call_rows`."""

from collections.abc import Iterable
from functools import cache
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sipcabinet.lib import clock
from sipcabinet.lib.templates import urls
from subscribers.models import ChannelAssignment, Subscriber


def html(trunk: Subscriber, had: Iterable[tuple[ChannelAssignment, str]]) -> SafeString:
    """The rows of the packages that a trunk had, each with who connected it. Everything that they hold is escaped."""
    row, acts, connected = _texts()
    rows = []
    for one, made_by in had:
        by = one.started_by
        reason = f'<br><span class="muted small">{escape(by.reason)}</span>' if by and by.reason else ""
        operation = connected
        if by:
            url = urls.url("subscribers:operation", [trunk.pk, one.started_by_id])
            operation = f'<a href="{escape(url)}">{escape(by.number)}</a>'
        rows.append(
            row
            % (
                escape(one.package.name),
                clock.show_moment(one.started_at),
                clock.show_moment(one.ended_at) if one.ended_at else acts,
                escape(made_by),
                reason,
                operation,
            )
        )
    return SafeString("".join(rows))


@cache
def _texts() -> tuple[str, str, str]:
    """The text of a row with places for values; the words of a package that acts, and of one that nobody changed."""
    labels = {"since": _("С"), "until": _("По"), "who": _("Кто подключил"), "operation": _("Операция")}
    row = _ROW.format(**{name: escape(label) for name, label in labels.items()})
    return row, escape(_("действует")), escape(_("Подключение номера"))


_ROW = """<tr>
<th scope="row">%s</th>
<td data-l="{since}">%s</td>
<td data-l="{until}">
%s
</td>
<td class="wrap" data-l="{who}">
%s
%s
</td>
<td data-l="{operation}">
%s
</td>
</tr>
"""
