from collections.abc import Callable

from django.test import Client

from accounts.models import Session, User


def test_owner_has_a_session_of_his_account(owner: User, client_of: Callable[[User], Client]) -> None:
    client_of(owner)
    session = Session.objects.get()
    assert (session.user, session.account) == (owner, owner.account)


def test_staff_have_passed_the_second_factor(staff: User, client_of: Callable[[User], Client]) -> None:
    assert "otp_device_id" in client_of(staff).session
