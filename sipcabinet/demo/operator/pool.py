"""The demo operator's ranges of numbers, and reservations in them (4.13)."""

from datetime import timedelta

from accounts.actor import PORTAL, Actor
from accounts.models import User
from sipcabinet.lib import clock
from subscribers.services import number_ranges, pool

RANGES = (
    ("44 711-20-00", "44 711-20-99", "Минск и область, первая сотня"),
    ("44 720-55-00", "44 720-55-19", "Смолевичи"),
    ("44 731-88-00", "44 731-89-99", ""),
    ("17 270-09-00", "17 270-09-99", "Минск, городская нумерация"),
)


def add_ranges() -> None:
    for first, last, note in RANGES:
        number_ranges.add(ends=number_ranges.checked(first=first, last=last, note=note), by=PORTAL)


def reserve(staff: User) -> None:
    """Keeps a fine number, and a run of ten for a customer who will sign soon."""
    until, by = clock.today() + timedelta(days=14), Actor(staff)
    pool.reserve(first="+375447112000", until=until, text="ООО «Мельница»: ждём подписанный договор", by=by)
    pool.reserve(first="+375172700950", count=10, until=until, text="Гостиница «Берёзка», номера подряд", by=by)
