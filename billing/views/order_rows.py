"""The rows of «Мои заказы» as HTML (2.5): a row is one text with its values, as in `subscribers/call_rows.py`."""

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from billing.selectors.orders import OrderView
from billing.views.numbered import Address
from billing.views.progress import Progress
from sipcabinet.lib import clock
from sipcabinet.lib.icons import icon


def html(orders: Iterable[OrderView], form_token: str) -> SafeString:
    """The rows of the table's body. A row asks for itself again until its order has come to an end. Everything that an
    order holds is escaped. `form_token`: the CSRF token of the page."""
    row = _Row(form_token)
    return SafeString("".join([row.of(order) for order in orders]))


class _Row:
    """What all rows of a page share."""

    def __init__(self, form_token: str) -> None:
        self._order, self._status = Address("billing:order"), Address("billing:order_status")
        self._file, self._resend = Address("billing:order_file"), Address("billing:order_resend")
        self._row = _ROW.format(
            ordered=escape(_("Что заказано")), state=escape(_("Состояние")), at=escape(_("заказано"))
        )
        self._download = f"{icon('download')}{escape(_('Скачать'))}"
        self._again = f"{icon('send')}{escape(_('Отправить ещё раз'))}"
        self._token = escape(form_token)

    def of(self, order: OrderView) -> str:
        number = escape(order.number)
        return self._row % (
            "" if order.ended else self._polling(order),
            self._order.of(order.number),
            number,
            escape(order.title),
            escape(clock.show_moment(order.created_at)),
            f"badge {order.tone}".rstrip(),
            escape(order.state_label),
            escape(Progress(order).delivery),
            self._actions(order, number) if order.document else "<td></td>",
        )

    def _polling(self, order: OrderView) -> str:
        return (
            f'hx-get="{self._status.of(order.number)}?row&amp;seen={escape(order.fingerprint)}"'
            f' hx-trigger="every {order.poll_seconds}s" hx-swap="outerHTML" hx-headers=\'{{"X-Background": "1"}}\''
        )

    def _actions(self, order: OrderView, number: str) -> str:
        named = f'<span class="vh"> {number}</span>'
        again = (
            f'<form method="post" action="{self._resend.of(order.number)}">\n'
            f'<input type="hidden" name="csrfmiddlewaretoken" value="{self._token}">\n'
            f'<button class="btn sec sm">\n{self._again}{named}\n</button>\n</form>\n'
        )
        return (
            '<td data-role="actions">\n<div class="btns">\n'
            f'<a class="btn sec sm" href="{self._file.of(order.number)}">\n{self._download}{named}\n</a>\n'
            f"{again if order.may_resend else ''}</div>\n</td>"
        )


_ROW = """<tr %s>
<th scope="row">
<a class="nw" href="%s">%s</a>
</th>
<td data-l="{ordered}" data-role="wide">
<div>
%s
<div class="muted small">
{at} <span class="nw">%s</span>
</div>
</div>
</td>
<td data-l="{state}" data-role="wide">
<div>
<span class="%s">%s</span>
<div class="muted small">%s</div>
</div>
</td>
%s
</tr>
"""
