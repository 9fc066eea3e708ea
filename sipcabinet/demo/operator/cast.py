"""Customers, numbers and staff of the demo operator. Plain data; all people and companies are invented."""

from collections.abc import Iterator
from dataclasses import dataclass

CUSTOMER_PASSWORD = "demo-kabinet-{number}"
COLLEAGUE_PHONE, COLLEAGUE_NAME = "+375296000002", "Марина Гончар"  # nobody signs in with this login
STAFF_PHONE, STAFF_NAME, STAFF_PASSWORD = "+375296000001", "Ольга Станкевич", "demo-operator-1"
YOUNG_CONTRACT_DAYS = 70  # younger than three months (2.2.3)


@dataclass(frozen=True, slots=True)
class DemoLine:
    """A number of a demo customer. `weight` is its share of the customer's calls."""

    phone: str
    label: str
    weight: float = 1.0
    closed_days_ago: int | None = None


@dataclass(frozen=True, slots=True)
class DemoTrunk:
    """A «SIP-соединение» with its numbers."""

    line: DemoLine
    numbers: tuple[DemoLine, ...]

    def lines(self) -> Iterator[DemoLine]:
        yield self.line
        yield from self.numbers


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """A customer with one account. `share` is the customer's share of all calls, `source` the customer's switch."""

    name: str
    unp: str
    address: str
    iban: str
    contact_name: str
    account_number: str
    contract_number: str
    contract_days: int
    cabinet_email: str
    share: float
    source: str
    trunks: tuple[DemoTrunk, ...]
    note: str
    unpaid: int = 0  # how many of the newest invoices are unpaid
    breaks_guarantee: bool = False  # a guarantee ran out, so outgoing calls are restricted

    def lines(self) -> Iterator[tuple[DemoTrunk, DemoLine]]:
        for trunk in self.trunks:
            for line in trunk.lines():
                yield trunk, line


def _numbers(first: int, labels: str) -> tuple[DemoLine, ...]:
    """Consecutive numbers, with labels separated by `;`; `label*2.5` gives the number the weight 2.5."""
    lines = []
    for offset, text in enumerate(labels.split(";")):
        label, _star, weight = text.strip().partition("*")
        lines.append(DemoLine(f"+375{first + offset}", label, float(weight or 1)))
    return tuple(lines)


_OFFICE = _numbers(
    447112031,
    "Бухгалтерия*1.4; Отдел продаж*3; Отдел продаж, Ирина*2.6; Отдел продаж, Павел*2.4; Директор*0.9; Секретарь*1.8;"
    "Юрист*0.6; Отдел кадров*0.8; Снабжение*1.9; Логистика*2.2; Маркетинг*0.9; Техподдержка*2.8; Переговорная*0.2",
)
# Few calls, so that the trunk has included minutes left.
_WAREHOUSE = (
    *_numbers(
        447112051,
        "Склад, приёмка*0.12; Склад, отгрузка*0.16; Диспетчер*0.24; Охрана*0.04; Гараж*0.07; Экспедиторы*0.19;"
        "Сервисный центр*0.21; Магазин, касса*0.13; Магазин, зал*0.11",
    ),
    DemoLine("+375447112060", "Резерв", 0.05, closed_days_ago=40),
)

CUSTOMERS = (
    DemoCustomer(
        name="ООО «Северный ветер»",
        unp="190275411",
        address="220004, г. Минск, ул. Короля, 51, пом. 12",
        iban="BY78PRIM30120000000000000112",
        contact_name="Марина Лукашик",
        account_number="400100017",
        contract_number="SIP-118/Ю",
        contract_days=1130,
        cabinet_email="cabinet@veter.example",
        share=0.78,
        source="sbc-minsk",
        trunks=(
            DemoTrunk(DemoLine("+375447112030", "Приёмная", 4.0), _OFFICE),
            DemoTrunk(DemoLine("+375447112050", "Склад, Колядичи", 0.18), _WAREHOUSE),
        ),
        note="25 номеров, два SIP-соединения",
        unpaid=1,
    ),
    DemoCustomer(
        name="ЧУП «Булочная на углу»",
        unp="691135206",
        address="222210, г. Смолевичи, ул. Советская, 8",
        iban="BY76PRIM30120000000000000245",
        contact_name="Сергей Жук",
        account_number="400100025",
        contract_number="SIP-207/Ю",
        contract_days=560,
        cabinet_email="office@bulochnaya.example",
        share=0.03,
        source="pbx-regions",
        trunks=(DemoTrunk(DemoLine("+375447205510", "Заказы", 2.0), _numbers(447205511, "Пекарня; Доставка*1.5")),),
        note="небольшой клиент",
    ),
    DemoCustomer(
        name="ООО «Стройдвор Плюс»",
        unp="191588628",
        address="220075, г. Минск, ул. Селицкого, 21, корп. 3",
        iban="BY74PRIM30120000000000000378",
        contact_name="Вадим Рогач",
        account_number="400100033",
        contract_number="SIP-231/Ю",
        contract_days=430,
        cabinet_email="buh@stroydvor.example",
        share=0.14,
        source="pbx-regions",
        trunks=(
            DemoTrunk(
                DemoLine("+375447318840", "Офис", 2.0),
                _numbers(447318841, "Прорабы*1.6; Снабжение*1.3; Бухгалтерия*0.6"),
            ),
        ),
        note="задолженность, исходящая связь ограничена",
        unpaid=2,
        breaks_guarantee=True,
    ),
    DemoCustomer(
        name="ООО «Первоцвет Сад»",
        unp="193704187",
        address="223053, Минский р-н, д. Боровляны, ул. Первомайская, 2",
        iban="BY51PRIM30120000000000000501",
        contact_name="Алеся Верес",
        account_number="400100041",
        contract_number="SIP-302/Ю",
        contract_days=YOUNG_CONTRACT_DAYS,
        cabinet_email="hello@pervocvet.example",
        share=0.05,
        source="sbc-minsk",
        trunks=(
            DemoTrunk(DemoLine("+375172700915", "Питомник", 2.0), _numbers(172700916, "Розница*1.7; Ландшафт*0.8")),
        ),
        note="договор моложе трёх месяцев",
        unpaid=1,
    ),
)


def password_of(customer: DemoCustomer) -> str:
    """The demo password of a customer's logins."""
    return CUSTOMER_PASSWORD.format(number=CUSTOMERS.index(customer) + 1)
