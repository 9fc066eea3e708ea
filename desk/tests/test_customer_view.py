"""«Просмотр кабинета глазами клиента» (4.9): how it begins, what it shows, how it ends, and what the journals say."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, CustomerView, Look, Session, User, ViewEnd
from accounts.selectors import journal
from accounts.tasks import end_customer_views
from accounts.tests.factories import AccountFactory, StaffFactory, UserFactory
from billing.models import InvoiceFileKind, IssuedFile
from billing.tests.money import invoice_of
from sipcabinet.lib import tenancy
from sipcabinet.lib.periods import Month
from sipcabinet.tests.signed_in import signed_in
from subscribers.tests.factories import SipAccountFactory, TrunkFactory

pytestmark = pytest.mark.django_db
REASON = "Звонок: не видит счёт за октябрь"
RIGHT = "view_as_customer"


@pytest.fixture(autouse=True)
def clock_at_ten(at: Callable[[str], Any]) -> Any:
    """The simulated clock: a Tuesday, ten o'clock."""
    return at("2026-11-24 10:00")


@pytest.fixture
def support() -> User:
    """A person of the staff who may view as the customer, and nothing else."""
    person = StaffFactory.create(is_superuser=False, name="Инна Лис")
    person.user_permissions.add(Permission.objects.get(codename=RIGHT))
    return person


@pytest.fixture
def browser(support: User) -> Client:
    return signed_in(support)


@pytest.fixture
def viewing(browser: Client, owner: User) -> Client:
    """The browser of `support`, who views the account of `owner`."""
    begin(browser, owner.account)
    return browser


def begin(browser: Client, account: Account | None, reason: str = REASON) -> Any:
    assert account is not None
    return browser.post(reverse("admin:desk_view_as", args=[account.pk]), {"reason": reason})


def text(answer: Any) -> str:
    return str(answer.content.decode())


def is_viewing(browser: Client) -> bool:
    answer = browser.get(reverse("billing:account"))
    return answer.status_code == 200 and "Вы смотрите кабинет клиента" in text(answer)


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


# --- The beginning ----------------------------------------------------------------------------------------------------
def test_the_customers_home_page_opens_after_a_reason(browser: Client, owner: User, support: User) -> None:
    asked = browser.get(reverse("admin:desk_view_as", args=[owner.account_id]))
    assert asked.status_code == 200
    assert "30 мин" in text(asked)
    answer = begin(browser, owner.account)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    home = browser.get("/")
    assert home.status_code == 200
    assert home.context["account"] == owner.account
    for words in (owner.account.customer.name, "Инна Лис", REASON, "30 минут", "Закончить просмотр"):  # type: ignore[union-attr]
        assert words in text(home)
    view = CustomerView.objects.get()
    assert (view.staff, view.account, view.reason, view.address) == (support, owner.account, REASON, "127.0.0.1")
    assert view.until - view.started_at == timedelta(minutes=30)


@pytest.mark.parametrize("reason", ["", "   ", "так", "\n\t "])
def test_without_a_reason_nothing_begins(browser: Client, owner: User, reason: str) -> None:
    answer = begin(browser, owner.account, reason)
    assert answer.status_code == 200
    assert "Укажите причину" in text(answer)
    assert not CustomerView.objects.exists()
    assert not is_viewing(browser)


def test_only_the_right_begins_a_view(owner: User) -> None:
    address = reverse("admin:desk_view_as", args=[owner.account_id])
    clerk = signed_in(StaffFactory.create(is_superuser=False))
    assert clerk.get(address).status_code == clerk.post(address, {"reason": REASON}).status_code == 403
    unproven = signed_in(StaffFactory.create(device=False))
    for somebody in (unproven, signed_in(owner), Client()):
        answer = somebody.post(address, {"reason": REASON})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")
    assert not CustomerView.objects.exists()
    assert not AuditEvent.objects.filter(action__contains="view").exists()


def test_a_missing_account_is_not_found(browser: Client) -> None:
    assert browser.get(reverse("admin:desk_view_as", args=[999_999])).status_code == 404


