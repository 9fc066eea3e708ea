"""The rows of tables of numbers as HTML (3.0): a row is one text with its values, as in `call_rows`."""

from collections.abc import Iterable
from functools import cache
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sipcabinet.lib import money, phones
from sipcabinet.lib.templates import urls
from subscribers.models import SubscriberStatus
from subscribers.selectors.numbers import NumberLine


def html(lines: Iterable[NumberLine]) -> SafeString:
    """The rows of a table of numbers. Everything that a number holds is escaped."""
    row, states = _row(), _states()
    return SafeString("".join([f"<tr>\n{row % _cells(line, states)}" for line in lines]))


def choice(lines: Iterable[NumberLine], chosen: int | None) -> SafeString:
    """The rows of «Выбор SIP-абонента»: the same with a radio button, marked at the primary key `chosen`."""
    row, states, choose = _row(), _states(), escape(_("Выбрать"))
    begin = (
        f'<tr>\n<td class="ctl" data-l="{choose}">\n<input type="radio"\nname="chosen"\nvalue="%s"\n'
        f'aria-label="{choose} %s"\n%s>\n</td>\n'
    )
    rows = []
    for line in lines:
        pk, phone = line.subscriber.pk, escape(phones.display(line.subscriber.phone))
        rows.append(begin % (pk, phone, "checked" if pk == chosen else "") + row % _cells(line, states))
    return SafeString("".join(rows))


@cache
def _row() -> str:
    return _ROW.format(
        label=escape(_("Название")),
        plan=escape(_("Тарифный план")),
        status=escape(_("Статус")),
        cost=escape(_("Звонки, BYN")),
    )


@cache
def _states() -> dict[str, str]:
    """The label of each status, escaped."""
    return {status.value: escape(str(status.label)) for status in SubscriberStatus}


def _cells(line: NumberLine, states: dict[str, str]) -> tuple[str, ...]:
    subscriber = line.subscriber
    return (
        escape(urls.url("subscribers:detail", [subscriber.pk])),
        escape(phones.display(subscriber.phone)),
        escape(subscriber.label),
        escape(subscriber.plan.name),
        f"badge {line.tone}".rstrip(),
        states[subscriber.status],
        escape(money.show(line.cost)),
    )


_ROW = """<th scope="row"><a href="%s">%s</a></th>
<td data-l="{label}" data-role="plain">%s</td>
<td data-l="{plan}" data-role="plain">%s</td>
<td data-l="{status}" data-role="result"><span class="%s">%s</span></td>
<td class="num" data-l="{cost}" data-role="end" data-u="BYN">%s</td>
</tr>
"""
