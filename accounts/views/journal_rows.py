"""The rows of «Журнал действий» as HTML (1.3): a row is one text with its values, as in `subscribers/call_rows.py`."""

from collections.abc import Iterable
from html import escape
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import AuditEvent
from sipcabinet.lib import clock
from sipcabinet.lib.changes import ShownChange


def html(events: Iterable[tuple[AuditEvent, str, list[ShownChange]]]) -> SafeString:
    """The rows of events, each with who did it and the changes to show. Everything that an event holds is escaped."""
    labels = {"action": _("Действие"), "who": _("Кто"), "address": _("IP-адрес")}
    row, operation = _ROW.format(**{name: escape(label) for name, label in labels.items()}), escape(_("операция"))
    return SafeString(
        "".join(
            [
                row
                % (
                    clock.show_moment(event.at),
                    escape(event.summary),
                    _operation(event.details, operation),
                    "".join(map(_change, changes)) if changes else "",
                    escape(actor),
                    "—" if event.address is None else escape(event.address),
                )
                for event, actor, changes in events
            ]
        )
    )


_ROW = """<tr>
<th scope="row" class="nw">%s</th>
<td data-l="{action}" data-role="wide">
<div>
%s
%s%s</div>
</td>
<td class="nw" data-l="{who}" data-role="end">%s</td>
<td data-l="{address}">%s</td>
</tr>
"""


def _operation(details: Any, label: str) -> str:
    number = details.get("operation") if isinstance(details, dict) else None
    return f'<div class="muted small">{label} <span class="nw">{escape(str(number))}</span></div>\n' if number else ""


def _change(change: ShownChange) -> str:
    label, before, after = map(escape, change)
    return f'<div class="muted small">{label}: {before} → {after}</div>\n'
