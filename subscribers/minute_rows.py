"""The rows of the tables of used minutes as HTML (3.1): a row is one text with its values, as in `call_rows`."""

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sipcabinet.lib import clock, phones
from sipcabinet.lib.periods import Month
from sipcabinet.lib.templates import urls
from subscribers.selectors.minute_usage import DayUsed, NumberUsed, Used


def days(used: Iterable[DayUsed]) -> SafeString:
    """A row for each day: minutes used, minutes left."""
    return SafeString(
        "".join(
            [
                f'<tr>\n<th scope="row">{escape(clock.show_date(one.day))}</th>\n'
                f'<td class="num">{_length(one.seconds)}</td>\n<td class="num">{_length(one.left)}</td>\n</tr>\n'
                for one in used
            ]
        )
    )


def destinations(used: Iterable[Used]) -> SafeString:
    """A row for each destination. Its name is escaped."""
    label = escape(_("Расход, мин:с"))
    return SafeString(
        "".join(
            [
                f'<tr>\n<th scope="row">{escape(one.name)}</th>\n'
                f'<td class="num" data-l="{label}" data-role="end">{_length(one.seconds)}</td>\n</tr>\n'
                for one in used
            ]
        )
    )


def numbers(used: Iterable[NumberUsed], month: Month) -> SafeString:
    """A row for each number, which leads to its calls of the month. Everything that a number holds is escaped."""
    row = _ROW.format(name=escape(_("Название")), destinations=escape(_("Направления")), all=escape(_("Всего, мин:с")))
    asked = f"?month={month.code}&kind=out"
    return SafeString(
        "".join(
            [
                row
                % (
                    escape(urls.url("subscribers:calls", [one.subscriber.pk]) + asked),
                    escape(phones.display(one.subscriber.phone)),
                    escape(one.subscriber.label),
                    "\n<br>".join([_of_destination(each) for each in one.destinations]),
                    _length(one.seconds),
                )
                for one in used
            ]
        )
    )


_ROW = """<tr>
<th scope="row"><a href="%s">%s</a></th>
<td data-l="{name}" data-role="plain">%s</td>
<td data-l="{destinations}" data-role="plain">
<div>
%s
</div>
</td>
<td class="num" data-l="{all}" data-role="end">%s</td>
</tr>
"""


def _of_destination(used: Used) -> str:
    return f'{escape(used.name)}: <span class="nw">{_length(used.seconds)}</span>'


def _length(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"
