"""An announcement reaches those it is for, once, and nobody else (4.14)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.actor import Actor
from accounts.models import Account, AccountStatus, AuditEvent, User
from accounts.tests.factories import AccountFactory
from announcements.models import Addressee, AnnouncementState, Audience
from announcements.selectors import announcements as selectors
from announcements.services import announcements
from announcements.services.announcements import AnnouncementError
from announcements.tests.factories import draft, started
from billing.tests.money import invoice_of
from sipcabinet.lib import clock
from sipcabinet.tests.signed_in import signed_in
from subscribers.tests.factories import NumberFactory, TrunkFactory

pytestmark = pytest.mark.django_db


def told(**fields: Any) -> list[Account]:
    """The accounts that a started announcement is for."""
    rows = Addressee.objects.filter(announcement=started(**fields)).select_related("account").order_by("account")
    return [row.account for row in rows]


def account_of(user: User) -> Account:
    """The user's account as the database holds it now."""
    return Account.objects.get(users=user)


# --- Who it is for ---------------------------------------------------------------------------------------------------
def test_all_means_every_active_account() -> None:
    active = AccountFactory.create_batch(2)
    AccountFactory.create(status=AccountStatus.CLOSED, closed_on=clock.today())
    assert told() == active


def test_a_plan_means_accounts_with_an_open_number_of_it() -> None:
    trunk = TrunkFactory.create()
    TrunkFactory.create()
    number = NumberFactory.create(trunk=trunk, account=trunk.account)
    assert told(audience=Audience.PLAN, plan=number.plan) == [trunk.account]


@pytest.mark.parametrize("typed", ["+375 17", "375-17", "37517"])
def test_a_prefix_is_found_in_any_spelling(typed: str) -> None:
    here = TrunkFactory.create(phone="+375172345678")
    TrunkFactory.create(phone="+375447112030")
    assert told(audience=Audience.PREFIX, prefix=typed) == [here.account]


def test_debtors_are_those_with_an_overdue_document() -> None:
    debtor, in_time = AccountFactory.create_batch(2)
    yesterday = clock.today() - timedelta(days=1)
    invoice_of(debtor, "2026-09", Decimal("10.00"), due_on=yesterday)
    invoice_of(in_time, "2026-10", Decimal("10.00"), due_on=clock.today())
    assert told(audience=Audience.DEBTORS) == [debtor]


def test_a_list_means_the_listed_accounts() -> None:
    first, _second, third = AccountFactory.create_batch(3)
    numbers = f"{first.number}\n{third.number}, {first.number}"
    assert told(audience=Audience.LIST, account_numbers=numbers) == [first, third]


def test_a_customer_who_came_later_is_not_told() -> None:
    AccountFactory.create()
    announcement = started()
    AccountFactory.create()
    assert announcement.addressees.count() == 1


# --- Started once, then fixed ----------------------------------------------------------------------------------------
def test_it_starts_once() -> None:
    AccountFactory.create()
    announcement = started()
    with pytest.raises(AnnouncementError):
        announcements.start(announcement=announcement, actor=Actor(announcement.created_by))
    assert announcement.addressees.count() == 1


def test_nobody_to_tell_is_refused_and_nothing_is_written() -> None:
    announcement = draft()
    with pytest.raises(AnnouncementError, match="ни один клиент"):
        announcements.start(announcement=announcement, actor=Actor(announcement.created_by))
    announcement.refresh_from_db()
    assert announcement.state == AnnouncementState.DRAFT


def test_a_banner_whose_time_is_over_does_not_start() -> None:
    AccountFactory.create()
    announcement = draft(shown_from=clock.now() - timedelta(days=2), shown_until=clock.now() - timedelta(days=1))
    with pytest.raises(AnnouncementError, match="Срок показа"):
        announcements.start(announcement=announcement, actor=Actor(announcement.created_by))
    assert not Addressee.objects.exists()


def test_a_started_one_is_not_changed() -> None:
    AccountFactory.create()
    announcement = started()
    announcement.text = "Другой текст"
    with pytest.raises(AnnouncementError):
        announcements.change(announcement=announcement, actor=Actor(announcement.created_by))
    announcement.refresh_from_db()
    assert announcement.text.startswith("С 1 января")


def test_a_draft_cannot_be_stopped() -> None:
    with pytest.raises(AnnouncementError):
        announcements.stop(announcement=draft(), actor=Actor())


def test_each_step_is_in_the_journal_with_its_author() -> None:
    AccountFactory.create()
    announcement = started()
    announcements.stop(announcement=announcement, actor=Actor(announcement.created_by, "10.0.0.7"))
    events = list(AuditEvent.objects.filter(action__startswith="announcement.").order_by("pk"))
    assert [event.action for event in events] == [
        "announcement.drafted", "announcement.started", "announcement.stopped",
    ]  # fmt: skip
    assert {event.user for event in events} == {announcement.created_by}
    assert events[-1].address == "10.0.0.7"
    assert all(announcement.text not in str(event.details) for event in events)


# --- The banner ------------------------------------------------------------------------------------------------------
def banner_titles(user: User) -> list[str]:
    account = account_of(user)
    return [banner.title for banner in selectors.banners(account)]


def test_the_banner_stands_on_each_page_from_its_beginning_to_its_end(owner: User) -> None:
    now = clock.now()
    started(shown_from=now + timedelta(hours=1), shown_until=now + timedelta(hours=2))
    for hours, shown in ((0.5, False), (1.5, True), (2.5, False)):
        with time_machine.travel(now + timedelta(hours=hours), tick=False):
            assert bool(banner_titles(owner)) is shown


def test_the_banner_is_on_the_customers_page_with_its_text(owner: User) -> None:
    started()
    page = signed_in(owner).get(reverse("site:home")).content.decode()
    assert "Новые цены с 1 января" in page
    assert "<p>Подробности в договоре.</p>" in page


def test_typed_html_stays_text(owner: User) -> None:
    started(text="<script>alert(1)</script>")
    page = signed_in(owner).get(reverse("site:home")).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_another_customers_banner_is_not_shown(owner: User) -> None:
    other = AccountFactory.create()
    started(audience=Audience.LIST, account_numbers=other.number)
    assert banner_titles(owner) == []


def test_a_stopped_one_is_shown_no_more(owner: User) -> None:
    announcement = started()
    announcements.stop(announcement=announcement, actor=Actor(announcement.created_by))
    assert banner_titles(owner) == []


def test_a_page_without_an_announcement_makes_no_query(owner: User, django_assert_num_queries: Any) -> None:
    account = account_of(owner)
    with django_assert_num_queries(0):
        assert selectors.banners(account) == []


def test_the_customer_hides_it_and_comes_back_to_his_page(owner: User) -> None:
    announcement = started()
    client: Client = signed_in(owner)
    back = reverse("billing:account")
    answer = client.post(reverse("announcements:hide", args=[announcement.pk]), {"next": back})
    assert answer.headers["Location"] == back
    assert banner_titles(owner) == []
    assert announcement.addressees.get().hidden_at is not None


def test_nobody_hides_what_is_anothers(owner: User) -> None:
    other = AccountFactory.create()
    announcement = started(audience=Audience.LIST, account_numbers=other.number)
    assert signed_in(owner).post(reverse("announcements:hide", args=[announcement.pk])).status_code == 404
    assert announcement.addressees.get().hidden_at is None
