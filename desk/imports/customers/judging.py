"""What a row of the file would do, or why it cannot: the same for the rehearsal and for the run (4.11)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from desk.imports.customers.columns import OF_A_CUSTOMER, OF_A_NUMBER, OF_AN_ACCOUNT, REQUISITES, CustomersFile
from desk.imports.customers.known import Known, KnownAccount, KnownCustomer, KnownNumber
from sipcabinet.lib import clock, money, phones
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.tables import Problem, TableRow
from sipcabinet.lib.tables.checking import problem
from sipcabinet.lib.tables.columns import folded
from subscribers.models import NumberOrigin, PlanKind
from subscribers.services import pool

CONNECT = "subscribers.add_subscriber"
BALANCES = "desk.load_opening_balances"


class Part(models.TextChoices):
    """What a row brings."""

    CUSTOMER = "customer", gettext_lazy("клиент")
    ACCOUNT = "account", gettext_lazy("лицевой счёт")
    TRUNK = "trunk", gettext_lazy("SIP-соединение")
    NUMBER = "number", gettext_lazy("SIP-номер")
    BALANCE = "balance", gettext_lazy("входящее сальдо")


class RowState(models.TextChoices):
    NEW = "new", gettext_lazy("новая")
    SAME = "same", gettext_lazy("без изменений")
    WRONG = "wrong", gettext_lazy("ошибка")


@dataclass(frozen=True, slots=True)
class Rights:
    """What the person who loads may bring: customers and numbers, opening balances."""

    connects: bool = True
    balances: bool = True

    @classmethod
    def of(cls, user: User) -> "Rights":
        return cls(user.has_perm(CONNECT), user.has_perm(BALANCES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A row: what it makes, or its faults. `owed` is a debt that it brings, BYN."""

    number: int
    account: str = ""
    phone: str = ""
    name: str = ""
    makes: tuple[Part, ...] = ()
    balance: Decimal | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def state(self) -> RowState:
        if self.problems:
            return RowState.WRONG
        return RowState.NEW if self.makes else RowState.SAME


