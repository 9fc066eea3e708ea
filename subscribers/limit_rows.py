"""The rows of the history of limits as HTML (16.6): a row is one text with its values, as in `call_rows`."""

from collections.abc import Iterable
from html import escape

from django.template.defaultfilters import capfirst
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sipcabinet.lib import clock
from subscribers.models import Bound, LimitCrossing, TrunkBar
from subscribers.selectors.limit_words import amount, bound_name, why


def crossings(lines: Iterable[LimitCrossing]) -> SafeString:
    """«Достигнуто»: which share of which limit was reached when."""
    row = _CROSSING.format(limit=escape(_("Лимит")), reached=escape(_("Достигнуто")), letter=escape(_("Письмо")))
    sent = escape(_("отправлено"))
    limits: dict[Bound, str] = {}  # lines in a row mostly tell of the same limit
    rows = []
    for one in lines:
        bound = Bound(one.owner, one.period, one.measure, one.amount)
        limit = limits.get(bound)
        if limit is None:
            limits[bound] = limit = escape(f"{capfirst(bound_name(bound))}: {amount(one.measure, one.amount)}")
        rows.append(row % (clock.show_moment(one.at), limit, one.percent, sent if one.is_told else "—"))
    return SafeString("".join(rows))


def lifted(lines: Iterable[TrunkBar]) -> SafeString:
    """«Закрытия платных направлений»: bars that are lifted, why and by whom, all of it escaped."""
    row = _LIFTED.format(opened=escape(_("Открыто")), why=escape(_("Причина")), who=escape(_("Кто открыл")))
    return SafeString(
        "".join(
            [
                row
                % (
                    clock.show_moment(bar.started_at),
                    clock.show_moment(bar.lifted_at) if bar.lifted_at else "",
                    escape(why(bar)),
                    escape(_by_whom(bar)),
                    escape(bar.lifted_why),
                )
                for bar in lines
            ]
        )
    )


def _by_whom(bar: TrunkBar) -> str:
    """Who lifted a bar; staff are not named to customers."""
    if bar.lifted_by_id is None:
        return _("Система")
    user = bar.lifted_by
    return _("Оператор") if user is None or user.is_staff else user.get_full_name() or str(user)


_CROSSING = """<tr>
<th scope="row">%s</th>
<td class="wrap" data-l="{limit}">%s</td>
<td class="num" data-l="{reached}" data-role="end">%d %%</td>
<td data-l="{letter}">
%s
</td>
</tr>
"""
_LIFTED = """<tr>
<th scope="row">%s</th>
<td data-l="{opened}">%s</td>
<td class="wrap" data-l="{why}">%s</td>
<td class="wrap" data-l="{who}">
%s
<br>
<span class="muted small">%s</span>
</td>
</tr>
"""
