"""Customers from a file (4.11): rows are done one by one, faulty ones are told with row, field, value and reason."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.actor import PORTAL, Actor
from accounts.models import Account, AuditEvent, Customer, User
from accounts.tests.factories import StaffFactory, unp_of
from billing.models import Debt, DunningNotice, LedgerEntry
from billing.services import ledger_check
from desk.imports.customers import loads, runs
from desk.imports.customers.judging import Rights
from desk.models import CustomerLoad, LoadedRow, TableImport
from desk.tests.cast import clerk
from desk.tests.customer_files import RIGHTS, faults, file_of, kept, lines, loaded, ordered, row
from notifications.models import Letter
from sipcabinet.lib.durable import JobState
from sipcabinet.lib.tables import TableFileError
from sipcabinet.tests import table_files
from subscribers.models import NumberHold, PlanKind, Subscriber
from subscribers.services import numbers
from subscribers.tests.factories import NumberRangeFactory, TariffPlanFactory
from subscribers.tests.sip_factories import SipPlatformFactory

pytestmark = pytest.mark.django_db
BROUGHT = "+375296111111"  # in no range


@pytest.fixture(autouse=True)
def _operator(at: Callable[[str], Any], db: None) -> None:
    at("2026-11-22 10:00")
    NumberRangeFactory.create()
    SipPlatformFactory.create()
    TariffPlanFactory.create()
    TariffPlanFactory.create(kind=PlanKind.NUMBER)


def counts(load: CustomerLoad) -> dict[str, int]:
    found: dict[str, int] = load.table.outcome["counts"]
    return found


def told(content: bytes, rights: Rights | None = None) -> list[tuple[int, str, str]]:
    """Row, key and reason of each fault that a rehearsal finds."""
    found = runs.rehearse(runs.read(content), rights or Rights())
    return [(one.row, one.key, one.reason) for one in found.problems]


def test_ten_rows_with_two_faults_bring_eight_customers_and_again_nothing() -> None:
    rows = [row(place) for place in range(10)]
    rows[3]["unp"], rows[7]["email"] = "123456789", "нет"
    load = loaded(file_of(*rows))
    assert load.state == JobState.DONE
    assert (Customer.objects.count(), Account.objects.count(), Subscriber.objects.count()) == (8, 8, 8)
    assert [one[:3] for one in faults(load)] == [(5, "УНП", "123456789"), (9, "E-mail", "нет")]
    assert "контрольной цифрой" in faults(load)[0][3]
    assert counts(load) == {"new": 8, "wrong": 2, "customer": 8, "account": 8, "trunk": 8}
    again = loaded(file_of(*rows))
    assert counts(again) == {"same": 8, "wrong": 2}
    rows[3]["unp"] = unp_of(8003)
    mended = loaded(file_of(*rows))
    assert counts(mended) == {"new": 1, "same": 8, "wrong": 1, "customer": 1, "account": 1, "trunk": 1}
    assert Customer.objects.count() == 9
    assert load.table.content is None


def test_each_trunk_has_its_login_and_nobody_gets_a_letter() -> None:
    staff = StaffFactory.create()
    loaded(file_of(row(1)), by=staff)
    trunk = Subscriber.objects.get()
    assert User.objects.get(phone=trunk.phone).account == trunk.account
    assert not Letter.objects.exists()
    assert AuditEvent.objects.get(action="customer.opened").user == staff


def test_one_customer_may_have_accounts_trunks_and_numbers() -> None:
    more = {"account": row(1)["account"], "trunk": row(1)["phone"], "plan": "SIP-номер"}
    second = row(4, name="", unp=row(1)["unp"], address="", phone="", plan="")
    load = loaded(file_of(row(1, label="Офис"), more | {"phone": "8 017 270-00-02", "label": "Склад"}, second))
    assert faults(load) == []
    assert counts(load) == {"new": 3, "customer": 1, "account": 2, "trunk": 1, "number": 1}
    trunk, number = Subscriber.objects.order_by("phone")
    assert (number.trunk, number.label, trunk.label) == (trunk, "Склад", "Офис")
    assert Account.objects.filter(customer__unp=row(1)["unp"]).count() == 2
    assert counts(loaded(file_of(row(1), more | {"phone": "172700002"}))) == {"same": 2}


def test_opening_balances_are_booked_once_and_debts_are_told() -> None:
    rows = [row(1, balance="-1 250,40", balance_on="01.11.2026"), row(2, balance="15"), row(3, balance="0")]
    load = loaded(file_of(*rows))
    assert counts(load)["balance"] == 2
    assert sorted(LedgerEntry.objects.values_list("amount", flat=True)) == [Decimal("-1250.40"), Decimal("15.00")]
    assert LedgerEntry.objects.get(amount__lt=0).booked_on == date(2026, 11, 1)
    debt = Debt.objects.get()
    assert DunningNotice.objects.get().debt == debt
    assert Letter.objects.get().recipient == "office1@new.example"
    assert counts(loaded(file_of(*rows))) == {"same": 3}
    (fault,) = faults(loaded(file_of(row(1, balance="-99"))))
    assert "уже есть входящее сальдо" in fault[3]
    assert LedgerEntry.objects.count() == 2
    assert not ledger_check.run()


def test_a_balance_is_not_booked_on_a_ledger_that_has_begun() -> None:
    loaded(file_of(row(1)))
    account = Account.objects.get()
    LedgerEntry.objects.create(account=account, kind="payment", amount=5, booked_on=date(2026, 11, 3), title="Платёж",
                               source_key="test:1")  # fmt: skip
    (fault,) = told(file_of(row(1, balance="-99")))
    assert fault[1] == "balance"
    assert "уже есть проводки" in fault[2]


WRONG_ROWS: dict[str, tuple[dict[str, Any], str, str]] = {
    "account": ({"account": "12-А"}, "account", "только цифры"),
    "no details": ({"name": "", "unp": "", "address": "", "contract": "", "contract_date": "", "email": ""},
                   "account", "такого лицевого счёта нет"),
    "no name": ({"name": ""}, "name", "нужно для нового"),
    "day": ({"contract_date": "31.11.2026"}, "contract_date", "нужна дата"),
    "later contract": ({"contract_date": "01.12.2026"}, "contract_date", "не наступила"),
    "phone": ({"phone": "12"}, "phone", ""),
    "foreign": ({"phone": "+48221234567"}, "phone", "белорусский"),
    "spoilt": ({"phone": "3,75173E+11"}, "phone", "Excel"),
    "outside": ({"phone": BROUGHT}, "phone", "нет в диапазонах"),
    "own": ({"origin": "перенесён к нам"}, "phone", "не переносится"),
    "plan": ({"plan": "нет такого"}, "plan", "SIP-соединение"),
    "no plan": ({"plan": ""}, "plan", "не заполнено"),
    "plan of another kind": ({"plan": "SIP-номер"}, "plan", "SIP-номер"),
    "no trunk": ({"trunk": "172700009", "plan": "SIP-номер"}, "trunk", "нет такого"),
    "too early": ({"connected_on": "30.09.2026"}, "connected_on", "раньше даты договора"),
    "too late": ({"connected_on": "23.11.2026"}, "connected_on", "не наступил"),
    "no phone": ({"phone": ""}, "phone", "не заполнено"),
    "sum": ({"balance": "много"}, "balance", "нужно число"),
    "kopecks": ({"balance": "1,234"}, "balance", "знаков"),
    "sum of tomorrow": ({"balance": "1", "balance_on": "23.11.2026"}, "balance_on", "не наступил"),
    "date alone": ({"balance_on": "01.11.2026"}, "balance", "только дата"),
    "long": ({"name": "А" * 201}, "name", "не длиннее"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG_ROWS)
def test_the_rehearsal_names_the_faulty_cell(wrong: str) -> None:
    change, key, reason = WRONG_ROWS[wrong]
    found = told(file_of(row(1, **change)))
    assert found, wrong
    assert found[0][:2] == (2, key)
    assert reason in found[0][2]
    assert not Account.objects.exists()


def test_all_faults_of_a_row_are_told_at_once() -> None:
    assert [one[1] for one in told(file_of(row(1, email="x", contract_date="вчера", phone="1")))] == [
        "contract_date", "email", "phone",
    ]  # fmt: skip


def test_rows_of_one_file_are_compared_with_each_other() -> None:
    twice = row(2, phone=row(1)["phone"])
    namesake = row(3, unp=row(1)["unp"])
    alone = {"account": twice["account"], "phone": row(5)["phone"], "plan": "sip-trunk"}
    found = told(file_of(row(1), twice, namesake, alone))
    assert [one[:2] for one in found] == [(3, "phone"), (4, "name"), (5, "account")]
    assert "уже стоит в строке 2" in found[0][2]
    assert "ООО «Клиент 1»" in found[1][2]
    assert "строка 3" in found[2][2]


def test_a_number_that_others_have_or_wait_for_is_refused() -> None:
    loaded(file_of(row(1)))
    NumberHold.objects.create(phone="+375172700002", kind="reserved", starts_at="2026-11-01T00:00+03:00",
                              until="2026-12-01T00:00+03:00", text="ООО «Другое»")  # fmt: skip
    found = told(file_of(row(2, phone=row(1)["phone"]), row(3, phone="172700002")))
    assert "уже подключён: лицевой счёт 400300001" in found[0][2]
    assert "зарезервирован" in found[1][2]
    told_of = loaded(file_of(row(3, phone="172700002", origin="из резерва"), row(4, phone=BROUGHT,
                                                                               origin="перенесён к нам")))  # fmt: skip
    assert counts(told_of)["trunk"] == 2


def test_a_disconnected_number_is_not_connected_again() -> None:
    loaded(file_of(row(1)))
    numbers.close(subscriber=Subscriber.objects.get())
    assert counts(loaded(file_of(row(1)))) == {"same": 1}
    assert Subscriber.objects.count() == 1


def test_what_the_file_says_otherwise_is_not_changed() -> None:
    loaded(file_of(row(1)))
    loaded(file_of(row(1, name="ООО «Иное»", email="other@new.example", label="Иное")))
    assert Customer.objects.get().name == "ООО «Клиент 1»"
    assert Account.objects.get().cabinet_email == "office1@new.example"
    (fault,) = told(file_of(row(1, unp=unp_of(9000))))
    assert fault[1] == "unp"


def test_a_row_that_has_become_wrong_since_the_check_is_told() -> None:
    load = ordered(file_of(row(1), row(2)))
    loaded_before = runs.read(file_of(row(5, phone=row(1)["phone"])))
    assert [one.state for one in runs.run(loaded_before, rights=Rights(), by=PORTAL, record=lambda _one: None)]
    loads.drain()
    assert [one[1] for one in faults(load)] == ["Номер"]
    assert Account.objects.count() == 2


def test_rights_bound_what_a_file_may_bring() -> None:
    support = Rights.of(clerk(*RIGHTS))
    assert [one[1:] for one in told(file_of(row(1, balance="5")), support)] == [
        ("balance", "нет права вносить входящие сальдо")
    ]
    billing = Rights.of(clerk(*RIGHTS[:2], "desk.load_opening_balances"))
    assert {one[1] for one in told(file_of(row(1)), billing)} == {"account", "phone"}
    loaded(file_of(row(1)))
    assert told(file_of({"account": row(1)["account"], "balance": "5"}), billing) == []


def test_the_template_is_read_and_a_book_of_excel_is_as_good() -> None:
    assert counts(loaded(table_files.xlsx(lines([row(1), row(2)]))))["trunk"] == 2


HOSTILE: dict[str, Callable[[], bytes]] = {
    "bomb": lambda: table_files.bomb(40),
    "text": lambda: b"MZ\x00\x01" * 100,
    "nothing": lambda: b"",
    "columns": lambda: table_files.csv([["a"] * 300]),
    "another table": lambda: table_files.csv([["Префикс", "Цена"], ["48", "1"]]),
    "no rows": file_of,
    "entities": lambda: table_files.packed(table_files.sheet_of("<row/>", '<!DOCTYPE x [<!ENTITY a "b">]>')),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_words(name: str) -> None:
    with pytest.raises(TableFileError) as refusal:
        runs.read(HOSTILE[name]())
    assert any("а" <= letter <= "я" for letter in refusal.value.message)


def test_a_formula_is_a_fault_of_its_cell() -> None:
    (fault,) = told(table_files.xlsx(lines([row(1, email='=HYPERLINK("http://x")')])))
    assert fault[1] == "email"
    assert "формула" in fault[2]


def test_a_load_begins_once() -> None:
    table = kept(file_of(row(1)))
    loads.order(table=table, by=Actor(table.uploaded_by))
    with pytest.raises(loads.LoadError, match="уже начал"):
        loads.order(table=table, by=Actor(StaffFactory.create()))
    loads.drain()
    assert loads.drain() == 0
    assert LoadedRow.objects.count() == 1
    assert TableImport.objects.get().applied_by == table.uploaded_by
