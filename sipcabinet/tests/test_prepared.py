"""Queries that are compiled once give what Django's own query gives, for every value."""

import sys
from typing import Any

import pytest
import time_machine
from django.db.models import Count, F
from django.urls import get_resolver

from accounts.models import Account, Session, User
from accounts.tests.factories import AccountFactory, UserFactory
from sipcabinet.lib.prepared import Prepared, _Slot, any_of

pytestmark = pytest.mark.django_db


def test_models_come_with_their_relations_and_annotations(django_assert_num_queries: Any) -> None:
    query = Prepared(
        lambda pk: User.objects.select_related("account__customer").annotate(again=F("phone")).filter(pk=pk), 1
    )
    mine, other = UserFactory.create(), UserFactory.create()
    staff = UserFactory.create(account=None, is_staff=True)
    for user in (mine, other, mine):
        assert user.account is not None
        with django_assert_num_queries(1):
            found = query.first(user.pk)
            assert (found, found.again, found.account, found.account.customer) == (
                user,
                user.phone,
                user.account,
                user.account.customer,
            )
    assert query.first(staff.pk).account is None
    assert query.first(0) is None
    assert not found._state.adding


def test_tuples_dictionaries_and_sums() -> None:
    account = AccountFactory.create()
    UserFactory.create_batch(2, account=account)
    tuples = Prepared(
        lambda pk: Account.objects.filter(pk=pk).values_list("number").annotate(Count("users")).order_by(), 1
    )
    assert tuples.rows(account.pk) == [(account.number, 2)]
    named = Prepared(lambda pk: Account.objects.filter(pk=pk).values("customer__name", "number"), 1)
    assert named.rows(account.pk) == [{"customer__name": account.customer.name, "number": account.number}]
    assert [*named.rows(account.pk)[0]] == ["customer__name", "number"]


def test_a_list_of_keys_is_one_value() -> None:
    first, second, _third = AccountFactory.create_batch(3)
    query = Prepared(lambda keys: Account.objects.filter(any_of("pk", keys)).order_by("pk"), 1)
    assert query.rows([second.pk, first.pk]) == [first, second]
    assert query.rows([]) == []


def test_a_value_stays_a_value() -> None:
    """What a visitor sends cannot become a part of the statement."""
    query = Prepared(lambda key: Session.objects.filter(session_key=key), 1)
    assert query.rows("' OR true --") == []
    assert query.rows("%s") == []


def test_no_query_keeps_the_day_on_which_it_was_compiled() -> None:
    """Its text is kept as long as the process: whatever changes must be a value."""
    assert get_resolver().url_patterns  # all pages are imported, and their queries with them
    modules = [
        module for name, module in sys.modules.items() if name.startswith(("accounts", "billing", "subscribers"))
    ]
    values = [value for module in modules for value in vars(module).values()]
    values += [one for value in values if isinstance(value, dict) for one in value.values()]
    kept = [value for value in values if isinstance(value, Prepared)]
    assert len(kept) > 50

    def compiled(day: str) -> list[tuple[str, list[Any]]]:
        with time_machine.travel(day, tick=False):
            made = [one._compile() for one in kept]
        return [(one.sql, [part for part in one.parameters if type(part) is not _Slot]) for one in made]

    assert compiled("2026-01-02 03:00") == compiled("2027-05-06 07:00")
