"""Charges of a month computed by hand: days, changed prices, rounding, VAT (3.5, 4.7)."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from sipcabinet.lib.clock import MINSK
from sipcabinet.lib.periods import Month
from subscribers.charges import (
    CallTotal,
    ChargeKind,
    ChargeLine,
    Fee,
    Period,
    PriceMissingError,
    PricePeriod,
    calculate,
    charged_days,
    prorated,
)

NOVEMBER = Month(2026, 11)
VAT = Decimal(25)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MINSK)


def period(start: str, end: str | None = None) -> Period:
    return at(start), at(end) if end else None


def price(fee: str, since: str = "2020-01-01", until: str | None = None) -> PricePeriod:
    return PricePeriod(Decimal(fee), date.fromisoformat(since), date.fromisoformat(until) if until else None)


def fee(*prices: PricePeriod, periods: list[Period], kind: ChargeKind = ChargeKind.SERVICE, code: str = "x") -> Fee:
    return Fee(kind, 1, code, f"Услуга {code}", 0, prices, periods)


def one(charged: Fee, month: Month = NOVEMBER, until: date | None = None) -> ChargeLine:
    [line] = calculate(month=month, until=until or month.last_day, vat_percent=VAT, fees=[charged]).lines
    return line


# --- Days ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("periods", "days"),
    [
        ([period("2026-01-01 00:00")], 30),  # active before and after the whole month
        ([period("2026-11-19 23:59:59")], 12),  # 19…30
        ([period("2026-10-05 10:00", "2026-11-10 00:00")], 9),  # 1…9: the day of the end is not charged
        ([period("2026-10-05 10:00", "2026-11-10 23:59:59")], 9),  # at any time of the 10th
        ([period("2026-11-10 09:00", "2026-11-10 09:01")], 1),  # connected and disconnected in a day: that day
        ([period("2026-11-10 09:00", "2026-11-10 09:01"), period("2026-11-10 12:00", "2026-11-10 13:00")], 1),
        ([period("2026-11-10 09:00", "2026-11-10 10:00"), period("2026-11-10 18:00")], 21),  # twice: 10…30
        ([period("2026-11-03 09:00", "2026-11-06 10:00"), period("2026-11-06 18:00", "2026-11-08 08:00")], 5),  # 3…7
        ([period("2026-10-31 09:00", "2026-10-31 10:00")], 0),  # a day of October
        ([period("2026-10-31 23:59:59", "2026-11-01 00:00:01")], 0),  # [31 October, 1 November)
        ([period("2026-10-31 23:00", "2026-11-02 08:00")], 1),
        ([period("2026-12-01 00:00")], 0),
        ([period("2026-11-30 23:59:59")], 1),
    ],
)
def test_days_are_half_open_in_minsk_and_counted_once(periods: list[Period], days: int) -> None:
    assert len(charged_days(periods, NOVEMBER, NOVEMBER.last_day)) == days


def test_days_are_those_of_minsk_and_not_of_utc() -> None:
    """21:00 UTC is midnight in Minsk."""
    before = datetime.fromisoformat("2026-11-14T20:59:59+00:00")
    after = datetime.fromisoformat("2026-11-14T21:00:00+00:00")
    assert len(charged_days([(before, None)], NOVEMBER, NOVEMBER.last_day)) == 17  # 14…30
    assert len(charged_days([(after, None)], NOVEMBER, NOVEMBER.last_day)) == 16  # 15…30


def test_the_running_month_counts_up_to_and_including_the_day() -> None:
    assert len(charged_days([period("2026-11-20 10:00")], NOVEMBER, date(2026, 11, 22))) == 3  # 20, 21, 22
    assert charged_days([period("2026-11-23 10:00")], NOVEMBER, date(2026, 11, 22)) == set()


@pytest.mark.parametrize(("month", "days"), [(Month(2028, 2), 29), (Month(2027, 2), 28), (Month(2026, 12), 31)])
def test_a_whole_month_costs_the_whole_fee_however_long_it_is(month: Month, days: int) -> None:
    line = one(fee(price("12.00"), periods=[period("2026-01-01 00:00")]), month)
    assert (line.quantity, line.net, line.vat, line.gross, line.detail) == (
        days, Decimal("12.00"), Decimal("3.00"), Decimal("15.00"), "весь месяц",
    )  # fmt: skip


# --- Sums ------------------------------------------------------------------------------------------------------------
def test_part_of_a_month() -> None:
    # 12.00 × 12 / 30 = 4.80; VAT 4.80 × 0.25 = 1.20
    line = one(fee(price("12.00"), periods=[period("2026-11-19 15:00")]))
    assert (line.net, line.vat, line.gross) == (Decimal("4.80"), Decimal("1.20"), Decimal("6.00"))
    assert line.detail == "12 дней из 30, 12,00 BYN в месяц"


def test_a_day_of_a_leap_february() -> None:
    # 1.50 × 1 / 29 = 0.0517… → 0.05; VAT 0.05 × 0.25 = 0.0125 → 0.01
    line = one(fee(price("1.50"), periods=[period("2028-02-29 10:00")]), Month(2028, 2))
    assert (line.net, line.vat, line.detail) == (Decimal("0.05"), Decimal("0.01"), "1 день из 29, 1,50 BYN в месяц")


@pytest.mark.parametrize(
    ("monthly", "since", "net", "vat"),
    [
        ("0.45", "2026-11-30 10:00", "0.02", "0.01"),  # 0.45/30 = 0.015 → 0.02; 0.02 × 0.25 = 0.005 → 0.01
        ("0.44", "2026-11-30 10:00", "0.01", "0.00"),  # 0.44/30 = 0.01466… → 0.01; 0.0025 → 0.00
        ("2.00", "2026-11-11 10:00", "1.33", "0.33"),  # 2 × 20/30 = 1.333… → 1.33; 0.3325 → 0.33
        ("1.00", "2026-11-11 10:00", "0.67", "0.17"),  # 20/30 = 0.666… → 0.67; 0.1675 → 0.17
    ],
)
def test_net_and_vat_are_rounded_half_up_once(monthly: str, since: str, net: str, vat: str) -> None:
    line = one(fee(price(monthly), periods=[period(since)]))
    assert (line.net, line.vat) == (Decimal(net), Decimal(vat))


def test_a_price_that_changes_inside_the_month() -> None:
    # 12.00 × 10 / 30 + 15.00 × 20 / 30 = 4 + 10 = 14.00
    prices = (price("12.00", until="2026-11-11"), price("15.00", since="2026-11-11"))
    line = one(fee(*prices, periods=[period("2026-01-01 00:00")]))
    assert (line.net, line.vat, line.quantity) == (Decimal("14.00"), Decimal("3.50"), 30)
    assert line.detail == "10 дней по 12,00, 20 дней по 15,00 BYN в месяц"


def test_parts_of_one_fee_are_added_before_they_are_rounded() -> None:
    # 0.13 × 1/30 + 0.14 × 1/30 = 0.0043… + 0.0046… = 0.009 → 0.01; each rounded alone would be 0
    prices = (price("0.13", until="2026-11-30"), price("0.14", since="2026-11-30"))
    assert one(fee(*prices, periods=[period("2026-11-29 10:00")])).net == Decimal("0.01")


def test_the_fee_is_exact_until_it_is_rounded() -> None:
    days = charged_days([period("2026-11-24 10:00")], NOVEMBER, NOVEMBER.last_day)
    assert prorated([price("2.00")], days, NOVEMBER) * 30 == Decimal("14.00")  # 2.00 × 7 / 30
    assert prorated([price("2.00")], [], NOVEMBER) == 0


def test_a_day_without_a_price_is_never_free() -> None:
    gap = (price("1.50", until="2026-11-12"), price("1.50", since="2026-11-14"))
    with pytest.raises(PriceMissingError, match=r"На 12\.11\.2026 не задана цена: Услуга x"):
        one(fee(*gap, periods=[period("2026-11-01 00:00")]))
    with pytest.raises(PriceMissingError):
        one(fee(periods=[period("2026-11-01 00:00")]))
    # The thing is not charged on those days, so no price is missing.
    assert one(fee(*gap, periods=[period("2026-11-14 09:00")])).quantity == 17


# --- Calls -----------------------------------------------------------------------------------------------------------
def calls(cost: str, *, count: int = 35, billed: int = 4280, included: int = 0) -> CallTotal:
    return CallTotal(1, "by-mobile", "Мобильные", 0, count, billed, included, Decimal(cost))


@pytest.mark.parametrize(
    ("total", "net", "vat", "detail"),
    [
        (calls("21.785200"), "21.79", "5.45", "35 звонков, 71:20"),  # 21.7852 → 21.79; × 0.25 = 5.4475 → 5.45
        (calls("0.005000", count=1, billed=60), "0.01", "0.00", "1 звонок, 1:00"),  # 0.0025 → 0.00
        (calls("0.004999", count=2, billed=61), "0.00", "0.00", "2 звонка, 1:01"),
        (calls("0", included=4280), "0.00", "0.00", "35 звонков, 71:20, включённые минуты"),
        (calls("6.51", included=3000), "6.51", "1.63", "35 звонков, 71:20, из них включено 50:00"),  # 1.6275 → 1.63
    ],
)
def test_calls_of_a_destination(total: CallTotal, net: str, vat: str, detail: str) -> None:
    [line] = calculate(month=NOVEMBER, until=NOVEMBER.last_day, vat_percent=VAT, fees=[], calls=[total]).lines
    assert (line.net, line.vat, line.detail, line.quantity) == (Decimal(net), Decimal(vat), detail, total.calls)


def test_calls_tried_in_vain_are_no_line() -> None:
    counted = calculate(
        month=NOVEMBER, until=NOVEMBER.last_day, vat_percent=VAT, fees=[], calls=[calls("0", count=0, billed=0)]
    )
    assert counted.lines == []
    assert (counted.net, counted.gross, counted.groups) == (Decimal("0.00"), Decimal("0.00"), [])


# --- A whole month ---------------------------------------------------------------------------------------------------
def test_a_subscriber_s_month() -> None:
    """The demo's prices; November 2026, a trunk connected long ago."""
    long_ago = [period("2024-03-20 10:00")]
    fees = [
        # minutes: 70.00 × 15/30 = 35.00; VAT 8.75
        Fee(ChargeKind.MINUTES, 1, "1000", "1000 минут", 1000, [price("70.00")], [period("2026-11-16 00:00")]),
        # 10 channels from the 9th on: 11.00 × 22/30 = 8.0666… → 8.07; VAT 2.0175 → 2.02
        Fee(ChargeKind.CHANNELS, 1, "10", "10 каналов", 10, [price("11.00")], [period("2026-11-09 14:00")]),
        # 5 channels until the 9th: 6.00 × 8/30 = 1.60; VAT 0.40
        Fee(
            ChargeKind.CHANNELS,
            1,
            "5",
            "5 каналов",
            5,
            [price("6.00")],
            [period("2026-10-01 14:00", "2026-11-09 14:00")],
        ),
        # one of the free services
        Fee(ChargeKind.SERVICE, 1, "caller-id", "Определитель номера", 100, [price("0.00")], long_ago),
        # black list, 1.00 for the whole month: VAT 0.25
        Fee(ChargeKind.SERVICE, 1, "black-list", "Чёрный список", 100, [price("1.00")], long_ago),
        # plan, 12.00 for the whole month: VAT 3.00
        Fee(ChargeKind.FEE, 1, "sip-trunk", "SIP-соединение", 0, [price("12.00")], long_ago),
    ]
    destinations = [
        CallTotal(1, "world", "Остальной мир", 9, 1, 61, 0, Decimal("1.480267")),  # → 1.48; VAT 0.37
        CallTotal(1, "on-net", "Внутри сети", 1, 3, 200, 0, Decimal("0.434000")),  # → 0.43; VAT 0.1075 → 0.11
    ]
    counted = calculate(month=NOVEMBER, until=NOVEMBER.last_day, vat_percent=VAT, fees=fees, calls=destinations)
    assert [(line.code, str(line.net), str(line.vat)) for line in counted.lines] == [
        ("sip-trunk", "12.00", "3.00"),
        ("black-list", "1.00", "0.25"),
        ("caller-id", "0.00", "0.00"),
        ("5", "1.60", "0.40"),
        ("10", "8.07", "2.02"),
        ("1000", "35.00", "8.75"),
        ("on-net", "0.43", "0.11"),
        ("world", "1.48", "0.37"),
    ]
    # 12 + 1 + 0 + 1.60 + 8.07 + 35 + 0.43 + 1.48 = 59.58; 3 + 0.25 + 0.40 + 2.02 + 8.75 + 0.11 + 0.37 = 14.90
    assert (counted.net, counted.vat, counted.gross) == (Decimal("59.58"), Decimal("14.90"), Decimal("74.48"))
    assert [(group.title, group.net, group.vat) for group in counted.groups] == [
        ("Абонентская плата", Decimal("12.00"), Decimal("3.00")),
        ("Услуги", Decimal("1.00"), Decimal("0.25")),
        ("SIP-многоканальность", Decimal("9.67"), Decimal("2.42")),
        ("Пакеты минут", Decimal("35.00"), Decimal("8.75")),
        ("Звонки по направлениям", Decimal("1.91"), Decimal("0.48")),
    ]
    assert [line.code for line in counted.lines if line.is_free] == ["caller-id"]


