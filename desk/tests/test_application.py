"""One written application: carried out with its change in one transaction, refused with a reason, once (4.2)."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, TemporaryPassword, User, WrittenApplication
from accounts.services import applications
from accounts.tests.factories import StaffFactory, UserFactory
from desk.tests.papers import clerk, paper, stored_in
from notifications.models import Letter
from sipcabinet.tests.at_once import at_once, posted
from sipcabinet.tests.page_text import text, words
from sipcabinet.tests.signed_in import signed_in
from subscribers.models import Subscriber
from subscribers.tests.factories import (
    NumberFactory,
    PlanTermsFactory,
    TrunkFactory,
)

pytestmark = pytest.mark.django_db
VIEW, DECIDE = "accounts.view_writtenapplication", "accounts.change_writtenapplication"
NEW = "new@customer.example"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: LazySettings, today: Any) -> None:
    stored_in(settings, tmp_path)


@pytest.fixture
def desk(staff: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(staff)


@pytest.fixture
def trunk(account: Account, owner: User) -> Subscriber:
    trunk: Subscriber = TrunkFactory.create(account=account, phone="+375447112030", label="Приёмная")
    PlanTermsFactory.create(plan=trunk.plan)
    return trunk


def url(row: WrittenApplication) -> str:
    return reverse("admin:desk_application", args=[row.pk])


def decided(row: WrittenApplication) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.answer


# --- The letter about a refusal --------------------------------------------------------------------------------------
REFUSAL = {"do": "no", "how": "refuse", "answer": "Нет подписи директора"}


def test_the_customer_reads_in_a_letter_why_it_was_refused(desk: Client, account: Account, staff: User) -> None:
    row = paper(account, staff, "plan")
    assert "клиент прочтёт её в письме" in text(desk.get(url(row)))
    for _twice in range(2):
        desk.post(url(row), REFUSAL)
    letter = Letter.objects.get()
    assert (letter.kind, letter.recipient, letter.account) == ("application_refused", account.cabinet_email, account)
    assert letter.subject == "Заявление № 41 от 22.11.2026: отказано"
    for body in (letter.body_text, letter.body_html):
        assert "Нет подписи директора" in body
        assert account.number in body


def test_a_withdrawn_or_done_paper_writes_no_letter(desk: Client, account: Account, staff: User) -> None:
    desk.post(url(paper(account, staff, "plan")), REFUSAL | {"how": "withdraw"})
    desk.post(url(paper(account, staff, "plan", number="42")), {"do": "done", "answer": "Сделано"})
    assert not Letter.objects.exists()


@pytest.mark.parametrize("email", ["", "не адрес"])
def test_without_an_email_it_is_refused_all_the_same(desk: Client, account: Account, staff: User, email: str) -> None:
    Account.objects.filter(pk=account.pk).update(cabinet_email=email)
    row = paper(account, staff, "plan")
    assert ("письма об отказе не будет" in text(desk.get(url(row)))) == (not email)
    desk.post(url(row), REFUSAL)
    assert decided(row) == ("refused", "Нет подписи директора")
    assert not Letter.objects.exists()


# --- By hand, refused, withdrawn -------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["plan", "port_out", "other", "minutes", "service"])
def test_what_was_done_by_hand_is_written_down(desk: Client, account: Account, staff: User, kind: str) -> None:
    row = paper(account, staff, kind)
    answer = desk.post(url(row), {"do": "done", "answer": "План\nсменён с 01.12.2026"})
    assert answer.headers["Location"] == reverse("admin:desk_applications")
    assert decided(row) == ("done", "План сменён с 01.12.2026")
    assert (row.decided_by, row.decided_at is not None) == (staff, True)
    event = AuditEvent.objects.get(action="application.done")
    assert (event.account, event.user, event.address) == (account, staff, "127.0.0.1")


@pytest.mark.parametrize(("how", "state"), [("refuse", "refused"), ("withdraw", "withdrawn")])
def test_a_refusal_and_a_withdrawal_need_a_reason(
    desk: Client, account: Account, staff: User, how: str, state: str
) -> None:
    row = paper(account, staff)
    for form, field in (({"how": how, "answer": " "}, "answer"), ({"answer": "Нет подписи"}, "how")):
        answer = desk.post(url(row), {"do": "no", **form})
        assert [*answer.context["no"].errors] == [field]
        assert decided(row) == ("received", "")
    assert "Нет подписи" in text(answer)
    desk.post(url(row), {"do": "no", "how": how, "answer": "Нет подписи"})
    assert decided(row) == (state, "Нет подписи")
    assert AuditEvent.objects.get(action=f"application.{state}").user == staff
    page = words(desk.get(url(row)))
    assert "Нет подписи" in page
    assert "Записать решение" not in page


@pytest.mark.parametrize("form", [{"do": "done", "answer": ""}, {"do": "no", "how": "x", "answer": "x" * 501}])
def test_an_incomplete_decision_is_none(desk: Client, account: Account, staff: User, form: dict[str, str]) -> None:
    row = paper(account, staff)
    assert "Исправьте ошибки" in words(desk.post(url(row), form))
    assert decided(row) == ("received", "")
    assert not AuditEvent.objects.exclude(action="application.received").exists()


def test_after_a_decision_comes_the_next_paper(desk: Client, account: Account, staff: User, at: Any) -> None:
    first = paper(account, staff, number="1")
    at("2026-11-22 10:05")
    second, third = (paper(account, staff, number=number) for number in "23")
    assert desk.get(url(second)).context["following"] == third
    assert desk.get(url(third)).context["following"] == first
    answer = desk.post(url(second), {"do": "done", "answer": "Сделано"})
    assert answer.headers["Location"] == url(third)
    assert desk.post(url(third), {"do": "done", "answer": "Сделано"}).headers["Location"] == url(first)
    answer = desk.post(url(first), {"do": "done", "answer": "Сделано"}, follow=True)
    assert "Все заявления разобраны" in words(answer)
    assert "Заявление № 1 от 22.11.2026: выполнено. Сделано" in words(answer)


def test_of_two_clerks_one_wins_and_the_other_is_told(desk: Client, account: Account, staff: User) -> None:
    row = paper(account, staff)
    applications.refuse(application=row, reason="Нет подписи", by=Actor(staff))
    answer = desk.post(url(row), {"do": "done", "answer": "Сделано"})
    assert "решение уже принято (отказано, Пётр Савицкий, 22.11.2026, 10:00)" in words(answer)
    assert "Отметить выполненным" not in words(answer)
    assert decided(row) == ("refused", "Нет подписи")


@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_at_the_same_moment_one_wins(account: Account, staff: User) -> None:
    row, former = paper(account, staff, "email"), account.cabinet_email
    browsers = [signed_in(staff), signed_in(StaffFactory.create())]
    changed = {"do": "change", "email": NEW, "confirmed": NEW}
    forms = [changed, {"do": "no", "how": "refuse", "answer": "Нет подписи"}]
    works = [partial(posted, browser.cookies, url(row), form) for browser, form in zip(browsers, forms, strict=True)]
    assert sorted(status for status, _where in at_once(works)) == [200, 302]
    account.refresh_from_db()
    state, _answer = decided(row)
    assert account.cabinet_email == (NEW if state == "done" else former)
    assert Letter.objects.filter(kind="email_changed").count() == (2 if state == "done" else 0)
    assert AuditEvent.objects.filter(action__in=["application.done", "application.refused"]).count() == 1


@pytest.mark.parametrize("form", [{"do": "done", "answer": "x"}, {"do": "no", "how": "refuse", "answer": "x"}])
def test_who_may_only_look_decides_nothing(account: Account, staff: User, form: dict[str, str]) -> None:
    row = paper(account, staff)
    browser = signed_in(clerk(VIEW))
    page = words(browser.get(url(row)))
    assert "право смотреть" in page
    assert "Записать решение" not in page
    assert browser.post(url(row), form).status_code == 403
    assert browser.post(url(row), {"do": "x"}).status_code == 403
    assert decided(row) == ("received", "")


def test_the_page_needs_few_queries(desk: Client, account: Account, staff: User, trunk: Subscriber) -> None:
    for number in range(30):
        NumberFactory.create(trunk=trunk, phone=f"+37544711{3000 + number}")
    for kind in ("service", "minutes", "email", "cabinet", "other"):
        row = paper(account, staff, kind, number=kind)
        with CaptureQueriesContext(connection) as queries:
            desk.get(url(row))
        assert len(queries) <= 9, kind


# --- E-mail and cabinet ----------------------------------------------------------------------------------------------
def test_the_registered_email_changes_after_its_effect_was_shown(
    desk: Client, account: Account, owner: User, staff: User
) -> None:
    former = account.cabinet_email
    row = paper(account, staff, "email")
    unused = TemporaryPassword.objects.create(
        user=owner, password="hash", issued_at=row.received_at, expires_at=row.received_at
    )
    shown = desk.post(url(row), {"do": "change", "email": NEW})
    page = words(shown)
    assert "Изменить E-mail" in page
    assert former in page
    assert NEW in text(shown)
    account.refresh_from_db()
    assert (account.cabinet_email, Letter.objects.count()) == (former, 0)
    desk.post(url(row), {"do": "change", "email": NEW, "confirmed": NEW})
    account.refresh_from_db()
    unused.refresh_from_db()
    assert (account.cabinet_email, unused.voided_at is not None) == (NEW, True)
    letters = Letter.objects.filter(kind="email_changed")
    assert set(letters.values_list("recipient", flat=True)) == {former, NEW}
    assert decided(row) == ("done", f"E-mail изменён на {NEW}")
    event = AuditEvent.objects.get(action="account.email_changed")
    assert (event.user, event.details["reason"]) == (staff, "Заявление № 41 от 22.11.2026")
    assert event.details["changes"]["cabinet_email"]["after"] == NEW


@pytest.mark.parametrize(
    ("email", "message"),
    [("", "Введите E-mail"), ("new@", "Проверьте E-mail"), ("present", "нынешний E-mail")],
)
def test_a_wrong_email_is_refused_beside_its_field(
    desk: Client, account: Account, staff: User, email: str, message: str
) -> None:
    row = paper(account, staff, "email")
    typed = account.cabinet_email if email == "present" else email
    answer = desk.post(url(row), {"do": "change", "email": typed, "confirmed": typed})
    assert message in answer.context["change"].errors["email"][0]
    assert decided(row) == ("received", "")
    assert not Letter.objects.exists()


def test_another_email_than_the_seen_one_is_shown_first(desk: Client, account: Account, staff: User) -> None:
    row = paper(account, staff, "email")
    answer = desk.post(url(row), {"do": "change", "email": "other@customer.example", "confirmed": NEW})
    assert answer.context["review"]
    assert decided(row) == ("received", "")


def test_the_first_password_goes_to_the_address_of_the_paper(
    desk: Client, account: Account, owner: User, staff: User
) -> None:
    row = paper(account, staff, "cabinet")
    form = {"do": "change", "login": str(owner.pk), "email": NEW}
    shown = desk.post(url(row), form)
    assert "Отправить временный пароль" in words(shown)
    assert not TemporaryPassword.objects.exists()
    desk.post(url(row), form | {"confirmed": shown.context["change"].seen})
    account.refresh_from_db()
    assert account.cabinet_email == NEW
    letter = Letter.objects.get(kind="temporary_password")
    assert (letter.recipient, letter.sealed) == (NEW, True)
    assert TemporaryPassword.objects.get().user == owner
    assert decided(row)[0] == "done"
    assert NEW in row.answer
    assert AuditEvent.objects.get(action="password.temporary").user == staff


def test_an_unchanged_address_writes_no_letter_about_it(
    desk: Client, account: Account, owner: User, staff: User
) -> None:
    row = paper(account, staff, "cabinet")
    form = {"do": "change", "login": str(owner.pk), "email": account.cabinet_email}
    shown = desk.post(url(row), form)
    assert "на прежний и на новый адрес" not in words(shown)
    desk.post(url(row), form | {"confirmed": shown.context["change"].seen})
    assert [*Letter.objects.values_list("kind", flat=True)] == ["temporary_password"]


def test_the_login_is_one_of_the_account(desk: Client, account: Account, other_owner: User, staff: User) -> None:
    closed = UserFactory.create(account=account, is_active=False)
    row = paper(account, staff, "cabinet")
    for login in (other_owner, closed, staff):
        answer = desk.post(url(row), {"do": "change", "login": str(login.pk), "email": NEW, "confirmed": "x"})
        assert [*answer.context["change"].errors] == ["login"]
    assert decided(row) == ("received", "")
    assert not TemporaryPassword.objects.exists()


@pytest.mark.parametrize("kind", ["email", "cabinet"])
def test_the_change_needs_its_own_right(account: Account, owner: User, staff: User, kind: str) -> None:
    row = paper(account, staff, kind)
    browser = signed_in(clerk(VIEW, DECIDE))
    assert "нет права на это изменение" in words(browser.get(url(row)))
    form = {"do": "change", "login": str(owner.pk), "email": NEW, "confirmed": NEW}
    assert browser.post(url(row), form).status_code == 403
    assert browser.post(url(row), {"do": "done", "answer": "x"}).status_code == 403
    assert decided(row) == ("received", "")
    assert not Letter.objects.exists()


def test_a_failed_letter_leaves_everything_as_it_was(
    desk: Client, account: Account, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_fields: Any) -> None:
        raise RuntimeError("no letters today")

    former, row = account.cabinet_email, paper(account, staff, "email")
    monkeypatch.setattr("accounts.services.account_letters.email_changed", broken)
    with pytest.raises(RuntimeError):
        desk.post(url(row), {"do": "change", "email": NEW, "confirmed": NEW})
    account.refresh_from_db()
    assert (account.cabinet_email, decided(row)) == (former, ("received", ""))
