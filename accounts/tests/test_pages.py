"""Every page of the accounts app opens for its intended users and for nobody else."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import StaffFactory

PUBLIC = ["sign_in", "forgot", "forgot_sent", "help"]
OWN = ["security", "journal", "password_change", "second_factor_on", "help"]


@pytest.mark.django_db
@pytest.mark.parametrize("page", PUBLIC)
def test_nobody_sees_public_pages(client: Client, page: str) -> None:
    assert client.get(reverse(f"accounts:{page}")).status_code == 200


@pytest.mark.parametrize("page", OWN)
def test_owner_sees_his_pages(owner: User, client_of: Callable[[User], Client], page: str) -> None:
    assert client_of(owner).get(reverse(f"accounts:{page}")).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["security", "journal", "password_change", "second_factor", "second_factor_on"])
def test_nobody_is_led_to_the_sign_in(client: Client, page: str) -> None:
    address = reverse(f"accounts:{page}")
    response = client.get(address)
    assert (response.status_code, response["Location"]) == (302, f"{reverse('accounts:sign_in')}?next={address}")


@pytest.mark.parametrize("page", ["security", "password_change", "second_factor_off", "recovery_codes", "help"])
def test_staff_see_what_is_about_their_login(staff: User, client_of: Callable[[User], Client], page: str) -> None:
    assert client_of(staff).get(reverse(f"accounts:{page}")).status_code == 200


def test_the_journal_is_no_page_of_staff(staff: User, client_of: Callable[[User], Client]) -> None:
    assert client_of(staff).get(reverse("accounts:journal")).status_code == 403


@pytest.mark.django_db
def test_staff_without_a_second_factor_are_led_to_turn_it_on(client_of: Callable[[User], Client]) -> None:
    client = client_of(StaffFactory.create(device=False))
    response = client.get(reverse("admin:index"), follow=True)
    assert response.redirect_chain[-1][0] == reverse("accounts:second_factor_on")


def test_a_customer_at_the_desk_does_not_go_round_in_circles(owner: User, client_of: Callable[[User], Client]) -> None:
    response = client_of(owner).get(reverse("admin:index"), follow=True)
    assert response.status_code in {200, 403, 404}