def test_the_accounts_page_offers_the_view_to_those_who_may(staff: User, owner: User) -> None:
    address = reverse("admin:accounts_account_change", args=[owner.account_id])
    link = reverse("admin:desk_view_as", args=[owner.account_id])
    assert link in text(signed_in(staff).get(address))
    reader = StaffFactory.create(is_superuser=False)
    reader.user_permissions.add(Permission.objects.get(codename="view_account"))
    answer = signed_in(reader).get(address)
    assert answer.status_code == 200
    assert link not in text(answer)


def test_an_account_without_a_login_can_be_viewed(browser: Client) -> None:
    account = AccountFactory.create()
    begin(browser, account)
    assert browser.get("/").status_code == 200
    assert is_viewing(browser)


# --- During the view --------------------------------------------------------------------------------------------------
def test_another_account_is_not_found(viewing: Client, other_owner: User) -> None:
    other = TrunkFactory.create(account=other_owner.account)
    answer = viewing.get(reverse("subscribers:detail", args=[other.pk]))
    assert answer.status_code == 404
    assert "Закончить просмотр" in text(answer)


def test_the_desk_stays_the_staffs_own(viewing: Client, support: User) -> None:
    desk = viewing.get(reverse("admin:index"))
    assert desk.status_code == 200
    assert desk.context["user"] == support
    own = viewing.get(reverse("accounts:security"))
    assert own.context["user"] == support
    assert "Вы смотрите" not in text(desk) + text(own)
    assert viewing.get(reverse("accounts:keep_alive")).status_code == 204
    assert viewing.post(reverse("site:theme"), {"theme": "dark"}).status_code == 302


def test_the_frame_offers_nothing_of_the_staffs_own_login(viewing: Client) -> None:
    home = text(viewing.get("/"))
    menu = home.partition("data-menu>")[2].partition("</details>")[0]
    assert reverse("accounts:security") not in home
    assert reverse("accounts:password_change") not in home
    assert menu
    assert reverse("accounts:sign_out") not in menu
    assert reverse("accounts:journal") in menu


def test_a_post_is_refused_whatever_the_view_would_do(viewing: Client) -> None:
    answer = viewing.post(reverse("billing:current_charges"), {"month": "2026-11"})
    assert answer.status_code == 403
    assert "Просмотр: изменения недоступны" in text(answer)
    assert "Закончить просмотр" in text(answer)


def test_a_get_that_would_make_a_file_is_refused(viewing: Client, owner: User, settings: Any, tmp_path: Any) -> None:
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    }
    trunk = TrunkFactory.create(account=owner.account)
    invoice = invoice_of(trunk.account, Month.current().shift(-1), subscriber=trunk)
    address = reverse("billing:invoice_file", args=[invoice.number, InvoiceFileKind.INVOICE])
    answer = viewing.get(address)
    assert answer.status_code == 403
    assert "изменения недоступны" in text(answer)
    assert not IssuedFile.objects.exists()
    assert not list(tmp_path.rglob("*"))


