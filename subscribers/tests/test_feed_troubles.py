"""A switch's database that is away, refuses, or holds odd rows: told in words, and no other source stops (4.4)."""

from typing import Any

import psycopg
import pytest

from subscribers import tasks
from subscribers.calls import feeds, imports, received
from subscribers.models import CallImport, CallSource
from subscribers.tests.fed_rows import database, ended, known, pulled, source, switch, trouble
from subscribers.tests.switch_tables import SwitchTables

__all__ = ["database", "source", "switch"]

pytestmark = pytest.mark.django_db


def test_columns_of_another_configuration_are_named_by_the_source(switch: SwitchTables, source: CallSource) -> None:
    switch.run("ALTER TABLE acc_cdrs RENAME caller TO a_number")
    switch.run("INSERT INTO acc_cdrs (start_time, end_time, duration, a_number, callee, call_id) VALUES"
               " ('2026-10-05 07:00:00', '2026-10-05 07:01:00', 60, '375447112030', '375297654321', 'x')")  # fmt: skip
    assert pulled() == 0
    assert "нет колонки с номером" in trouble(source)
    source.columns = {"calling": "a_number"}
    source.save(update_fields=["columns"])
    assert pulled() == 1
    assert known() == ["x"]


@pytest.mark.parametrize(
    ("breakage", "words"),
    [
        ("DROP TABLE acc_cdrs", "нет таблицы"),
        ("ALTER TABLE acc_cdrs DROP COLUMN id", "нет колонки id"),
    ],
)
def test_a_database_that_cannot_be_read_is_named_in_words_and_stops_no_other(
    switch: SwitchTables, source: CallSource, breakage: str, words: str
) -> None:
    CallSource.objects.create(name="a-other", kind="asterisk", format="asterisk")
    switch.run(breakage)
    assert pulled() == 0
    assert words in trouble(source)
    assert "CALL_DATABASES" in CallSource.objects.get(name="a-other").position["trouble"]


def test_a_database_that_is_away_is_tried_again(switch: SwitchTables, source: CallSource, settings: Any) -> None:
    settings.KAMAILIO_DATABASE_URL = "postgres://nobody:secret@127.0.0.1:1/none"
    assert pulled() == 0
    assert "не отвечает" in trouble(source)
    assert "secret" not in trouble(source)
    settings.KAMAILIO_DATABASE_URL = switch.url
    ended(switch, "one")
    assert pulled() == 1
    assert trouble(source) == ""


def test_the_log_names_no_address(switch: SwitchTables, source: CallSource, settings: Any, monkeypatch: Any) -> None:
    """The text of a driver's error holds parts of the address."""
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(feeds, "log", _Log(told))
    settings.KAMAILIO_DATABASE_URL = "postgres://nobody:s3cret@[broken-host/none"
    assert pulled() == 0
    settings.KAMAILIO_DATABASE_URL = "no-url-but-s3cret"
    assert pulled() == 0
    assert [set(one) for one in told] == [{"source_id", "fault"}] * 2
    assert [one["fault"] for one in told] == ["ProgrammingError"] * 2
    assert "s3cret" not in trouble(source)


class _Log:
    def __init__(self, told: list[dict[str, Any]]) -> None:
        self._told = told

    def warning(self, _event: str, **told: Any) -> None:
        self._told.append(told)

    error = warning


def test_a_source_that_fails_in_any_way_stops_no_other(
    switch: SwitchTables, source: CallSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = CallSource.objects.create(name="a-other", kind="asterisk", format="asterisk")
    pull = feeds.pull

    def broken(one: CallSource) -> int:
        if one == source:
            raise LookupError("unknown encoding s3cret")
        return pull(one)

    monkeypatch.setattr(feeds, "pull", broken)
    assert feeds.pull_all() == 0
    assert "LookupError" in trouble(source)
    assert "s3cret" not in trouble(source)
    assert "CALL_DATABASES" in trouble(other)


def test_received_records_that_cannot_be_gathered_stop_no_database(
    switch: SwitchTables, source: CallSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> int:
        raise RuntimeError

    monkeypatch.setattr(received, "gather", broken)
    ended(switch, "one")
    with pytest.raises(RuntimeError):
        tasks.pull_calls()
    imports.drain()
    assert known() == ["one"]


@pytest.mark.parametrize("options", [{}, {"options": "-c search_path=pg_temp,public"}])
def test_the_session_can_write_nothing(switch: SwitchTables, source: CallSource, options: dict[str, str]) -> None:
    url = psycopg.conninfo.make_conninfo(switch.url, **options)
    shown = "SELECT current_setting('statement_timeout') AS limit, current_setting('search_path') AS path"
    with feeds._opened(url) as session:
        (row,) = session.execute(shown).fetchall()
        assert row["limit"] == "20s"
        assert row["path"].startswith("pg_temp") == bool(options)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            session.execute("DELETE FROM acc_cdrs")


def test_a_hostile_row_spoils_no_other(switch: SwitchTables, source: CallSource) -> None:
    ended(switch, 'qu"ote,\n"', caller='375447112030"\r\n')
    ended(switch, "good")
    pulled()
    assert "good" in known()
    job = CallImport.objects.get()
    assert job.read_count == 2
