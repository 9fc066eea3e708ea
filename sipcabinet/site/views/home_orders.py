"""The last orders of an account on «Главная» as HTML: an order is one text with its values, as in `call_rows`."""

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from billing.selectors.orders import OrderView
from sipcabinet.lib import clock
from sipcabinet.lib.templates import urls
from sipcabinet.site import parts


def html(orders: Iterable[OrderView]) -> SafeString:
    """The items of the list. Everything that an order holds is escaped."""
    icon, number, awaited = parts.icon("list"), escape(_("№")), escape(_("ожидается"))
    items = []
    for order in orders:
        told = f"{number} {escape(order.number)}, {clock.show_moment(order.created_at)}"
        due = "" if order.ended else f"· {awaited} {clock.show_moment(order.due_at)}"
        items.append(
            f'<li>\n<span class="ico">{icon}</span>\n'
            f'<a class="t" href="{escape(urls.url("billing:order", [order.number]))}">{escape(order.title)}</a>\n'
            f"{parts.badge(order.tone, order.state_label)}\n"
            f'<span class="d">\n{told}\n{due}\n</span>\n</li>\n'
        )
    return SafeString("".join(items))
