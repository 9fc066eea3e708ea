"""The rows of tables of services as HTML (3.2): a row is one text with its values, as in `call_rows`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from html import escape
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sipcabinet.lib import clock, money, phones
from sipcabinet.lib.templates import urls
from subscribers.models import ChannelAssignment, Operation, Service, ServiceAssignment, Subscriber
from subscribers.selectors.minute_packages import MinutesShown
from subscribers.selectors.service_effects import Effects
from subscribers.selectors.services import Assigned, Offer

MOST_NUMBERS_OPEN = 3  # of a list of numbers that is not folded


def assigned(subscriber: Subscriber, lines: Iterable[Assigned]) -> SafeString:
    """«Назначенные услуги»: each with its price and what may be done with it. Everything of a service is escaped."""
    labels = {
        "parameters": escape(_("Параметры")),
        "since": escape(_("Подключена")),
        "fee": escape(_("В месяц")),
    }
    row, fees = _ASSIGNED.format(**labels), _Fees()
    remove, change, what = escape(_("Удалить")), escape(_("Изменить")), escape(_("параметры:"))
    checked = urls.url("subscribers:services_remove_check", [subscriber.pk])
    rows = []
    for one in lines:
        service, name = one.service, escape(one.service.name)
        if service.by_application:
            actions = _on_paper(subscriber, service, escape(_("по заявлению")))
        else:
            actions = _link(f"{checked}?services={service.pk:d}", remove, f": {name}")
            if one.may_be_set:
                address = urls.url("subscribers:service_set", [subscriber.pk, service.pk])
                actions = _link(address, change, f" {what} {name}") + actions
        shown = _parameters(one.assignment.parameters), clock.show_date(one.since), fees.shown(one.fee)
        rows.append(row % (name, *shown, actions))
    return SafeString("".join(rows))


def offered(subscriber: Subscriber, lines: Iterable[Offer]) -> SafeString:
    """«Доступные услуги»: each with its price and the way to it. Everything of a service is escaped."""
    row, fees = _OFFERED.format(fee=escape(_("В месяц"))), _Fees()
    add, paper = escape(_("Добавить")), escape(_("только по заявлению"))
    checked = urls.url("subscribers:services_add_check", [subscriber.pk])
    rows = []
    for one in lines:
        service, name, actions = one.service, escape(one.service.name), ""
        if one.is_free_to_choose:
            actions = _link(f"{checked}?services={service.pk:d}", add, f": {name}")
        elif service.by_application:
            actions = _on_paper(subscriber, service, paper)
        told = f'<p class="muted small">{escape(service.description)}</p>\n' if service.description else ""
        rows.append(row % (name, told, fees.shown(one.fee), actions))
    return SafeString("".join(rows))


def history(subscriber: Subscriber, lines: Iterable[ServiceAssignment]) -> SafeString:
    """«История услуг»: each period with the operations that began and ended it. Everything in them is escaped."""
    row = _HISTORY.format(parameters=escape(_("Параметры")), began=escape(_("С")), ended=escape(_("По")))
    on = f'<span class="badge ok">{escape(_("подключена"))}</span>'
    return SafeString(
        "".join(
            [
                row
                % (
                    escape(line.service.name),
                    _parameters(line.parameters),
                    _moment(subscriber, line.started_at, line.started_by),
                    f"<div>{_moment(subscriber, line.ended_at, line.ended_by)}</div>" if line.ended_at else on,
                )
                for line in lines
            ]
        )
    )


def effects(found: Effects) -> SafeString:
    """What each service of a change comes to this month, and each month then. Names are escaped."""
    row, fees = _EFFECT.format(fee=escape(_("В месяц")), days=escape(_("Дней"))), _Fees()
    column, days = escape(_("За %(month)s") % {"month": found.month.label}), escape(_("%(days)s из %(whole)s"))
    return SafeString(
        "".join(
            [
                row
                % (
                    escape(line.service.name),
                    fees.shown(line.fee),
                    days % {"days": line.days, "whole": found.month.days},
                    column,
                    "—" if line.amount is None else escape(money.show_byn(line.amount)),
                )
                for line in found.lines
            ]
        )
    )


def packages(
    subscriber: Subscriber, channels: tuple[ChannelAssignment, Decimal | None] | None, minutes: MinutesShown
) -> SafeString:
    """«Пакеты» of a trunk as facts: its channel package with the fee, and its minute packages, present and later, with
    those offered. Names are escaped."""
    fees, none, since = _Fees(), escape(_("пакета нет")), escape(_("с"))

    def package(name: str, fee: Decimal | None, began: datetime) -> str:
        day = clock.show_date(began)
        return f'{escape(name)}, {fees.shown(fee)}\n<span class="muted small nw">{since} {day}</span>\n'

    now, later = minutes.held.now, minutes.held.later
    held = [package(now.package.name, minutes.fee, now.started_at) if now else f"{none}\n"]
    if now and now.ended_at and not later:
        held.append(_aside(f"{escape(_('отключается'))} {clock.show_date(now.ended_at)}"))
    held += [_aside(f"{since} {clock.show_date(row.started_at)} — {escape(row.package.name)}") for row in later]
    offers = [escape(one.package.name) + _dash(one.fee) for one in minutes.offers]
    told = ", ".join([f'<span class="nw">{offer}</span>' for offer in offers])
    return SafeString(
        _PACKAGES
        % {
            "channels": escape(_("SIP-многоканальность")),
            "channels_held": package(channels[0].package.name, channels[1], channels[0].started_at)
            if channels
            else none,
            "channels_url": escape(urls.url("subscribers:channels", [subscriber.pk])),
            "open": escape(_("Открыть")),
            "minutes": escape(_("Пакет минут в другие сети")),
            "minutes_held": "".join(held),
            "minutes_url": escape(urls.url("subscribers:minutes_application", [subscriber.pk])),
            "apply": escape(_("Заявление")),
            "for_minutes": escape(_("пакет минут в другие сети")),
            "offers": f"<p>\n{escape(_('Есть пакеты:'))}\n{told}\n</p>\n" if offers else "",
            "on_paper": escape(_("Подключение/отключение пакетов минут в другие сети возможно только по заявлению.")),
        }
    )


def _aside(text: str) -> str:
    return f'<div class="muted small">{text}</div>\n'


def _dash(fee: Decimal | None) -> str:
    return "" if fee is None else f" — {escape(money.show_byn(fee))}"


class _Fees:
    """How a fee is shown; the words are translated once for a table."""

    def __init__(self) -> None:
        self.missing = f'<span class="muted">{escape(_("цена не задана"))}</span>'
        self.free = escape(_("бесплатно"))

    def shown(self, fee: Decimal | None) -> str:
        """A monthly fee, net BYN; None where there is no price."""
        if fee is None:
            return self.missing
        return escape(money.show_byn(fee)) if fee else self.free


def _parameters(parameters: Mapping[str, Any]) -> str:
    """The parameters as `services/parameters_short.html` shows them: one number, or a list that opens."""
    if to := parameters.get("forward_to"):
        return f'<span class="nw">{escape(_("на"))} {_phone(to)}</span>'
    numbers = parameters.get("numbers")
    if not numbers:
        return '<span class="muted">—</span>'
    if len(numbers) > MOST_NUMBERS_OPEN:
        items = "".join([f'<li class="nw">{_phone(number)}</li>' for number in numbers])
        return (
            f"<details>\n<summary>{escape(_('Номеров:'))} {len(numbers)}</summary>\n"
            f'<ul role="list">\n{items}\n</ul>\n</details>'
        )
    return ", \n".join([f'<span class="nw">{_phone(number)}</span>' for number in numbers])


def _phone(number: str) -> str:
    return escape(phones.display(number))


def _moment(subscriber: Subscriber, moment: datetime, operation: Operation | None) -> str:
    """The end of a period, the operation that made it, and by whom."""
    shown = f'<span class="nw">{clock.show_moment(moment)}</span>\n'
    if operation is None:
        return shown
    by = operation.made_by
    name = escape(by.get_full_name() if by and not by.is_staff else _("оператор"))
    address = escape(urls.url("subscribers:operation", [subscriber.pk, operation.pk]))
    link = f'<a class="nw" href="{address}">{escape(operation.number)}</a>'
    return f'{shown}<p class="muted small">\n{link},\n{name}\n</p>\n'


def _on_paper(subscriber: Subscriber, service: Service, words: str) -> str:
    """The way to the application for a service, after `words`."""
    address = urls.url("subscribers:service_application", [subscriber.pk, service.pk])
    link = _link(address, escape(_("Заявление")), f": {escape(service.name)}")
    return f'<span class="muted small">{words}</span>\n{link}'


def _link(address: str, title: str, hidden: str) -> str:
    """A link in a row; `hidden` says to screen readers what it is for. Both texts are escaped already."""
    return f'<a class="btn link sm" href="{escape(address)}">{title}<span class="vh">{hidden}</span></a>\n'


_ASSIGNED = """<tr>
<th scope="row" class="wrap">%s</th>
<td data-l="{parameters}" data-role="plain">
<div>%s</div>
</td>
<td class="nw" data-l="{since}">%s</td>
<td class="num" data-l="{fee}" data-role="end">
%s
</td>
<td class="num" data-role="actions">
%s</td>
</tr>
"""
_OFFERED = """<tr>
<th scope="row" class="wrap">
<div>
%s
%s</div>
</th>
<td class="num" data-l="{fee}" data-role="end">
%s
</td>
<td class="num" data-role="actions">
%s</td>
</tr>
"""
_HISTORY = """<tr>
<th scope="row" class="wrap">%s</th>
<td data-l="{parameters}" data-role="plain">
<div>%s</div>
</td>
<td data-l="{began}">
<div>%s</div>
</td>
<td data-l="{ended}">
%s
</td>
</tr>
"""
_EFFECT = """<tr>
<th scope="row" class="wrap">%s</th>
<td class="num" data-l="{fee}" data-role="end">
%s
</td>
<td class="num" data-l="{days}">
%s
</td>
<td class="num" data-l="%s">
%s
</td>
</tr>
"""
_PACKAGES = """<dl class="facts">
<div>
<dt>%(channels)s</dt>
<dd>
%(channels_held)s</dd>
<dd class="act">
<a href="%(channels_url)s">%(open)s<span class="vh">: %(channels)s</span></a>
</dd>
</div>
<div>
<dt>%(minutes)s</dt>
<dd>
%(minutes_held)s</dd>
<dd class="act">
<a href="%(minutes_url)s">%(apply)s<span class="vh">: %(for_minutes)s</span></a>
</dd>
<dd class="was small">
%(offers)s<p>%(on_paper)s</p>
</dd>
</div>
</dl>
"""
