"""Files of customers for tests of «Клиенты из файла» (4.11)."""

from collections.abc import Sequence
from typing import Any

from accounts.actor import Actor
from accounts.models import User
from accounts.tests.factories import StaffFactory, unp_of
from desk.imports import running
from desk.imports.customers import loads
from desk.imports.customers.columns import CustomersFile
from desk.models import CustomerLoad, TableImport
from sipcabinet.tests import table_files

RIGHTS = ("desk.view_customerload", "desk.add_customerload", "subscribers.add_subscriber")
HEAD = ["Лицевой счёт", "Клиент", "УНП", "Юридический адрес", "Договор", "Дата договора", "E-mail", "Номер",
        "SIP-соединение", "Тарифный план", "Откуда номер", "Название", "Подключить с", "Входящее сальдо",
        "Сальдо на дату"]  # fmt: skip
FIRST_PHONE, FIRST_ACCOUNT = 172700000, 400300000


def row(place: int, **other: Any) -> dict[str, Any]:
    """A new customer with an account and a «SIP-соединение», by the headings; `other` by the keys of `KEYS`."""
    given = {
        "account": FIRST_ACCOUNT + place, "name": f"ООО «Клиент {place}»", "unp": unp_of(8000 + place),
        "address": f"г. Минск, ул. Новая, {place}", "contract": f"SIP-{place}", "contract_date": "01.10.2026",
        "email": f"office{place}@new.example", "phone": FIRST_PHONE + place, "plan": "sip-trunk",
    }  # fmt: skip
    return given | other


KEYS = ["account", "name", "unp", "address", "contract", "contract_date", "email", "phone", "trunk", "plan", "origin",
        "label", "connected_on", "balance", "balance_on"]  # fmt: skip


def lines(rows: Sequence[dict[str, Any]]) -> list[list[Any]]:
    return [HEAD, *([one.get(key, "") for key in KEYS] for one in rows)]


def file_of(*rows: dict[str, Any]) -> bytes:
    return table_files.csv(lines(rows))


def kept(content: bytes, by: User | None = None) -> TableImport:
    person = by or StaffFactory.create()
    told: dict[str, Any] = {"content": content, "file_name": "customers.csv", "day": None}
    return running.keep(kind=CustomersFile.now(), actor=Actor(person), **told)


def ordered(content: bytes, by: User | None = None) -> CustomerLoad:
    """The load of a file, waiting for a worker."""
    table = kept(content, by)
    return loads.order(table=table, by=Actor(table.uploaded_by))


def loaded(content: bytes, by: User | None = None) -> CustomerLoad:
    """The load of a file after the worker."""
    load = ordered(content, by)
    loads.drain()
    return CustomerLoad.objects.get(pk=load.pk)


def faults(load: CustomerLoad) -> list[tuple[Any, ...]]:
    """Row, field, value and reason of each fault."""
    rows = load.rows.exclude(faults=[]).order_by("number")
    return [(one.number, *fault) for one in rows for fault in one.faults]
