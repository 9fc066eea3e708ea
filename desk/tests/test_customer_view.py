"""«Просмотр кабинета глазами клиента» (4.9): how it begins, what it shows and what it refuses."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AuditEvent, CustomerView, Look, Session, User
from accounts.selectors import journal
from accounts.tests.factories import AccountFactory, StaffFactory
from billing.models import InvoiceFileKind, IssuedFile
from billing.tests.money import invoice_of
from desk.tests.viewed import REASON, actions, begin, browser, clock_at_ten, is_viewing, support, viewing
from sipcabinet.lib import tenancy
from sipcabinet.lib.periods import Month
from sipcabinet.tests.page_text import source as text
from sipcabinet.tests.signed_in import signed_in
from subscribers.tests.factories import TrunkFactory
from subscribers.tests.sip_factories import SipAccountFactory

__all__ = ["browser", "clock_at_ten", "support", "viewing"]

pytestmark = pytest.mark.django_db


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
