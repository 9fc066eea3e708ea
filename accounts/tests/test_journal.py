"""«Журнал действий» (1.3, 4.10)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.test import Client

from accounts.models import AuditEvent, User
from accounts.selectors import journal
from accounts.selectors.journal import PREFIXES, Section
from accounts.services import audit
from accounts.services.audit import Action
from accounts.views import journal_rows
from sipcabinet.lib import clock
from sipcabinet.lib.changes import ShownChange
from sipcabinet.tests.paging import neighbour, pages_from


def recorded(user: User, action: str = Action.PASSWORD_CHANGED, summary: str = "") -> AuditEvent:
    return audit.record(action=action, user=user, summary=summary, address="198.51.100.7")


def test_it_shows_who_did_what_when_and_from_where(
    owner: User, client_of: Callable[[User], Client], at: Callable[[str], Any]
) -> None:
    at("2026-11-22 17:42")
    recorded(owner)
    page = client_of(owner).get("/journal/").content.decode()
    for words in ("22.11.2026, 17:42", "Изменён пароль", str(owner), "198.51.100.7"):
        assert words in page


def test_a_change_of_a_subscriber_is_told_with_the_number_of_its_operation(
    owner: User, client_of: Callable[[User], Client]
) -> None:
    details = {"operation": "О-2026-000123"}
    audit.record(action="service.added", user=owner, summary="Услуги подключены", details=details)
    assert "О-2026-000123" in client_of(owner).get("/journal/").content.decode()


def test_it_shows_this_account_alone(owner: User, other_owner: User, client_of: Callable[[User], Client]) -> None:
    recorded(owner, "order.placed", "свой заказ")
    recorded(other_owner, "order.placed", "чужой заказ")
    page = client_of(owner).get("/journal/").content.decode()
    assert "свой заказ" in page
    assert "чужой заказ" not in page


def test_staffs_doings_are_shown_without_a_name(owner: User, staff: User, client_of: Callable[[User], Client]) -> None:
    audit.record(action=Action.EMAIL_CHANGED, user=staff, account=owner.account)
    page = client_of(owner).get("/journal/")
    assert [actor for _event, actor, _changes in page.context["events"]] == ["Сотрудник оператора"]
    assert staff.name not in page.content.decode()


def test_changed_values_of_the_own_account_are_shown_and_the_operators_are_not(
    owner: User, staff: User, client_of: Callable[[User], Client]
) -> None:
    def change(label: str, before: str, after: str) -> dict[str, str]:
        return {"label": label, "before": before, "after": after}

    told = {"label": change("Название", "Приёмная", "Склад"), "switch_code": change("Код", "внутренний-1", "х-2")}
    audit.record(
        action="subscriber.changed", summary="Изменено", account=owner.account, user=staff, details={"changes": told}
    )
    rights = {"groups": change("группы", "Касса", "Биллинг")}
    audit.record(
        action="login.rights_changed", summary="Права", account=owner.account, user=staff, details={"changes": rights}
    )
    page = client_of(owner).get("/journal/").content.decode()
    assert "Название: Приёмная → Склад" in page
    assert not [word for word in ("внутренний-1", "х-2", "Касса", "Биллинг") if word in page]


def test_what_nobody_did_is_the_systems(owner: User, client_of: Callable[[User], Client]) -> None:
    audit.record(action=Action.TEMPORARY_PASSWORD_SENT, account=owner.account)
    assert [actor for _event, actor, _changes in client_of(owner).get("/journal/").context["events"]] == ["Система"]


def test_pages_follow_one_another(owner: User, client_of: Callable[[User], Client]) -> None:
    for number in range(2 * journal.PAGE_SIZE + 5):
        recorded(owner, "order.placed", f"событие {number:03d}")
    client, seen = client_of(owner), []
    for page in pages_from(client, "/journal/"):
        seen += [event.summary for event, _actor, _changes in page.context["events"]]
    assert seen == [f"событие {number:03d}" for number in reversed(range(2 * journal.PAGE_SIZE + 5))]
    newer = client.get(neighbour(page, "prev"))
    assert newer.context["events"][0][0].summary == f"событие {journal.PAGE_SIZE + 4:03d}"


def test_the_filter_stays_from_page_to_page(owner: User, client_of: Callable[[User], Client]) -> None:
    for number in range(journal.PAGE_SIZE + 1):
        recorded(owner)
        recorded(owner, "order.placed", f"заказ {number}")
    *_, last = pages_from(client_of(owner), "/journal/?section=documents")
    assert [event.summary for event, _actor, _changes in last.context["events"]] == ["заказ 0"]


@pytest.mark.parametrize(("section", "expected"), [("", 2), ("security", 1), ("documents", 1), ("money", 0), ("?", 2)])
def test_the_filter(owner: User, client_of: Callable[[User], Client], section: str, expected: int) -> None:
    recorded(owner)
    recorded(owner, "order.placed", "заказ")
    page = client_of(owner).get("/journal/", {"section": section})
    assert len(page.context["events"]) == expected


def test_an_empty_section_says_so(owner: User, client_of: Callable[[User], Client]) -> None:
    assert "В этом разделе действий не было" in client_of(owner).get("/journal/?section=money").content.decode()
    assert "Действий пока нет" in client_of(owner).get("/journal/").content.decode()


@pytest.mark.parametrize("token", ["x", "W10", "9" * 500, "WyIyMDI2LTExLTIyIl0"])
def test_a_token_that_is_nobodys_leads_to_the_first_page(
    owner: User, client_of: Callable[[User], Client], token: str
) -> None:
    recorded(owner)
    for name in ("onward", "back"):
        assert len(client_of(owner).get(f"/journal/?{name}={token}").context["events"]) == 1


def test_every_action_of_this_room_belongs_to_a_section() -> None:
    known = {prefix for prefixes in PREFIXES.values() for prefix in prefixes}
    assert {action.split(".")[0] for action in Action.values} <= known
    assert set(PREFIXES) == set(Section.values)


def test_an_unknown_action_must_say_what_it_was(owner: User) -> None:
    with pytest.raises(ValueError, match="is not a valid Action"):
        audit.record(action="something.else", user=owner)


@contextmanager
def as_the_owner() -> Iterator[CursorWrapper]:
    """Acts as the owner of the tables, whom only triggers and constraints stop."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("RESET ROLE")
        yield cursor
        cursor.execute(f"SET ROLE {settings.DATABASE_ROLE}")


