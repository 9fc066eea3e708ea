"""Groups of found rows as the page shows them: their columns, states and links (4.1)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import AccountStatus, Customer
from billing.models import GuaranteeState
from desk import links
from desk.selectors.search import finding, people, traffic
from desk.selectors.search.finding import Found
from desk.selectors.search.shape import EXACT, Hit
from desk.selectors.search.typed import Typed
from desk.views.marks import marked
from sipcabinet.lib import clock, money, phones, staff
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.periods import Month
from subscribers.models import OperationKind, SubscriberStatus

State = tuple[str, str | Promise]  # tone and name
NO_STATE: State = ("", "")
_OF_CUSTOMER: dict[str, State] = {
    people.BARRED: ("err", _("звонки ограничены")),
    AccountStatus.ACTIVE: ("ok", _("активен")),
    AccountStatus.CLOSED: ("", _("закрыт")),
}
_OF_NUMBER: dict[str, State] = {
    SubscriberStatus.ACTIVE: ("ok", _("активен")),
    SubscriberStatus.RESTRICTED: ("warn", _("ограничен")),
    SubscriberStatus.CLOSED: ("", _("отключён")),
}
_OF_JOB: dict[str, State] = {state: (staff.STATE_TONES[state], state.label) for state in JobState}
_OF_LETTER: dict[str, State] = _OF_JOB | {JobState.DONE: ("ok", _("отправлено"))}
_OF_GUARANTEE: dict[str, State] = {
    GuaranteeState.PENDING: ("warn", GuaranteeState.PENDING.label),
    GuaranteeState.ACCEPTED: ("ok", GuaranteeState.ACCEPTED.label),
    GuaranteeState.REJECTED: ("err", GuaranteeState.REJECTED.label),
    GuaranteeState.FULFILLED: ("", GuaranteeState.FULFILLED.label),
    GuaranteeState.EXPIRED: ("err", GuaranteeState.EXPIRED.label),
}
_OF_SUSPENSE: dict[str, State] = {
    traffic.WAITING: ("warn", _("не разобран")),
    traffic.RESOLVED: ("", _("разобран")),
}
_OF_PERSON: dict[str, State] = {"active": ("ok", _("вход разрешён")), "closed": ("", _("вход закрыт"))}
_OF_OPERATION: dict[str, State] = {kind: ("", kind.label) for kind in OperationKind}


@dataclass(frozen=True, slots=True)
class Group:
    """How a group is shown. `columns` names those of title, detail, moment and amount that it has."""

    title: Promise
    columns: dict[str, Promise]
    states: Mapping[str, State] = field(default_factory=dict)
    has_customer: bool = True
    is_moment: bool = False  # with a time of day


_CUSTOMER, _NUMBER, _DATE, _SUM = _("Клиент"), _("Номер"), _("Дата"), _("Сумма, BYN")
_BALANCE = _("Баланс, BYN")
GROUPS: dict[str, Group] = {
    "customers": Group(
        _("Клиенты"),
        {"title": _CUSTOMER, "detail": _("УНП или телефон"), "amount": _BALANCE},
        _OF_CUSTOMER,
        has_customer=False,
    ),
    "accounts": Group(
        _("Лицевые счета"),
        {"title": _("Лицевой счёт"), "detail": _("Договор или E-mail"), "amount": _BALANCE},
        _OF_CUSTOMER,
    ),
    "numbers": Group(_("Номера"), {"title": _NUMBER, "detail": _("Название"), "moment": _("Отключён")}, _OF_NUMBER),
    "invoices": Group(
        _("Счета"), {"title": _("Счёт"), "detail": _("За месяц"), "moment": _("Выставлен"), "amount": _SUM}
    ),
    "corrections": Group(
        _("Корректировки"), {"title": _NUMBER, "detail": _("Основание"), "moment": _DATE, "amount": _SUM}
    ),
    "orders": Group(
        _("Заказы"), {"title": _NUMBER, "detail": _("Что заказано"), "moment": _("Когда")}, _OF_JOB, is_moment=True
    ),
    "guarantees": Group(
        _("Гарантии"),
        {"title": _NUMBER, "detail": _("Документ"), "moment": _("Подана"), "amount": _SUM},
        _OF_GUARANTEE,
    ),
    "operations": Group(
        _("Операции"), {"title": _("Операция"), "detail": _NUMBER, "moment": _("Когда")}, _OF_OPERATION, is_moment=True
    ),
    "payments": Group(
        _("Платежи"), {"title": _("Документ"), "detail": _("Плательщик"), "moment": _DATE, "amount": _SUM}
    ),
    "suspense": Group(
        _("Невыясненные платежи"),
        {"title": _("Документ"), "detail": _("Плательщик"), "moment": _DATE, "amount": _SUM},
        _OF_SUSPENSE,
        has_customer=False,
    ),
    "letters": Group(
        _("Письма"), {"title": _("Тема"), "detail": _("Кому"), "moment": _("Когда")}, _OF_LETTER, is_moment=True
    ),
    "staff": Group(_("Сотрудники"), {"title": _("Имя"), "detail": _("Телефон")}, _OF_PERSON, has_customer=False),
}
# Cells that hold an E.164 number, or may hold one.
_PHONES = {("customers", "detail"), ("numbers", "title"), ("operations", "detail"), ("staff", "detail")}


class Head(NamedTuple):
    """The heading of a column."""

    label: str
    is_sum: bool


class Cell(NamedTuple):
    """A cell of a row: its column's name, the text, whether it is a sum."""

    label: str
    text: SafeString | str
    is_sum: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A found row: `url` is the page that answers a telephone call, `customer_url` is empty for those who may not see
    customers."""

    title: SafeString
    url: str
    is_exact: bool
    cells: list[Cell]
    customer: SafeString
    customer_url: str
    account: str
    state: State


@dataclass(frozen=True, slots=True)
class Shown:
    """A group of the page."""

    name: str
    group: Group
    heads: list[Head]
    rows: list[Row]
    more: bool

    @classmethod
    def of(cls, user: Any, name: str, hits: Iterable[Hit], typed: Typed, found: Found) -> "Shown":
        group, sees_customers = GROUPS[name], finding.may_see(user, Customer)
        listed = list(hits)
        used = {column for column in group.columns if any(_value(hit, column) not in {None, ""} for hit in listed)}
        columns = [column for column in group.columns if column in used | {"title"}]
        rows = [_row(hit, group, columns, _Marker(typed, found), sees_customers=sees_customers) for hit in listed]
        return cls(name, group, _heads(group, columns), rows, name in found.more)


def titles(names: Iterable[str]) -> list[str]:
    """Names of groups in the words of a sentence."""
    return [str(GROUPS[name].title) for name in names]


class _Marker:
    """Marks what was typed in the cells of a row."""

    def __init__(self, typed: Typed, found: Found) -> None:
        serial = f"{typed.serial}" if typed.serial is not None else ""
        self.needles = [*typed.words, *found.near, typed.plain, serial]
        self.digits = sorted({typed.phone_part, typed.digits} - {""}, key=len)

    def __call__(self, text: str) -> SafeString:
        return marked(text, self.needles, self.digits)


def _heads(group: Group, columns: list[str]) -> list[Head]:
    heads: list[Head] = []
    for column in columns:
        heads.append(Head(str(group.columns[column]), column == "amount"))
        if column == "title" and group.has_customer:
            heads.append(Head(str(_CUSTOMER), is_sum=False))
    return [*heads, Head(str(_("Состояние")), is_sum=False)] if group.states else heads


def _row(hit: Hit, group: Group, columns: list[str], mark: Callable[[str], SafeString], *, sees_customers: bool) -> Row:
    cells = [
        Cell(str(group.columns[column]), mark(text) if column == "detail" else text, column == "amount")
        for column in columns
        if column != "title"
        for text in [_text(hit, group, column)]
    ]
    customer_url = links.of_customer(hit.customer_id) if hit.customer_id and sees_customers else ""
    own = links.of_row(finding.TABLES[hit.group][0], hit.pk)
    is_whose = hit.group in {"customers", "accounts", "numbers"}
    return Row(
        title=mark(_text(hit, group, "title")),
        url=customer_url if is_whose and customer_url else own,
        is_exact=hit.rank == EXACT,
        cells=cells,
        customer=mark(hit.customer) if group.has_customer else SafeString(""),
        customer_url=customer_url,
        account=hit.account,
        state=group.states.get(hit.state, NO_STATE),
    )


def _value(hit: Hit, column: str) -> Any:
    return getattr(hit, column)


def _text(hit: Hit, group: Group, column: str) -> str:
    value = _value(hit, column)
    if column == "amount":
        return money.show(value) if value is not None else "—"
    if column == "moment":
        show = clock.show_moment if group.is_moment else clock.show_date
        return show(value) if value is not None else "—"
    if (hit.group, column) in _PHONES:
        return phones.display(value)
    if hit.group == "invoices" and column == "detail":
        return Month.of(date.fromisoformat(value)).label
    return str(value) or "—"
