"""«Просмотр кабинета глазами клиента» (4.9): how it ends, and what the journals say."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, CustomerView, User, ViewEnd
from accounts.tasks import end_customer_views
from accounts.tests.factories import StaffFactory, UserFactory
from desk.tests.viewed import REASON, RIGHT, actions, begin, browser, clock_at_ten, is_viewing, support, viewing
from sipcabinet.tests.page_text import source as text
from sipcabinet.tests.signed_in import signed_in

__all__ = ["browser", "clock_at_ten", "support", "viewing"]

pytestmark = pytest.mark.django_db


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
