"""The demo operator's price list, net BYN, as plain data: for the demo, and for tests with results computed by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from subscribers.catalogue import ON_NET
from subscribers.catalogue.services import ServiceCode
from subscribers.rating import RateRow

SINCE = date(2020, 1, 1)


@dataclass(frozen=True, slots=True)
class DemoDestination:
    """A destination. Without a price it has no rate and is barred by default. `covered`: included minutes apply."""

    code: str
    name: str
    price_per_minute: Decimal | None
    prefixes: tuple[str, ...]
    first_increment: int = 60
    next_increment: int = 1
    covered: bool = False
    free: bool = False
    barred: bool = False


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """A tariff plan; `kind` is `trunk` or `number`."""

    code: str
    name: str
    kind: str
    monthly_fee: Decimal
    included_minutes: int = 0
    channels: int = 0


@dataclass(frozen=True, slots=True)
class DemoPackage:
    """A channel or minute package with a monthly fee."""

    size: int
    monthly_fee: Decimal


@dataclass(frozen=True, slots=True)
class DemoService:
    """A service; `parameter` is a ServiceParameter, `excludes` are codes of services that may not be on with it."""

    code: str
    name: str
    description: str
    monthly_fee: Decimal = Decimal(0)
    parameter: str = ""
    excludes: tuple[str, ...] = ()


def _plus(*codes: str) -> tuple[str, ...]:
    return tuple(f"+{code}" for code in codes)


DESTINATIONS = (
    DemoDestination(ON_NET, "Внутри сети", Decimal("0.1302"), _plus("37544", "375291", "375293", "375296", "375299")),
    DemoDestination(
        "by-mobile",
        "Беларусь, мобильные других операторов",
        Decimal("0.3054"),
        _plus("37533", "37525", "375292", "375295", "375297", "375298"),
        covered=True,
    ),
    DemoDestination(
        "by-fixed",
        "Беларусь, стационарные",
        Decimal("0.0600"),
        _plus("37515", "37516", "37517", "37521", "37522", "37523"),
        covered=True,
    ),
    DemoDestination("toll-free", "Бесплатные номера 800 и 801", Decimal(0), _plus("375800", "375801"), free=True),
    DemoDestination("premium", "Платные номера 902", None, _plus("375902"), barred=True),
    DemoDestination(
        "emergency",
        "Экстренные и справочные службы",
        Decimal(0),
        ("101", "102", "103", "104", "112", "1"),
        free=True,
    ),
    DemoDestination(
        "cis",
        "Россия, Казахстан и другие страны СНГ",
        Decimal("0.4960"),
        _plus("7", "374", "994", "996", "373", "992", "993", "998"),
    ),
    DemoDestination(
        "neighbours", "Литва, Латвия, Польша, Германия", Decimal("0.8000"), _plus("370", "371", "48", "49")
    ),
    DemoDestination("world", "Остальной мир", Decimal("1.4560"), ("+",)),
)

PLANS = (
    DemoPlan("sip-trunk", "SIP-соединение", "trunk", Decimal("12.00"), included_minutes=300, channels=2),
    DemoPlan("sip-number", "SIP-номер", "number", Decimal("3.20")),
)

CHANNEL_PACKAGES = tuple(
    DemoPackage(size, Decimal(fee))
    for size, fee in ((2, 0), (5, 6), (10, 11), (15, 16), (30, 30), (60, 55), (120, 100))
)
MINUTE_PACKAGES = tuple(DemoPackage(size, Decimal(fee)) for size, fee in ((300, 24), (1000, 70), (3000, 180)))

VAT_PERCENT = Decimal(25)

SERVICES = (
    DemoService(
        ServiceCode.FORWARD_ALL,
        "Переадресация безусловная",
        "Все входящие звонки уходят на другой номер.",
        Decimal("1.50"),
        parameter="forward_to",
    ),
    DemoService(
        ServiceCode.FORWARD_BUSY,
        "Переадресация по занятости",
        "Входящие звонки уходят на другой номер, когда линия занята.",
        Decimal("1.50"),
        parameter="forward_to",
    ),
    DemoService(
        ServiceCode.FORWARD_NO_ANSWER,
        "Переадресация по неответу",
        "Входящие звонки уходят на другой номер, когда никто не отвечает.",
        Decimal("1.50"),
        parameter="forward_to",
    ),
    DemoService(
        ServiceCode.INTERNATIONAL,
        "Международный доступ",
        "Звонки за пределы Беларуси.",
        excludes=(ServiceCode.BAR_INTERNATIONAL,),
    ),
    DemoService(
        ServiceCode.BAR_INTERNATIONAL,
        "Запрет международной связи",
        "Звонки за пределы Беларуси закрыты.",
        excludes=(ServiceCode.INTERNATIONAL,),
    ),
    DemoService(
        ServiceCode.BAR_OUTGOING,
        "Запрет исходящей связи",
        "Исходящие звонки закрыты, кроме экстренных служб и бесплатных номеров.",
    ),
    DemoService(ServiceCode.BAR_INCOMING, "Запрет входящей связи", "Входящие звонки закрыты."),
    DemoService(ServiceCode.CALLER_ID, "Определитель номера", "Показывает номер того, кто звонит."),
    DemoService(
        ServiceCode.HIDE_CALLER_ID, "АнтиАОН", "Ваш номер не показывается тому, кому вы звоните.", Decimal("2.00")
    ),
    DemoService(ServiceCode.CALL_NOTICE, "Уведомление о новом вызове", "Сигнал о втором звонке во время разговора."),
    DemoService(
        ServiceCode.BLACK_LIST,
        "Чёрный список",
        "Звонки с номеров из списка не принимаются.",
        Decimal("1.00"),
        parameter="numbers",
    ),
    DemoService(
        ServiceCode.CHARGES_BY_NUMBER,
        "Разбивка начислений по номерам",
        "Приложение к счёту с начислениями по каждому номеру.",
        Decimal("1.00"),
    ),
    DemoService(
        ServiceCode.MONTHLY_DETAIL,
        "Ежемесячная детализация",
        "Детализация звонков на E-mail после закрытия месяца.",
        Decimal("2.00"),
    ),
)


def rate_fields(row: RateRow) -> dict[str, Any]:
    """The fields of a Rate, except its destination."""
    return {
        "prefix": row.prefix.removeprefix("+"),
        "is_short": not row.prefix.startswith("+"),
        "price_per_minute": row.price_per_minute,
        "first_increment": row.first_increment,
        "next_increment": row.next_increment,
        "valid_from": row.valid_from,
    }


def rate_rows(valid_from: date = SINCE) -> Iterator[RateRow]:
    """The price list as rows for a RateTable or for the table of rates."""
    for destination in DESTINATIONS:
        if destination.price_per_minute is None:
            continue
        for prefix in destination.prefixes:
            yield RateRow(
                prefix=prefix,
                destination=destination.code,
                price_per_minute=destination.price_per_minute,
                first_increment=destination.first_increment,
                next_increment=destination.next_increment,
                valid_from=valid_from,
                included=destination.covered,
                on_net=destination.code == ON_NET,
            )
