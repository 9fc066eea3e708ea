"""«Параметры для настройки SIP»: the content of the page and access to it (3.4)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Account, User
from sipcabinet.lib import tenancy
from subscribers.models import SipAccount, SipMode
from subscribers.selectors import sip
from subscribers.services import numbers
from subscribers.tests.factories import NumberFactory, TrunkFactory
from subscribers.tests.sip_cast import SECRET, access_of


def page_of(subscriber: Any) -> str:
    return reverse("subscribers:sip_parameters", args=[subscriber.pk])


@pytest.fixture
def row(account: Account) -> SipAccount:
    return access_of(account)


def test_the_page_shows_everything_but_the_password(row: SipAccount, client: Client) -> None:
    page = client.get(page_of(row.trunk)).content.decode()
    for shown in (
        "+375447112030", "с регистрацией", "375447112030", "sip.operator.example", "sbc.operator.example", "5060",
        "UDP", "600", "G.711A, G.711U, G.729", "RFC 4733", "E.164", "192.0.2.0/28", "198.51.100.0/24", "10000–20000",
        "10", "••••••••", "Пароль изменён",
    ):  # fmt: skip
        assert shown in page, shown
    assert SECRET not in page
    assert row.password_sealed not in page


def test_every_value_has_a_copy_button(row: SipAccount, client: Client) -> None:
    page = client.get(page_of(row.trunk)).content.decode()
    for value in ("+375447112030", "375447112030", "sip.operator.example", "5060", "192.0.2.0/28"):
        assert f'data-copy="{value}"' in page


def test_tls_has_a_port_of_its_own(row: SipAccount, client: Client) -> None:
    SipAccount.objects.update(transport="tls")
    assert 'data-copy="5061"' in client.get(page_of(row.trunk)).content.decode()


def test_access_by_addresses_needs_no_password(row: SipAccount, client: Client) -> None:
    SipAccount.objects.update(mode=SipMode.BY_ADDRESS, allowed_addresses=["203.0.113.7", "203.0.113.16/28"])
    page = client.get(page_of(row.trunk)).content.decode()
    assert "203.0.113.7, 203.0.113.16/28" in page
    assert "Показать пароль" not in page
    for name in ("sip_password", "sip_password_change"):
        answer = client.post(reverse(f"subscribers:{name}", args=[row.pk]), {"password": "x"})
        assert answer.headers["Location"] == page_of(row.trunk)


def test_a_number_shows_the_parameters_of_its_trunk_and_says_so(row: SipAccount, client: Client) -> None:
    number = NumberFactory.create(trunk=row.trunk)
    page = client.get(page_of(number)).content.decode()
    assert "Это параметры SIP-соединения" in page
    assert reverse("subscribers:detail", args=[row.trunk.pk]) in page
    assert 'data-copy="375447112030"' in page


def test_before_they_are_issued_the_page_says_why_there_are_none(account: Account, client: Client) -> None:
    trunk = TrunkFactory.create(account=account)
    for subscriber in (trunk, NumberFactory.create(trunk=trunk)):
        page = client.get(page_of(subscriber)).content.decode()
        assert "Параметры ещё не выданы" in page
        for name in ("sip_password", "sip_password_change", "sip_settings"):
            answer = client.get(reverse(f"subscribers:{name}", args=[subscriber.pk]))
            assert answer.headers["Location"] == page_of(subscriber)


def test_a_disconnected_number_has_none(row: SipAccount, client: Client) -> None:
    number = NumberFactory.create(trunk=row.trunk)
    numbers.close(subscriber=number)
    assert "Номер отключён" in client.get(page_of(number)).content.decode()
    assert "Номер отключён" not in client.get(page_of(row.trunk)).content.decode()


def test_somebody_elses_parameters_look_missing(
    row: SipAccount, other_owner: User, client_of: Callable[[User], Client]
) -> None:
    stranger = client_of(other_owner)
    for name in ("sip_parameters", "sip_password", "sip_password_change", "sip_settings"):
        url = reverse(f"subscribers:{name}", args=[row.pk])
        assert stranger.get(url).status_code == 404
        if name != "sip_parameters":
            assert stranger.post(url, {"password": "x"}).status_code == 404


def test_the_page_takes_few_queries(row: SipAccount, client: Client, django_assert_max_num_queries: Any) -> None:
    client.get(page_of(row.trunk))
    with django_assert_max_num_queries(12):
        client.get(page_of(row.trunk))


def test_the_portals_role_cannot_select_the_sealed_password(row: SipAccount, account: Account) -> None:
    """The selector may read its columns; PostgreSQL refuses the whole row and the password alone."""
    with tenancy.portal(account.pk):
        assert sip.of(account, row.trunk) is not None
    for columns in ("*", "password_sealed"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            tenancy.portal(account.pk),
        ):
            connection.cursor().execute(f"SELECT {columns} FROM subscribers_sipaccount")


def test_a_selector_that_took_the_whole_row_would_be_refused(
    row: SipAccount, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sip, "OPEN_COLUMNS", (*sip.OPEN_COLUMNS, "password_sealed"))
    with pytest.raises(ProgrammingError, match="permission denied"):
        client.get(page_of(row.trunk))


def test_the_shown_row_is_the_open_columns_alone() -> None:
    every = {field.name for field in SipAccount._meta.fields}
    assert every - set(sip.OPEN_COLUMNS) == {"trunk", "password_sealed"}
