"""Calls and charges as sheets, for their XLSX and CSV: «Просмотр детализации» (3.6), «Начисления за период» (3.5)."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.models import Account
from sipcabinet.lib import clock, money, phones
from sipcabinet.lib.sheets import Cell, CellKind, Column, Sheet
from subscribers import callers
from subscribers.charges import GROUPS, ChargeLine, Charges
from subscribers.models import CallOutcome, Subscriber
from subscribers.names import DIRECTIONS, OUTCOMES
from subscribers.selectors import completeness
from subscribers.selectors.calls import Call, CallTotals, Selection


def calls(selection: Selection, totals: CallTotals) -> Sheet:
    """The sheet of a selection; `row` makes its rows, and their sums must equal `totals`."""
    return Sheet(_("Детализация звонков"), columns(), head=_head(selection), totals=last_row(totals, empty=4))


def columns() -> list[Column]:
    return [
        Column(_("Дата"), CellKind.DATE, 12),
        Column(_("Время"), CellKind.TIME, 11),
        Column(_("Собеседник"), CellKind.PHONE, 22),
        Column(_("Направление"), width=36),
        Column(_("Результат"), width=16),
        Column(_("Длительность"), CellKind.SECONDS, 15),
        Column(_("Тарифицировано"), CellKind.SECONDS, 16),
        Column(_("Стоимость без НДС, BYN"), CellKind.PRICE, 16),
        Column(_("Из включённых минут"), CellKind.SECONDS, 16),
        Column(_("Начислен за"), width=18),
        Column(_("Кто звонил"), width=18),
    ]


def row(call: Call) -> Sequence[Cell]:
    """The cells of a call, in the order of `columns`."""
    return [
        call.started_at,
        call.started_at,
        call.other_party or _("номер скрыт"),
        call.destination,
        str(CallOutcome(call.outcome).label),
        call.talk_seconds,
        call.billed_seconds,
        call.cost,
        call.included_seconds,
        call.late_month.label if call.late_month else None,
        callers.words(call.caller) or None,
    ]


def file_name(selection: Selection) -> str:
    """`Детализация +375 44 711-20-30, исходящие, октябрь 2026`, without an extension; a narrowed selection adds
    `…, отбор, содержит 495, Россия`."""
    number = phones.display(selection.subscriber.phone)
    name = f"{_('Детализация')} {number}, {DIRECTIONS[selection.direction]}, {selection.month.label}"
    if not selection.is_narrowed:
        return name
    return ", ".join([name, _("отбор"), *(value for _label, value in _narrowing(selection))])


def _head(selection: Selection) -> list[tuple[str, str]]:
    month, account = selection.month, selection.account
    return [
        (_("Клиент"), account.customer.name),
        (_("Лицевой счёт"), account.number),
        (_("Абонент"), str(selection.subscriber)),
        (_("Период"), f"{clock.show_date(month.first_day)} – {clock.show_date(month.last_day)}"),
        (_("Вид"), str(DIRECTIONS[selection.direction])),
        *_narrowing(selection),
        (_("Полнота данных"), completeness.of(account).words),
    ]


def _narrowing(selection: Selection) -> list[tuple[str, str]]:
    """The narrowing fields besides month and direction, so that nobody treats a part as the whole."""
    asked = []
    if selection.number:
        asked.append((_("Номер собеседника"), _("содержит %(text)s") % {"text": selection.number}))
    if selection.destination:
        asked.append((_("Направление"), selection.destination.name))
    asked += [(_("Результат"), str(name)) for name, answered in OUTCOMES.values() if answered is selection.answered]
    if selection.charged_in:
        asked.append((_("Начислены в месяце"), selection.charged_in.label))
    return asked


def last_row(totals: CallTotals, *, empty: int, words: str = "") -> list[Cell]:
    """The sums below a sheet of calls. `empty`: how many columns stand between their title and the first sum; `words`
    stand for the title."""
    title = _("Итого, звонков: %(calls)d, из них неотвеченных: %(unanswered)d")
    return [
        words or title % {"calls": totals.calls, "unanswered": totals.unanswered},
        *[None] * empty,
        totals.talk_seconds,
        totals.billed_seconds,
        money.kopecks(totals.cost),
        totals.included_seconds,
        None,
        None,
    ]


def charges(account: Account, subscriber: Subscriber, counted: Charges) -> Sheet:
    """The sheet of a subscriber's charges; `charge_row` makes its rows."""
    totals = [_("Итого"), None, None, counted.net, counted.vat, counted.gross]
    return Sheet(_("Начисления"), charge_columns(), head=_charges_head(account, subscriber, counted), totals=totals)


def charge_columns() -> list[Column]:
    return [
        Column(_("Вид"), width=24),
        Column(_("Начисление"), width=40),
        Column(_("За что"), width=36),
        Column(_("Без НДС, BYN"), CellKind.MONEY, 15),
        Column(_("НДС, BYN"), CellKind.MONEY, 13),
        Column(_("С НДС, BYN"), CellKind.MONEY, 15),
    ]


def charge_row(charge: ChargeLine) -> Sequence[Cell]:
    """The cells of a charge, in the order of `charge_columns`."""
    return [str(GROUPS[charge.kind]), charge.name, charge.detail, charge.net, charge.vat, charge.gross]


def charges_file_name(subscriber: Subscriber, counted: Charges) -> str:
    """`Начисления +375 44 711-20-30, октябрь 2026`, without an extension; for an open month with the date."""
    name = f"{_('Начисления')} {phones.display(subscriber.phone)}, {counted.month.label}"
    if counted.is_final:
        return name
    return f"{name}, {_('предварительно на')} {clock.show_date(clock.today())}"


def _charges_head(account: Account, subscriber: Subscriber, counted: Charges) -> list[tuple[str, str]]:
    days = f"{clock.show_date(counted.month.first_day)} – {clock.show_date(counted.until)}"
    return [
        (_("Клиент"), account.customer.name),
        (_("Лицевой счёт"), account.number),
        (_("Абонент"), str(subscriber)),
        (_("Период"), days),
        (_("Ставка НДС"), f"{money.show_percent(counted.vat_percent)} %"),
        _standing(account, counted),
    ]


def _standing(account: Account, counted: Charges) -> tuple[str, str]:
    """Whether the sums may still change."""
    if counted.is_final:
        return _("Состояние"), _("месяц закрыт, начисления окончательные")
    return _("Предварительно"), completeness.of(account).words