EDITS = [
    "UPDATE accounts_auditevent SET summary = ''",
    "DELETE FROM accounts_auditevent",
    "TRUNCATE accounts_auditevent",
]


@pytest.mark.parametrize("statement", EDITS)
def test_the_application_has_no_right_to_edit_it(owner: User, statement: str) -> None:
    recorded(owner)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize("statement", EDITS)
def test_a_trigger_stops_even_the_owner_of_the_table(owner: User, statement: str) -> None:
    recorded(owner)
    with as_the_owner() as cursor, pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        cursor.execute(statement)
    assert AuditEvent.objects.get().summary == "Изменён пароль"


def test_without_the_trigger_the_owner_could(owner: User) -> None:
    """Counter-check with the guard removed: the table's owner can change an event."""
    recorded(owner)
    with as_the_owner() as cursor:
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER audit_is_append_only")
        cursor.execute("UPDATE accounts_auditevent SET summary = 'подделка'")
        cursor.execute("ALTER TABLE accounts_auditevent ENABLE TRIGGER audit_is_append_only")
    assert AuditEvent.objects.get().summary == "подделка"


def test_what_an_event_holds_is_escaped() -> None:
    event = AuditEvent(at=clock.now(), summary="<b>&", details={"operation": "<i>"}, address=None)
    row = journal_rows.html([(event, "<u>", [ShownChange("<s>", '"', "—")])])
    for shown in ("&lt;b&gt;&amp;", "&lt;i&gt;", "&lt;u&gt;", "&lt;s&gt;: &quot; → —", '<td data-l="IP-адрес">—</td>'):
        assert shown in row
    assert not [tag for tag in ("<b>", "<i>", "<u>", "<s>") if tag in row]
