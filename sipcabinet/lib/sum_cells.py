"""The cells with sums in a row of a table of charges, as HTML."""

from functools import cache
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sipcabinet.lib import money
from sipcabinet.lib.money import NetAndVat


def charge_sums(sums: NetAndVat) -> SafeString:
    """Three cells: net, VAT, gross."""
    net, vat = sums.net, sums.vat
    return SafeString(_cells() % (money.show(net), money.show(vat), money.show(net + vat)))


@cache
def _cells() -> str:
    net, vat, gross = map(escape, (_("Без НДС, BYN"), _("НДС, BYN"), _("С НДС, BYN")))
    return (
        f'<td class="num" data-l="{net}">%s</td>\n<td class="num" data-l="{vat}">%s</td>\n'
        f'<td class="num" data-l="{gross}" data-role="end" data-u="BYN">%s</td>\n'
    )
