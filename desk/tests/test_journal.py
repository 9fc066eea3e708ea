"""The staff's journal: every filter, pages over two tables, one row, files; and to whom it opens (4.10)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, Look, User
from accounts.services import audit
from accounts.tests.factories import AccountFactory, StaffFactory, UserFactory
from desk.selectors import journal, merged
from desk.selectors.journal_groups import ActionGroup, group_of
from desk.views import journal as journal_views
from sipcabinet.lib import clock
from sipcabinet.lib.look_kinds import LookKind
from sipcabinet.tests.signed_in import signed_in

pytestmark = pytest.mark.django_db
JOURNAL = reverse("admin:desk_journal")
EXPORT = reverse("admin:desk_journal_export")


@pytest.fixture(autouse=True)
def _today(today: Any) -> None:
    """The clock stands on a day of November 2026."""


@pytest.fixture
def auditor() -> User:
    """A person of the staff who may read the journal and nothing else."""
    return with_right("accounts.view_auditevent", name="Аудитор Анна")


def with_right(*rights: str, **fields: Any) -> User:
    user = StaffFactory.create(is_superuser=False, **fields)
    for right in rights:
        app, code = right.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=code))
    return User.objects.get(pk=user.pk)


def event(summary: str, **fields: Any) -> AuditEvent:
    return AuditEvent.objects.create(summary=summary, **{"action": "payment.booked", **fields})


def look(summary: str, user: User, **fields: Any) -> Look:
    told = {"kind": LookKind.CALLS, "subject": summary, "hour": clock.now(), **fields}
    return Look.objects.create(summary=summary, user=user, **told)


def found(browser: Client, **filters: Any) -> list[str]:
    """Texts of the rows that the filters leave, in alphabetical order."""
    response = browser.get(JOURNAL, filters)
    assert response.status_code == 200
    assert not response.context["form"].errors
    return sorted(line.summary for line in response.context["lines"])


@pytest.fixture
def rows(account: Account, owner: User, auditor: User) -> dict[str, Any]:
    """An action of a customer, one of staff, one of the portal, a download and a look."""
    boss = StaffFactory.create(name="Начальник")
    now = clock.now()
    event(
        "вошёл", action="sign_in.done", account=account, user=owner, address="203.0.113.7", at=now - timedelta(days=3)
    )
    event("зачислен", user=boss, by_staff=True, account=AccountFactory.create(), address="198.51.100.1")
    event("выставлен", action="invoice.issued", account=account, at=now - timedelta(days=1))
    event("скачан", action="document.read", account=account, user=boss, by_staff=True, address="198.51.100.1")
    look("звонки", boss, account=account, address="198.51.100.1")
    return {"account": account, "boss": boss, "owner": owner}


def test_the_journal_opens_by_its_right_alone(auditor: User, rows: Any) -> None:
    assert found(signed_in(auditor)) == ["вошёл", "выставлен", "зачислен", "звонки", "скачан"]
    pages = [
        JOURNAL,
        f"{EXPORT}?format=csv",
        reverse("admin:desk_journal_event", args=[AuditEvent.objects.latest("pk").pk]),
        reverse("admin:desk_journal_look", args=[Look.objects.get().pk]),
    ]
    clerk = signed_in(with_right("accounts.view_account", "subscribers.view_callrecord"))
    before = AuditEvent.objects.count()
    for page in pages:
        assert clerk.get(page).status_code == 403
        assert signed_in(auditor).post(page).status_code == 405
    assert AuditEvent.objects.count() == before
    for page in pages:
        response = signed_in(auditor).get(page)
        assert response.status_code == 200
        assert b"".join(response)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"who": "staff"}, ["зачислен", "звонки", "скачан"]),
        ({"who": "customer"}, ["вошёл"]),
        ({"who": "system"}, ["выставлен"]),
        ({"what": "actions"}, ["вошёл", "выставлен", "зачислен"]),
        ({"what": "looks"}, ["звонки", "скачан"]),
        ({"what": "look-calls"}, ["звонки"]),
        ({"what": "look-file"}, ["скачан"]),
        ({"what": "look-letter"}, []),
        ({"what": "access"}, ["вошёл"]),
        ({"what": "money"}, ["выставлен", "зачислен"]),
        ({"what": "documents"}, []),
        ({"code": "payment.booked"}, ["зачислен"]),
        ({"code": "payment"}, []),
        ({"address": "198.51.100.1"}, ["зачислен", "звонки", "скачан"]),
        ({"text": "ЗАЧИС"}, ["зачислен"]),
        ({"text": "вон"}, ["звонки"]),
        ({"start": "22.11.2026"}, ["зачислен", "звонки", "скачан"]),
        ({"end": "21.11.2026"}, ["вошёл", "выставлен"]),
        ({"start": "19.11.2026", "end": "19.11.2026"}, ["вошёл"]),
        ({"who": "staff", "what": "looks", "text": "скача"}, ["скачан"]),
    ],
)
def test_every_filter(auditor: User, rows: Any, filters: dict[str, str], expected: list[str]) -> None:
    assert found(signed_in(auditor), **filters) == expected


def test_one_person_and_one_account(auditor: User, rows: Any) -> None:
    browser = signed_in(auditor)
    assert found(browser, who=rows["boss"].pk) == ["зачислен", "звонки", "скачан"]
    of_account = ["вошёл", "выставлен", "звонки", "скачан"]
    customer = rows["account"].customer
    for text in (rows["account"].number, customer.unp, customer.name[2:].upper()):
        assert found(browser, account=text) == of_account


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account", "нет такого"),
        ("address", "1.2.3"),
        ("text", "ab"),
        ("start", "31.02.2026"),
        ("start", "01.01.9999"),
        ("who", "999999"),
        ("what", "x"),
        ("code", "x" * 61),
    ],
)
def test_a_wrong_filter_is_said_beside_its_field_and_shows_nothing(
    auditor: User, rows: Any, field: str, value: str
) -> None:
    browser = signed_in(auditor)
    for response in (browser.get(JOURNAL, {field: value}), browser.get(EXPORT, {field: value, "format": "csv"})):
        assert response.context["form"].errors[field]
        assert "зачислен" not in response.content.decode()
    assert not AuditEvent.objects.filter(action="journal.exported").exists()


def test_a_period_that_ends_before_it_begins_is_refused(auditor: User) -> None:
    response = signed_in(auditor).get(JOURNAL, {"start": "22.11.2026", "end": "21.11.2026"})
    assert response.context["form"].errors["end"] == ["Конец раньше начала"]


def test_a_row_shows_was_and_became(auditor: User, account: Account) -> None:
    change = {"label": "Название", "before": "Приёмная <b>", "after": True}
    one = event("изменено", account=account, details={"changes": {"label": change}, "reason": "заявление", "id": "7"})
    page = signed_in(auditor).get(reverse("admin:desk_journal_event", args=[one.pk])).content.decode()
    for words in ("Было", "Стало", "Приёмная &lt;b&gt;", ">да<", "заявление", account.number, "payment.booked"):
        assert words in page
    assert signed_in(auditor).get(reverse("admin:desk_journal_event", args=[one.pk + 1])).status_code == 404


@pytest.mark.parametrize("details", [{"changes": 3}, {"changes": {"a": "b"}}, ["x"], {"changes": None}, "text", None])
def test_details_of_any_other_shape_are_shown(auditor: User, details: Any) -> None:
    one = event("прежнее", details=details if details is not None else {})
    browser = signed_in(auditor)
    assert browser.get(reverse("admin:desk_journal_event", args=[one.pk])).status_code == 200
    assert found(browser) == ["прежнее"]


# --- Files -----------------------------------------------------------------------------------------------------------
def test_the_file_has_what_is_filtered_and_the_journal_says_who_took_it(auditor: User, rows: Any) -> None:
    response = signed_in(auditor).get(EXPORT, {"format": "csv", "who": "staff"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    lines = text.splitlines()
    assert lines[0].startswith("Время;Вид;Код;Описание;")
    assert len(lines) == 4
    assert "звонки" in text
    assert "вошёл" not in text
    taken = AuditEvent.objects.get(action="journal.exported")
    assert (taken.user, taken.address, taken.by_staff) == (auditor, "127.0.0.1", True)
    assert taken.details == {"format": "csv", "filters": ["who"]}


def test_a_file_has_a_bound_and_says_so(auditor: User, rows: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_views, "MOST_EXPORTED", 4)
    response = signed_in(auditor).get(EXPORT, {"format": "xlsx"})
    assert response.status_code == 400
    assert "сузьте период" in response.content.decode()
    whole = signed_in(auditor).get(EXPORT, {"format": "xlsx", "what": "actions"})
    assert b"".join(whole).startswith(b"PK")
    assert signed_in(auditor).get(EXPORT, {"format": "pdf"}).status_code == 404


# --- Pages over two tables -------------------------------------------------------------------------------------------
def walk(browser: Client, token: str, start: str = "") -> tuple[list[str], str]:
    """The texts of all pages from one end to the other, and the last page's token of the other direction."""
    texts, at = [], start
    for _page in range(20):
        response = browser.get(JOURNAL, {token: at} if at else {})
        page = response.context["page"]
        lines = [line.summary for line in response.context["lines"]]
        texts.append(lines)
        if not getattr(page, token):
            return [text for lines in texts for text in lines], page.back if token == "onward" else page.onward
        at = getattr(page, token)
    raise AssertionError