# --- Suspension at the customer's request ----------------------------------------------------------------------------
def suspended(percent: int, *suspensions: Period, fees: str = "30.00") -> ChargeLine:
    """The line of a plan that is charged the whole month, with this share on suspended days."""
    priced = [PricePeriod(Decimal(fees), date(2020, 1, 1), None, percent)]
    return one(Fee(ChargeKind.FEE, 1, "p", "План", 0, priced, [period("2020-01-01 00:00")], suspensions))


@pytest.mark.parametrize(
    ("percent", "net", "detail"),
    [
        (100, "30.00", "весь месяц"),
        (0, "20.00", "20 дней из 30, 30,00 BYN в месяц; приостановлено: 10 дней — без платы"),
        (50, "25.00", "20 дней из 30, 30,00 BYN в месяц; приостановлено: 10 дней — 50 % от 30,00 BYN"),
    ],
)
def test_suspended_days_cost_the_share_of_the_plan(percent: int, net: str, detail: str) -> None:
    line = suspended(percent, period("2026-11-06 00:00", "2026-11-16 00:00"))
    assert (line.net, line.detail, line.quantity) == (Decimal(net), detail, 30)


@pytest.mark.parametrize(
    ("suspension", "net"),
    [
        (period("2026-10-20 12:00"), "0.00"),  # the whole month
        (period("2026-11-30 23:59"), "29.00"),  # from its first day
        (period("2026-11-10 09:00", "2026-11-10 18:00"), "30.00"),  # lifted on the day: none
        (period("2026-11-10 09:00", "2026-11-12 18:00"), "28.00"),  # the day of the end is charged in full
        (period("2026-10-10 09:00", "2026-11-02 00:00"), "29.00"),
        (period("2026-12-01 00:00"), "30.00"),
    ],
)
def test_days_of_a_suspension_are_those_of_minsk(suspension: Period, net: str) -> None:
    assert suspended(0, suspension).net == Decimal(net)


