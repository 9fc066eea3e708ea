"""Russian words that follow a number: `1 канал`, `2 канала`, `5 каналов`."""

from datetime import timedelta

from sipcabinet.lib.money import NBSP


def counted(count: int, one: str, few: str, many: str) -> str:
    """The number, with its thousands grouped, and the form of the word that goes with the number."""
    return f"{count:,}".replace(",", NBSP) + f" {form(count, one, few, many)}"


def form(count: int, one: str, few: str, many: str) -> str:
    """The form of the word for this number: `one` for 1, 21, 101…; `few` for 2-4, 22-24…; `many` for all others."""
    tens, ones = abs(count) % 100, abs(count) % 10
    if ones == 1 and tens != 11:
        return one
    if 2 <= ones <= 4 and not 12 <= tens <= 14:
        return few
    return many


def age(length: timedelta) -> str:
    """How long something has waited, in one unit: `20 мин`, `6 ч`, `3 дня`."""
    minutes = max(0, length // timedelta(minutes=1))
    if minutes < 60:
        return f"{minutes}{NBSP}мин"
    if minutes < 48 * 60:
        return f"{minutes // 60}{NBSP}ч"
    return counted(minutes // (24 * 60), "день", "дня", "дней")