def test_pages_have_every_row_once_in_both_directions(auditor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "PAGE_SIZE", 4)
    now = clock.now()
    for number in range(23):
        at = now - timedelta(minutes=number // 5)  # five rows of one moment, in both tables
        if number % 3:
            event(f"{number}", at=at)
        else:
            look(f"{number}", auditor, at=at)
    browser = signed_in(auditor)
    down, last = walk(browser, "onward")
    assert sorted(down, key=int) == [str(number) for number in range(23)]
    assert [int(text) // 5 for text in down] == sorted(int(text) // 5 for text in down)
    pages_up = []
    while last:
        response = browser.get(JOURNAL, {"back": last})
        pages_up.append([line.summary for line in response.context["lines"]])
        last = response.context["page"].back
    assert [text for page in reversed(pages_up) for text in page] == down[:20]  # the last page has three rows


@pytest.mark.parametrize("token", ["x", "W10", "WzEsMiwzXQ", "a" * 300, "WyI5OTk5LTEyLTMxVDIzOjU5OjU5KzAwOjAwIiwwLDFd"])
def test_a_wrong_token_leads_to_the_first_page(auditor: User, rows: Any, token: str) -> None:
    for name in ("onward", "back"):
        assert len(signed_in(auditor).get(JOURNAL, {name: token}).context["lines"]) == 5


def test_a_page_costs_few_queries(
    auditor: User, rows: Any, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    browser = signed_in(auditor)
    browser.get(JOURNAL)
    for number in range(30):
        event(f"ещё {number}", account=rows["account"], user=rows["owner"])
    with django_assert_max_num_queries(10):
        browser.get(JOURNAL, {"who": "staff", "what": "money", "account": rows["account"].number})


@pytest.mark.parametrize("scanned", [0, 3, 10_000])
def test_a_text_is_found_near_and_far(auditor: User, monkeypatch: pytest.MonkeyPatch, scanned: int) -> None:
    monkeypatch.setattr(merged, "SCANNED", scanned)
    monkeypatch.setattr(journal, "PAGE_SIZE", 3)
    for number in range(12):
        word = "Зачислен [1.5%] \\" if number % 2 else "иное"
        event(f"{word} {number}", at=clock.now() - timedelta(minutes=number))
    browser = signed_in(auditor)
    wanted, texts, onward = "зачислен [1.5%] \\", [], ""
    for _page in range(3):
        response = browser.get(JOURNAL, {"text": wanted, "onward": onward})
        texts += [line.summary for line in response.context["lines"]]
        if not (onward := response.context["page"].onward):
            break
    assert [int(text.split()[-1]) for text in texts] == [1, 3, 5, 7, 9, 11]
    assert found(browser, text="[125%]") == []


# --- Groups ----------------------------------------------------------------------------------------------------------
def test_every_action_of_the_desk_has_a_group() -> None:
    pages = admin.site._registry.values()
    nouns = {getattr(page, "audit_noun", "") or str(page.opts.model_name) for page in pages}
    nouns |= {action.partition(".")[0] for action in audit.Action.values}
    assert {noun for noun in nouns if group_of(f"{noun}.changed") == ActionGroup.OTHER} == set()


def test_codes_are_read_from_the_index_one_by_one(account: Account) -> None:
    for code in ("b.two", "a.one", "b.two", "c.three"):
        event("x", action=code)
    assert journal.codes() == ["a.one", "b.two", "c.three"]


def test_counting_ends_at_the_bound(owner: User) -> None:
    for number in range(5):
        event(f"{number}")
    sources = [merged.Source(AuditEvent.objects.all()), merged.Source(Look.objects.all())]
    assert merged.has_more_than(sources, 4)
    assert not merged.has_more_than(sources, 5)


def test_customers_do_not_see_the_staff_s_journal(owner: User) -> None:
    UserFactory.create()
    assert signed_in(owner).get(JOURNAL).status_code in {302, 403}