@dataclass
class Judge:
    """Compares rows, in the order of the file, with what is known; `accepted` tells it which of them were done."""

    file: CustomersFile
    known: Known
    rights: Rights = field(default_factory=Rights)

    def verdict(self, row: TableRow) -> Verdict:
        """What the row would do now."""
        given = row.values
        account = self.known.accounts.get(given["account"])
        makes: list[Part] = []
        faults = [*self._account(given, account, makes), *self._number(given, account, makes)]
        faults += self._balance(given, account, makes)
        told = [problem(row.number, self.file.column(key), _shown(given[key]), why) for key, why in faults]
        if told:
            self.known.refused.setdefault(given["account"], row.number)
        named = given["name"] or (self.known.customers[account.unp].name if account else "")
        return Verdict(
            number=row.number,
            account=given["account"],
            phone=given["phone"],
            name=named,
            makes=() if told else tuple(makes),
            balance=given["balance"] if Part.BALANCE in makes and not told else None,
            problems=tuple(told),
        )

    def refused(self, row: TableRow, verdict: Verdict, key: str, why: str) -> Verdict:
        """The verdict after a service has refused the row."""
        self.known.refused.setdefault(verdict.account, row.number)
        found = problem(row.number, self.file.column(key), _shown(row.values[key]), why)
        return Verdict(number=row.number, account=verdict.account, phone=verdict.phone, name=verdict.name,
                       problems=(found,))  # fmt: skip

    def accepted(self, row: TableRow, verdict: Verdict) -> None:
        """The row was done (or would be): the rows below build on it."""
        given = row.values
        if Part.CUSTOMER in verdict.makes:
            self.known.customers[given["unp"]] = KnownCustomer(given["name"])
        if Part.ACCOUNT in verdict.makes:
            self.known.accounts[given["account"]] = KnownAccount(given["unp"], given["contract_date"])
        if Part.TRUNK in verdict.makes or Part.NUMBER in verdict.makes:
            since = given["connected_on"] or clock.today()
            one = KnownNumber(given["account"], Part.TRUNK in verdict.makes, True, since, row.number)
            self.known.numbers[given["phone"]].append(one)
        if Part.BALANCE in verdict.makes:
            account = self.known.accounts[given["account"]]
            account.opening, account.has_entries = given["balance"], True

    def _account(
        self, given: dict[str, Any], account: KnownAccount | None, makes: list[Part]
    ) -> Iterator[tuple[str, str]]:
        if account is not None:
            if given["unp"] and given["unp"] != account.unp:
                yield "unp", _("этот лицевой счёт у клиента с УНП %(unp)s") % {"unp": account.unp}
            return
        if not any(given[key] for key in (*REQUISITES, *OF_AN_ACCOUNT)):
            yield "account", self._unknown(given["account"])
            return
        if not self.rights.connects:
            yield "account", _("новых клиентов и счета заводят те, кому можно подключать номера")
        customer = self.known.customers.get(given["unp"])
        needed = OF_AN_ACCOUNT if customer else (*OF_A_CUSTOMER, *OF_AN_ACCOUNT)
        yield from ((key, _("не заполнено: нужно для нового лицевого счёта")) for key in needed if not given[key])
        if given["contract_date"] and given["contract_date"] > clock.today():
            yield "contract_date", _("дата ещё не наступила")
        if customer and given["name"] and folded(given["name"]) != folded(customer.name):
            yield "name", _("этот УНП у клиента «%(name)s»") % {"name": customer.name}
        makes += [Part.ACCOUNT] if customer else [Part.CUSTOMER, Part.ACCOUNT]

    def _unknown(self, number: str) -> str:
        if row := self.known.refused.get(number):
            return _("строка %(row)d с этим лицевым счётом не принята") % {"row": row}
        return _("такого лицевого счёта нет: заполните реквизиты и договор в его первой строке")

    def _number(
        self, given: dict[str, Any], account: KnownAccount | None, makes: list[Part]
    ) -> Iterator[tuple[str, str]]:
        phone = given["phone"]
        if not phone:
            if any(given[key] for key in OF_A_NUMBER):
                yield "phone", _("не заполнено: в строке есть план или другие данные номера")
            return
        known = self.known.numbers.get(phone, [])
        if any(one.account == given["account"] and not one.row for one in known):
            return  # connected before, perhaps disconnected since: the file does not connect it again
        if holder := next((one for one in known if one.is_open), None):
            yield "phone", _taken(holder)
            return
        if not self.rights.connects:
            yield "phone", _("нет права подключать номера")
        if account and account.is_closed:
            yield "account", _("лицевой счёт закрыт")
        yield from self._plan(given)
        yield from self._day(given, account)
        yield from self._pool(given, account)
        makes.append(Part.NUMBER if given["trunk"] else Part.TRUNK)

    def _plan(self, given: dict[str, Any]) -> Iterator[tuple[str, str]]:
        plan, trunk = given["plan"], given["trunk"]
        kind = PlanKind.NUMBER if trunk else PlanKind.TRUNK
        if plan is None:
            yield "plan", _("не заполнено")
        elif plan.kind != kind:
            yield "plan", _("этот план для вида «%(kind)s»") % {"kind": PlanKind(plan.kind).label}
        if not trunk:
            return
        yield from ((key, _("только у SIP-соединения")) for key in ("channels", "platform") if given[key])
        known = self.known.numbers.get(trunk, [])
        own = [one for one in known if one.account == given["account"] and one.is_trunk and one.is_open]
        if not own:
            yield "trunk", _("у этого счёта нет такого SIP-соединения, или его строка выше не принята")
        elif own[0].since > (given["connected_on"] or clock.today()):
            yield "connected_on", _("SIP-соединение тогда ещё не было подключено")

    def _day(self, given: dict[str, Any], account: KnownAccount | None) -> Iterator[tuple[str, str]]:
        day: date = given["connected_on"] or clock.today()
        signed = account.contract_date if account else given["contract_date"]
        if day > clock.today():
            yield "connected_on", _("день ещё не наступил")
        elif signed and day < signed:
            yield "connected_on", _("раньше даты договора")
        elif self.known.is_closed(day):
            yield "connected_on", _("месяц уже закрыт для расчётов")

    def _pool(self, given: dict[str, Any], account: KnownAccount | None) -> Iterator[tuple[str, str]]:
        phone, origin = given["phone"], given["origin"] or NumberOrigin.FREE
        customer = self.known.customers.get(account.unp if account else given["unp"])
        try:
            for hold in self.known.holds.get(phone, []):
                pool.check_hold(hold, customer_id=customer.pk if customer else None, origin=origin)
            pool.check_origin(origin, self.known.range_of(phone), has_ranges=bool(self.known.ranges))
        except DomainError as refusal:
            yield "phone", refusal.message

    def _balance(
        self, given: dict[str, Any], account: KnownAccount | None, makes: list[Part]
    ) -> Iterator[tuple[str, str]]:
        amount, day = given["balance"], given["balance_on"] or clock.today()
        if not amount:
            if amount is None and given["balance_on"]:
                yield "balance", _("не заполнено: есть только дата сальдо")
            return
        if account and account.opening == amount:
            return
        if account and account.opening is not None:
            booked = money.show_byn(account.opening)
            yield "balance", _("у счёта уже есть входящее сальдо %(sum)s: его меняет корректировка") % {"sum": booked}
        elif account and account.has_entries:
            yield "balance", _("по счёту уже есть проводки: входящее сальдо вносится только до них")
        elif not self.rights.balances:
            yield "balance", _("нет права вносить входящие сальдо")
        if day > clock.today():
            yield "balance_on", _("день ещё не наступил")
        elif self.known.is_closed(day):
            yield "balance_on", _("месяц уже закрыт для расчётов")
        makes.append(Part.BALANCE)


def _taken(holder: KnownNumber) -> str:
    if holder.row:
        return _("этот номер уже стоит в строке %(row)d") % {"row": holder.row}
    return _("номер уже подключён: лицевой счёт %(number)s") % {"number": holder.account}


def _shown(value: Any) -> str:
    """A read value as people write it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return money.show(value)
    if isinstance(value, date):
        return clock.show_date(value)
    if isinstance(value, str) and value.startswith("+375"):
        return phones.display(value)
    return str(value)