def test_suspensions_count_each_day_once_and_only_days_that_are_charged() -> None:
    twice = [period("2026-11-06 00:00", "2026-11-11 00:00"), period("2026-11-08 00:00", "2026-11-16 00:00")]
    assert suspended(0, *twice).net == Decimal("20.00")
    priced = [PricePeriod(Decimal(30), date(2020, 1, 1), None, 0)]
    late = Fee(ChargeKind.FEE, 1, "p", "План", 0, priced, [period("2026-11-11 10:00")], twice)
    assert (one(late).net, one(late).quantity) == (Decimal("15.00"), 20)


def test_the_share_is_that_of_the_terms_of_each_day() -> None:
    priced = [
        PricePeriod(Decimal(30), date(2020, 1, 1), date(2026, 11, 16), 0),
        PricePeriod(Decimal(60), date(2026, 11, 16), None, 50),
    ]
    line = one(
        Fee(ChargeKind.FEE, 1, "p", "План", 0, priced, [period("2020-01-01 00:00")], [period("2026-11-11 00:00")])
    )
    assert line.net == Decimal("25.00")  # 10 days of 30.00, 5 for nothing, 15 at half of 60.00
    assert line.detail.endswith("приостановлено: 5 дней — без платы, 15 дней — 50 % от 60,00 BYN")


def test_a_suspended_day_without_a_price_is_still_an_error() -> None:
    priced = [PricePeriod(Decimal(30), date(2026, 11, 10), None, 0)]
    missing = Fee(ChargeKind.FEE, 1, "p", "План", 0, priced, [period("2020-01-01 00:00")], [period("2026-11-01 00:00")])
    with pytest.raises(PriceMissingError):
        one(missing)
