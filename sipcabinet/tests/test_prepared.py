"""Queries that are compiled once give what Django's own query gives, for every value."""

import sys
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import DataError, NotSupportedError, connection, transaction
from django.db.models import Count, F
from django.db.transaction import TransactionManagementError
from django.urls import get_resolver

from accounts.models import Account, Session, User
from accounts.tests.factories import AccountFactory, UserFactory
from sipcabinet.lib.prepared import Prepared, any_of
from sipcabinet.lib.prepared_statements import Slot, Statement, names

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
            made = [one._compile().statement for one in kept]
        return [(one.sql, [part for part in one.parameters if type(part) is not Slot]) for one in made]

    assert compiled("2026-01-02 03:00") == compiled("2027-05-06 07:00")


def test_models_are_those_of_django() -> None:
    """The columns go into an object as they are, deferred ones stay out."""
    user: Any = UserFactory.create()
    rows = User.objects.select_related("account").defer("password", "account__number")
    ours: Any = Prepared(lambda pk: rows.filter(pk=pk), 1).first(user.pk)
    djangos: Any = rows.get()
    for one, other in ((ours, djangos), (ours.account, djangos.account)):
        found, wanted = ({**made.__dict__} for made in (one, other))
        states = [made.pop("_state") for made in (found, wanted)]
        assert found == wanted
        assert states[0].adding is states[1].adding is False
        assert states[0].db == states[1].db
        assert states[0].fields_cache.keys() == states[1].fields_cache.keys()
        assert one.get_deferred_fields() == other.get_deferred_fields() != set()
    assert (ours.password, ours.account.number) == (user.password, user.account.number)
    ours.phone = "+375170000009"
    ours.save(update_fields=["phone"])
    assert User.objects.get().phone == "+375170000009"


def test_a_statement_is_prepared_once_and_survives_a_rollback() -> None:
    query = Prepared(lambda pk: Account.objects.filter(pk=pk), 1)
    first, second = AccountFactory.create_batch(2)
    assert query.rows(first.pk) == [first]
    with pytest.raises(DataError), transaction.atomic():
        query.rows("no number")
    kept = names(connection.connection)
    for account in (first, second, first):
        assert query.rows(account.pk) == [account]
    assert names(connection.connection) == kept


@pytest.mark.parametrize(
    "moment", ["2026-11-30 22:05:07.000001+03", "1980-01-01 00:00+00", "0001-01-01 00:00+00", None]
)
def test_moments_are_those_of_django(moment: str | None) -> None:
    sql = "SELECT %s::timestamptz"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [moment])
        ((expected,),) = cursor.fetchall()
        ((found,),) = Statement(sql, [Slot(0)]).rows(connection, [moment])
    assert (found, found and found.tzinfo) == (expected, expected and expected.tzinfo)


def test_a_statement_whose_columns_change_is_prepared_anew() -> None:
    """While a new release changes a table, processes of the old one still run: one page fails, not all."""
    statement = Statement("SELECT number FROM changing WHERE number = %s", [Slot(0)])
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE changing AS SELECT 7 AS number")
        assert statement.rows(connection, [7]) == [(7,)]
        cursor.execute("ALTER TABLE changing ALTER number TYPE numeric(9, 2)")
    with pytest.raises(NotSupportedError), transaction.atomic():
        statement.rows(connection, [7])
    assert statement.rows(connection, [7]) == [(Decimal("7.00"),)]


@pytest.mark.parametrize("number", [2**31, 2**63, -(2**63) - 1, 10**30])
def test_a_number_that_no_column_can_have_finds_nothing(number: int) -> None:
    assert Prepared(lambda pk: Account.objects.filter(pk=pk), 1).rows(number) == []
    beyond = Prepared(lambda pk: Account.objects.filter(pk__gt=pk), 1)
    account = AccountFactory.create()
    assert beyond.rows(number) == ([account] if number < 0 else [])


def test_a_broken_transaction_asks_nothing() -> None:
    query = Prepared(lambda pk: Account.objects.filter(pk=pk), 1)
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            query.rows(1)
