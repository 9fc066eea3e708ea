"""Minutes of packages in a month: every charged day gives minutes (2.4, 4.5)."""

from datetime import datetime, timedelta

import pytest

from sipcabinet.lib.clock import MINSK
from sipcabinet.lib.periods import Month
from subscribers.rating.packages import Held, package_seconds

NOVEMBER = Month(2026, 11)  # 30 days


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MINSK)


def minutes(*held: tuple[int, str, str], month: Month = NOVEMBER, closed: str = "") -> int:
    """Minutes from packages given as (minutes, from, until); an empty `until` means no end."""
    rows = [Held(size, at(began), at(ended) if ended else None) for size, began, ended in held]
    return package_seconds(rows, month, at(closed) if closed else None) // 60


@pytest.mark.parametrize(
    ("began", "ended", "expected"),
    [
        ("2026-09-15 12:00", "", 1000),
        ("2026-11-01 00:00", "", 1000),
        ("2026-10-31 23:59:59", "", 1000),
        ("2026-11-01 23:59:59", "", 1000),  # the first day counts as a whole day
        ("2026-11-02 00:00", "", 967),  # 29 of 30 days, rounded up
        ("2026-11-16 09:00", "", 500),
        ("2026-11-30 23:59:59", "", 34),
        ("2026-12-01 00:00", "", 0),
        ("2026-09-15 12:00", "2026-11-01 00:00", 0),
        ("2026-09-15 12:00", "2026-11-16 09:00", 500),  # the day of the end is not charged
        ("2026-11-16 09:00", "2026-11-16 09:01", 34),  # but the first day is
        ("2026-11-16 09:00", "2026-11-16 09:00", 0),  # cancelled before it began
        ("2026-11-05 00:00", "2026-11-20 00:00", 500),
        ("2026-11-05 00:00", "2026-12-01 00:00", 867),
    ],
)
def test_a_package_gives_the_share_of_its_days_rounded_up(began: str, ended: str, expected: int) -> None:
    assert minutes((1000, began, ended)) == expected


def test_a_month_of_another_length_has_another_share() -> None:
    assert minutes((300, "2026-02-15 00:00", ""), month=Month(2026, 2)) == 150
    assert minutes((300, "2026-10-15 00:00", ""), month=Month(2026, 10)) == 165  # 17 of 31 days: 164,5


def test_several_packages_add_up_and_a_day_of_one_counts_once() -> None:
    change = "2026-11-16 09:00"
    assert minutes((300, "2026-09-01 00:00", change), (1000, change, "")) == 150 + 500
    again = (300, "2026-09-01 00:00", change), (300, "2026-11-16 15:00", "")
    assert minutes(*again) == 300
    same_day = (300, "2026-11-16 09:00", "2026-11-16 12:00"), (300, "2026-11-16 15:00", "")
    assert minutes(*same_day) == 150


def test_a_disconnected_trunk_keeps_the_minutes_of_its_last_month_and_no_more() -> None:
    closed = "2026-11-16 09:00"
    assert minutes((1000, "2026-09-01 00:00", closed), closed=closed) == 1000
    assert minutes((1000, "2026-09-01 00:00", ""), closed=closed) == 1000
    assert minutes((1000, "2026-09-01 00:00", closed), closed=closed, month=Month(2026, 12)) == 0
    assert minutes((1000, "2026-09-01 00:00", "2026-11-07 00:00"), closed=closed) == 200


def test_every_day_of_a_month_gives_one_share_more() -> None:
    shares = [minutes((3000, str(NOVEMBER.start + timedelta(days=day))[:19], "")) for day in range(30)]
    assert shares == [100 * (30 - day) for day in range(30)]