def test_a_get_that_writes_a_row_is_refused(viewing: Client, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def writing(account: Account, **_chosen: Any) -> Any:
        AuditEvent.objects.create(account=account, user=owner, action="slipped", summary="записано")
        return found(account)

    found = journal.events
    monkeypatch.setattr(journal, "events", writing)
    answer = viewing.get(reverse("accounts:journal"))
    assert answer.status_code == 403
    assert "изменения недоступны" in text(answer)
    assert "slipped" not in actions()
    monkeypatch.setattr(tenancy, "viewer", tenancy.portal)  # without the guard the fault is seen
    assert viewing.get(reverse("accounts:journal")).status_code == 200
    assert "slipped" in actions()


def test_no_sip_password_is_shown(viewing: Client, owner: User) -> None:
    trunk = TrunkFactory.create(account=owner.account)
    SipAccountFactory.create(trunk=trunk)
    address = reverse("subscribers:sip_password", args=[trunk.pk])
    assert viewing.get(address).status_code == 302
    assert viewing.post(address, {"password": "утренний-чай-в-Гомеле"}).status_code == 403
    assert "sip.password_shown" not in actions()


def test_calls_are_shown_only_with_the_right_to_calls(viewing: Client, owner: User, support: User) -> None:
    trunk = TrunkFactory.create(account=owner.account)
    address = reverse("subscribers:calls", args=[trunk.pk])
    answer = viewing.get(address)
    assert answer.status_code == 403
    assert "номера, с которыми говорил клиент" in text(answer)
    support.user_permissions.add(Permission.objects.get(codename="view_dialled_numbers"))
    assert viewing.get(address).status_code == 200


def test_whose_calls_and_files_were_seen_stands_among_the_looks(viewing: Client, owner: User, support: User) -> None:
    support.user_permissions.add(Permission.objects.get(codename="view_dialled_numbers"))
    trunk = TrunkFactory.create(account=owner.account, phone="+375447112099")
    calls = reverse("subscribers:calls", args=[trunk.pk])
    query = {"month": Month.current().code, "kind": "out"}
    viewing.get(calls)  # asks for the month: shows nothing yet
    viewing.get(calls, query | {"number": "291234517"})
    viewing.get(calls, query)
    b"".join(viewing.get(f"{calls}export/", query | {"format": "csv", "number": "291234517"}))
    b"".join(viewing.get(reverse("subscribers:labels_export"), {"format": "csv"}))
    looks = list(Look.objects.order_by("pk"))
    assert [(look.kind, look.account, look.user, look.address) for look in looks] == [
        ("calls", owner.account, support, "127.0.0.1"),
        ("file", owner.account, support, "127.0.0.1"),
    ]
    assert looks[0].summary == "Глазами клиента. Звонки: +375 44 711-20-99, Офис, ноябрь 2026"
    assert looks[1].summary.startswith("Глазами клиента. Файл: ")
    assert not [look for look in looks if "1234517" in f"{look.subject} {look.summary}"]


def test_the_customer_himself_and_a_page_without_its_look_leave_none(
    viewing: Client, owner: User, support: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    trunk = TrunkFactory.create(account=owner.account)
    address = f"{reverse('subscribers:calls', args=[trunk.pk])}?month={Month.current().code}&kind=out"
    assert signed_in(owner).get(address).status_code == 200
    assert viewing.get(address).status_code == 403
    assert not Look.objects.exists()

    def broken(**_told: Any) -> None:
        raise RuntimeError("no looks today")

    support.user_permissions.add(Permission.objects.get(codename="view_dialled_numbers"))
    monkeypatch.setattr("accounts.services.looks.record", broken)
    with pytest.raises(RuntimeError):  # nothing is shown without its row
        viewing.get(address)


def test_the_session_of_the_staff_is_kept_alive_by_viewed_pages(viewing: Client, clock_at_ten: Any) -> None:
    clock_at_ten.shift(timedelta(minutes=20))
    viewing.get("/")
    session = Session.objects.get()
    assert session.last_seen_at - session.started_at == timedelta(minutes=20)


def test_the_customer_knows_nothing_of_the_table_of_views(owner: User, viewing: Client) -> None:
    journal_page = text(signed_in(owner).get(reverse("accounts:journal")))
    assert "Сотрудник оператора просматривал кабинет" in journal_page
    assert REASON not in journal_page
    assert "Инна" not in journal_page


# --- The end ----------------------------------------------------------------------------------------------------------
def test_the_button_ends_the_view(viewing: Client, clock_at_ten: Any, support: User) -> None:
    clock_at_ten.shift(timedelta(minutes=7))
    answer = viewing.post(reverse("admin:desk_view_as_end"))
    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:index"))
    view = CustomerView.objects.get()
    assert (view.ended_by, view.ended_at) == (ViewEnd.BUTTON, view.started_at + timedelta(minutes=7))
    assert not is_viewing(viewing)
    assert viewing.get("/")["Location"] == reverse("admin:index")
    assert viewing.get(reverse("admin:desk_view_as_end")).status_code == 405
    assert viewing.post(reverse("admin:desk_view_as_end")).status_code == 302
    assert actions().count("account.view_ended") == 1


def test_the_view_ends_after_thirty_minutes(viewing: Client, clock_at_ten: Any, owner: User) -> None:
    clock_at_ten.shift(timedelta(minutes=29))
    assert is_viewing(viewing)
    assert "1 минута" in text(viewing.get("/"))
    clock_at_ten.shift(timedelta(minutes=1))
    answer = viewing.get(reverse("billing:account"))
    assert answer["Location"] == reverse("admin:desk_view_as", args=[owner.account_id])
    assert "время вышло" in text(viewing.get(answer["Location"]))
    assert CustomerView.objects.get().ended_by == ViewEnd.EXPIRED
    assert viewing.get(reverse("billing:account")).status_code == 403
    assert viewing.post(reverse("billing:current_charges")).status_code == 403


def test_the_clock_ends_a_view_that_nobody_looks_at(viewing: Client, clock_at_ten: Any) -> None:
    end_customer_views()
    assert CustomerView.objects.get().ended_at is None
    clock_at_ten.shift(timedelta(minutes=45))
    end_customer_views()
    end_customer_views()
    view = CustomerView.objects.get()
    assert (view.ended_by, view.ended_at) == (ViewEnd.EXPIRED, view.until)
    assert actions().count("account.view_ended") == 1


def test_signing_out_ends_the_view(viewing: Client) -> None:
    viewing.post(reverse("accounts:sign_out"))
    assert CustomerView.objects.get().ended_by == ViewEnd.SIGNED_OUT
    assert viewing.get(reverse("billing:account"))["Location"].startswith("/sign-in/")


def test_the_view_ends_when_the_right_is_taken_away(viewing: Client, support: User) -> None:
    assert is_viewing(viewing)
    support.user_permissions.clear()
    answer = viewing.get(reverse("billing:account"))
    assert answer["Location"] == reverse("admin:index")
    assert CustomerView.objects.get().ended_by == ViewEnd.RIGHT_LOST
    support.user_permissions.add(Permission.objects.get(codename=RIGHT))
    assert not is_viewing(viewing)


def test_another_view_ends_the_first(viewing: Client, other_owner: User) -> None:
    asked = text(viewing.get(reverse("admin:desk_view_as", args=[other_owner.account_id])))
    assert "Сейчас открыт другой просмотр" in asked
    assert REASON in asked
    begin(viewing, other_owner.account)
    first, second = CustomerView.objects.order_by("pk")
    assert (first.ended_by, second.ended_at) == (ViewEnd.OTHER_VIEW, None)
    assert viewing.get("/").context["account"] == other_owner.account


def test_a_view_belongs_to_one_session(viewing: Client, support: User) -> None:
    assert not is_viewing(signed_in(support))
    assert is_viewing(viewing)


def test_a_session_cannot_take_the_view_of_another_person(viewing: Client, owner: User) -> None:
    thief = signed_in(StaffFactory.create())
    session = thief.session
    session["customer_view"] = CustomerView.objects.get().pk
    session.save()
    assert not is_viewing(thief)
    customer = signed_in(UserFactory.create())
    session = customer.session
    session["customer_view"] = CustomerView.objects.get().pk
    session.save()
    assert not is_viewing(customer)


# --- The journals -----------------------------------------------------------------------------------------------------
def test_both_journals_name_the_view(viewing: Client, owner: User, support: User, clock_at_ten: Any) -> None:
    viewing.get("/")
    clock_at_ten.shift(timedelta(minutes=3))
    viewing.post(reverse("admin:desk_view_as_end"))
    theirs = AuditEvent.objects.get(action="account.viewed")
    assert (theirs.account, theirs.user, theirs.by_staff) == (owner.account, support, True)
    assert theirs.summary == "Сотрудник оператора просматривал кабинет"
    assert REASON not in str(theirs.details)
    begun, ended = AuditEvent.objects.filter(action__startswith="account.view_").order_by("pk")
    for event in (begun, ended):
        assert (event.account, event.user, event.address) == (None, support, "127.0.0.1")
        assert event.details["reason"] == REASON
        assert event.details["account"] == owner.account_id
        assert owner.account.number in event.summary  # type: ignore[union-attr]
    assert REASON in begun.summary
    assert (ended.details["how"], ended.details["seconds"]) == ("button", 180)
    assert not AuditEvent.objects.filter(user=owner).exists()


def test_a_row_of_a_view_keeps_what_it_was_begun_with(viewing: Client) -> None:
    for change in ({"reason": "иное"}, {"started_at": "2026-01-01T00:00Z"}):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            CustomerView.objects.update(**change)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        CustomerView.objects.all().delete()
