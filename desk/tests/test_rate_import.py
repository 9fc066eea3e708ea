"""A list of rates is compared with the rates in force, and applied whole or not at all (4.3, 4.5)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from accounts.actor import Actor
from accounts.models import AuditEvent
from accounts.tests.factories import StaffFactory
from desk.imports import KINDS, running
from desk.imports.kind import Comparison, TableImportError
from desk.imports.running import EndedError, MovedError
from desk.models import TableImport
from desk.tests.price_tables import LONG_AGO, applied, checked, kept, place, rate, rates_file, rates_of
from sipcabinet.lib import clock
from sipcabinet.lib.tables import TableFileError
from subscribers.models import BillingMonth, Rate

pytestmark = pytest.mark.django_db
RATES = KINDS["rates"]
TODAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 23)
DECEMBER, JANUARY = date(2026, 12, 1), date(2027, 1, 1)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


@pytest.fixture(autouse=True)
def _catalogue(at: Callable[[str], Any], db: None) -> None:
    at("2026-11-22 10:00")
    rate("48", "0.8")
    rate("49", "0.8", destination=place("germany", "Германия"))


FILE = rates_file(
    ["48", "Польша", "0,62"], ["4822", "poland", "0,5", 30, 6], ["49", "Германия", "0,8"], ["252", "Сомали", "9,9"]
)


def test_each_row_is_new_changed_unchanged_or_wrong() -> None:
    found = checked(FILE, DECEMBER)
    assert dict(found.counts) == {"changed": 1, "new": 1, "same": 1, "wrong": 1}
    changed, new, same = found.lines
    assert (changed.name, changed.group, f"{changed.before} → {changed.after}") == (
        "+48",
        "Польша",
        "0.800000 → 0.620000",
    )
    assert f"{changed.percent:.1f}" == "-22.5"
    assert (new.name, new.before, same.name) == ("+4822", None, "+49")
    (problem,) = found.problems
    assert (problem.row, problem.field, problem.value) == (5, "Направление", "Сомали")
    assert "нет такого направления" in problem.reason
    assert Rate.objects.count() == 2


def test_a_table_with_a_fault_changes_nothing() -> None:
    table = kept(FILE, DECEMBER)
    seen = running.compared(table, RATES)
    with pytest.raises(TableImportError, match="целиком"):
        running.apply(table=table, kind=RATES, fingerprint=seen.fingerprint, actor=Actor(table.uploaded_by))
    assert Rate.objects.count() == 2


def test_a_new_price_ends_the_former_one_and_is_written_down() -> None:
    person = StaffFactory.create()
    table = applied(rates_file(["48", "poland", "0,62"], ["4822", "poland", "0,5", 30, 6]), DECEMBER, by=person)
    assert rates_of("48") == [("0.8", LONG_AGO, DECEMBER), ("0.62", DECEMBER, None)]
    assert rates_of("4822") == [("0.5", DECEMBER, None)]
    assert Rate.objects.get(prefix="4822").next_increment == 6
    assert (table.applied_by, table.content) == (person, None)
    assert table.outcome["counts"] == {"changed": 1, "new": 1}
    event = AuditEvent.objects.get(action="catalogue.changed")
    assert "Тарифы на звонки с 01.12.2026, изменено 1, добавлено 1" in event.summary
    assert event.details["changes"]["2"] == {"label": "+48 Польша", "before": "0.800000", "after": "0.620000"}


def test_the_same_table_again_changes_nothing() -> None:
    content = rates_file(["48", "poland", "0,62"], ["4822", "poland", "0,5"])
    applied(content, DECEMBER)
    assert dict(checked(content, DECEMBER).counts) == {"same": 2}
    assert dict(checked(content, JANUARY).counts) == {"same": 2}
    with pytest.raises(TableImportError, match="менять нечего"):
        applied(content, DECEMBER)


def test_a_price_that_has_not_begun_is_replaced_and_later_ones_stay() -> None:
    applied(rates_file(["48", "poland", "0,62"]), JANUARY)
    assert (
        "с 01.01.2027 уже назначена следующая цена: 0,62"
        in checked(rates_file(["48", "poland", "0,7"]), DECEMBER).lines[0].note
    )
    applied(rates_file(["48", "poland", "0,7"]), DECEMBER)
    applied(rates_file(["48", "poland", "0,71", 30, 6]), DECEMBER)
    assert rates_of("48") == [("0.8", LONG_AGO, DECEMBER), ("0.71", DECEMBER, JANUARY), ("0.62", JANUARY, None)]
    assert Rate.objects.get(prefix="48", valid_from=DECEMBER).first_increment == 30


@pytest.mark.parametrize("day", [TODAY, TODAY - timedelta(days=1), NOVEMBER, OCTOBER])
def test_a_day_that_has_a_price_never_gets_another(day: date) -> None:
    (problem,) = checked(rates_file(["48", "poland", "0,62"]), day).problems
    assert "прошлое не меняется: новая цена — не раньше 23.11.2026" in problem.reason


def test_a_price_in_force_changes_from_tomorrow() -> None:
    applied(rates_file(["48", "poland", "0,62"]), TOMORROW)
    assert rates_of("48") == [("0.8", LONG_AGO, TOMORROW), ("0.62", TOMORROW, None)]


def test_a_new_prefix_may_begin_in_an_open_month_of_the_past_but_not_in_a_closed_one() -> None:
    BillingMonth.objects.create(month=OCTOBER, closed_at=clock.now())
    applied(rates_file(["4822", "poland", "0,5"]), NOVEMBER)
    assert rates_of("4822") == [("0.5", NOVEMBER, None)]
    with pytest.raises(TableImportError, match="Октябрь 2026 уже закрыт для расчётов"):
        checked(rates_file(["4823", "poland", "0,5"]), OCTOBER)


def test_a_past_gap_is_not_filled_up_to_a_price_that_began_before_today() -> None:
    rate("4822", "0.5", NOVEMBER + timedelta(days=9))
    assert checked(rates_file(["4822", "poland", "0,4"]), NOVEMBER).problems


@pytest.mark.parametrize("day", [date(2029, 1, 1), date(2020, 1, 1)])
def test_a_day_far_away_is_a_slip(day: date) -> None:
    with pytest.raises(TableImportError, match="слишком"):
        checked(FILE, day)


def test_a_prefix_stands_once_in_a_table() -> None:
    (problem,) = checked(rates_file(["48", "poland", "1"], ["+48", "poland", "2"]), DECEMBER).problems
    assert (problem.row, problem.reason) == (3, "уже есть в строке 2")


def test_a_name_of_two_destinations_needs_its_code() -> None:
    place("poland-mobile", "Польша")
    (problem,) = checked(rates_file(["48", "Польша", "1"]), DECEMBER).problems
    assert "укажите код" in problem.reason


# --- two people ------------------------------------------------------------------------------------------------------


def test_a_catalogue_that_changed_meanwhile_is_shown_again_and_nothing_is_written() -> None:
    mine, person = kept(rates_file(["48", "poland", "0,62"]), DECEMBER), Actor(StaffFactory.create())
    seen = running.compared(mine, RATES)
    applied(rates_file(["48", "poland", "0,7"]), DECEMBER)
    with pytest.raises(MovedError) as refused:
        running.apply(table=mine, kind=RATES, fingerprint=seen.fingerprint, actor=person)
    assert str(refused.value.found.lines[0].before) == "0.700000"
    assert rates_of("48")[-1][0] == "0.7"
    running.apply(table=mine, kind=RATES, fingerprint=refused.value.found.fingerprint, actor=person)
    assert rates_of("48") == [("0.8", LONG_AGO, DECEMBER), ("0.62", DECEMBER, None)]


def test_a_change_of_other_rates_disturbs_nobody() -> None:
    mine = kept(rates_file(["48", "poland", "0,62"]), DECEMBER)
    seen = running.compared(mine, RATES)
    applied(rates_file(["49", "germany", "0,7"]), DECEMBER)
    running.apply(table=mine, kind=RATES, fingerprint=seen.fingerprint, actor=Actor(mine.uploaded_by))
    assert rates_of("48")[-1][0] == "0.62"


def test_a_table_is_applied_once_and_names_who_did_it() -> None:
    table = applied(rates_file(["48", "poland", "0,62"]), DECEMBER)
    with pytest.raises(EndedError, match="Файл уже принят"):
        running.apply(table=table, kind=RATES, fingerprint="x", actor=Actor(StaffFactory.create()))
    with pytest.raises(EndedError, match="Файл уже принят"):
        running.discard(table=table, actor=Actor(StaffFactory.create()))


def test_a_discarded_table_keeps_no_file() -> None:
    table = kept(rates_file(["48", "poland", "0,62"]), DECEMBER)
    running.discard(table=table, actor=Actor(table.uploaded_by))
    table.refresh_from_db()
    assert table.content is None
    with pytest.raises(EndedError, match="отказались"):
        running.compared(table, RATES)


def test_a_table_that_nobody_applied_is_wiped_after_a_week(at: Callable[[str], Any]) -> None:
    table = kept(rates_file(["48", "poland", "0,62"]), DECEMBER)
    at("2026-11-30 10:00")
    kept(rates_file(["48", "poland", "0,62"]), DECEMBER)
    table.refresh_from_db()
    assert TableImport.objects.filter(content__isnull=False).count() == 1
    with pytest.raises(EndedError, match="хранился неделю"):
        running.compared(table, RATES)


def test_a_file_with_a_path_keeps_only_its_name() -> None:
    actor = Actor(StaffFactory.create())
    name = "..\\..\\C:/windows/../цены.csv"
    assert running.keep(kind=RATES, content=b"x", file_name=name, day=DECEMBER, actor=actor).file_name == "цены.csv"


def test_another_table_is_told_apart_by_its_heading() -> None:
    with pytest.raises(TableFileError, match="Не найден заголовок"):
        checked(b"a;b\r\n1;2\r\n", DECEMBER)


# --- What the file does not have -------------------------------------------------------------------------------------
SHORTER = rates_file(["48", "Польша", "0,62"])


def compare(day: date = DECEMBER, *, ends: bool = False) -> Comparison:
    return running.compared(kept(SHORTER, day), RATES, ends=ends)


def test_what_the_file_does_not_have_is_told_and_stays() -> None:
    found = compare()
    assert dict(found.counts) == {"changed": 1, "absent": 1}
    assert (found.lines[-1].name, found.lines[-1].group, found.lines[-1].step) == ("+49", "Германия", ())
    assert len(found.effective) == 1
    applied(SHORTER, DECEMBER)
    assert rates_of("49") == [("0.8", LONG_AGO, None)]


def test_it_ends_from_the_day_if_the_person_wants_that() -> None:
    rate("4930", "0.7", since=DECEMBER, destination=place("germany"))
    rate("112", "0", is_short=True, destination=place("free", "Экстренные", is_free=True))
    rate("", "2", destination=place("world", "Мир"))
    table = kept(SHORTER, DECEMBER)
    seen = running.compared(table, RATES, ends=True)
    assert [one.name for one in seen.lines if one.state == "ended"] == ["+49"]
    assert sorted(one.name for one in seen.lines if one.state == "absent") == ["+4930", "112", "остальной мир"]
    told = {one.label: one.value for one in RATES.effects(seen.effective, DECEMBER)}
    assert told["Закончатся"].startswith("1 префикс:")
    by = Actor(table.uploaded_by)
    with pytest.raises(MovedError):  # the person saw what ends, so the table does nothing else
        running.apply(table=table, kind=RATES, fingerprint=seen.fingerprint, actor=by)
    running.apply(table=table, kind=RATES, fingerprint=seen.fingerprint, actor=by, ends=True)
    assert rates_of("49") == [("0.8", LONG_AGO, DECEMBER)]
    assert [rates_of(prefix)[0][2] for prefix in ("4930", "112", "")] == [None, None, None]
    event = AuditEvent.objects.get(action="catalogue.changed")
    assert (event.details["ended"], "закончено 1" in event.summary) == (1, True)


def test_nothing_ends_today_or_in_the_past() -> None:
    assert dict(checked(SHORTER, TODAY).counts) == {"wrong": 1}
    assert "ended" not in compare(TODAY, ends=True).counts


def test_a_price_of_one_form_is_no_whole_list() -> None:
    table = kept(SHORTER, DECEMBER)
    TableImport.objects.update(origin=running.FORM)
    table.refresh_from_db()
    assert dict(running.compared(table, RATES, ends=True).counts) == {"changed": 1}
