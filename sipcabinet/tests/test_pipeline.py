"""Statements that are asked ahead: one round trip, the same rows, and no answer for anybody else."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DataError, NotSupportedError, OperationalError, connection, transaction
from django.db.models import IntegerField, Value
from django.db.models.functions import Cast
from psycopg import pq

from accounts.models import Account
from accounts.tests.factories import AccountFactory
from sipcabinet.lib import pipeline, prepared_statements, tenancy
from sipcabinet.lib.prepared import Prepared, ask
from sipcabinet.tests import round_trips

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = Prepared(lambda pk: Account.objects.filter(pk=pk).values_list("number"), 1)
NAME = Prepared(lambda pk: Account.objects.filter(pk=pk).values_list("customer__name"), 1)
QUOTIENT = Prepared(
    lambda pk, by: Account.objects.filter(pk=pk).values_list(Value(1) / Cast(by, IntegerField())),
    2,
)


@pytest.fixture
def account() -> Account:
    """An account whose queries the session has prepared."""
    account = AccountFactory.create()
    for query in (NUMBER, NAME):
        assert query.rows(account.pk)
    assert QUOTIENT.rows(account.pk, 2)
    return account


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    prepared_statements.forget_asked(connection)
    assert not pipeline.is_waiting(connection.connection)


def test_questions_take_one_round_trip(account: Account) -> None:
    with round_trips.counted() as trips, transaction.atomic():
        assert NUMBER.rows(account.pk)
        ask(NUMBER.of(account.pk), NAME.of(account.pk))
        assert NAME.rows(account.pk) == [(account.customer.name,)]
        assert NUMBER.of(account.pk).first() == (account.number,)
    assert trips.count == 4  # BEGIN, a query, two together, COMMIT
    assert trips.queries == 3


def test_an_answer_is_given_once_and_for_the_same_values(account: Account) -> None:
    other = AccountFactory.create()
    with transaction.atomic():
        assert NUMBER.rows(account.pk)
        ask(NUMBER.of(account.pk))
        assert NUMBER.rows(other.pk) == [(other.number,)]
        assert NUMBER.rows(account.pk) == [(account.number,)]
        Account.objects.filter(pk=account.pk).update(number="700100799")
        assert NUMBER.rows(account.pk) == [("700100799",)]


def test_other_statements_first_read_what_is_on_its_way(account: Account) -> None:
    with transaction.atomic():
        assert NUMBER.rows(account.pk)
        ask(NUMBER.of(account.pk), NAME.of(account.pk))
        assert Account.objects.count() == 1
        ask(NUMBER.of(account.pk))  # taken by nobody
        assert list(Account.objects.values_list("pk").iterator()) == [(account.pk,)]
        with transaction.atomic():
            assert list(Account.objects.values_list("pk").iterator()) == [(account.pk,)]
        assert NAME.rows(account.pk) == [(account.customer.name,)]
        ask(NAME.of(account.pk))
    assert Account.objects.count() == 1


def test_a_failure_is_raised_and_the_connection_goes_on(account: Account) -> None:
    @transaction.atomic
    def page() -> None:
        assert NUMBER.rows(account.pk)
        ask(QUOTIENT.of(account.pk, 0), NUMBER.of(account.pk))
        NUMBER.rows(account.pk)

    with pytest.raises(DataError):
        page()
    prepared_statements.forget_asked(connection)
    with transaction.atomic():
        assert NUMBER.rows(account.pk) == [(account.number,)]
        ask(NUMBER.of(account.pk))
        assert NUMBER.rows(account.pk) == [(account.number,)]


def test_a_failure_that_nobody_reads_ends_the_transaction(account: Account) -> None:
    @transaction.atomic
    def page() -> None:
        Account.objects.filter(pk=account.pk).update(number="700100799")
        ask(QUOTIENT.of(account.pk, 0))

    with pytest.raises(DataError):
        page()
    assert NUMBER.rows(account.pk) == [(account.number,)]


def test_a_statement_whose_columns_change_is_prepared_anew(account: Account) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("ALTER TABLE accounts_account ADD COLUMN of_test integer")
    plain = Prepared(
        lambda pk: Account.objects.filter(pk=pk).extra(select={"of_test": "of_test"}).values_list("of_test"), 1
    )

    @transaction.atomic
    def page() -> None:
        assert NUMBER.rows(account.pk)
        ask(plain.of(account.pk))
        assert plain.rows(account.pk) == [(None,)]

    assert plain.rows(account.pk) == [(None,)]
    try:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE accounts_account ALTER of_test TYPE text")
        with pytest.raises(NotSupportedError, match="cached plan"):
            page()
        prepared_statements.forget_asked(connection)
        page()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE accounts_account DROP COLUMN of_test")
        connection.close()


def test_a_lost_server_is_told_and_the_next_connection_is_new(account: Account) -> None:
    @transaction.atomic
    def page() -> None:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
        pipeline.send(connection.connection, [pipeline.statement("SELECT pg_terminate_backend(pg_backend_pid())")])
        NUMBER.rows(account.pk)

    with pytest.raises(OperationalError):
        page()
    connection.close()
    assert NUMBER.rows(account.pk) == [(account.number,)]


def test_more_than_the_socket_takes_at_once(account: Account) -> None:
    long, many = "x" * 100_000, 200
    with transaction.atomic():
        assert NUMBER.rows(account.pk)
        sent = pipeline.send(connection.connection, [pipeline.statement("SELECT repeat($1, 2)", [long])] * many)
        assert {pipeline.answer(connection.connection, one).get_value(0, 0) for one in sent} == {(long * 2).encode()}


def test_an_interrupted_wait_leaves_no_answer(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_args: Any, **_options: Any) -> None:
        raise KeyboardInterrupt

    @transaction.atomic
    def page() -> None:
        assert NUMBER.rows(account.pk)
        ask(NUMBER.of(account.pk))
        monkeypatch.setattr(type(connection.connection), "wait", interrupted)
        NUMBER.rows(account.pk)

    with pytest.raises(KeyboardInterrupt):
        page()
    monkeypatch.undo()
    connection.close()
    assert NUMBER.rows(account.pk) == [(account.number,)]


def test_what_a_page_did_not_take_is_not_given_to_the_next(account: Account) -> None:
    with tenancy.portal(account.pk):
        assert NUMBER.rows(account.pk) == [(account.number,)]
        ask(NUMBER.of(account.pk))
    Account.objects.filter(pk=account.pk).update(number="700100799")
    with tenancy.portal(account.pk):
        assert NUMBER.rows(account.pk) == [("700100799",)]


def test_a_page_does_not_wait_for_its_proof(account: Account) -> None:
    with tenancy.portal(account.pk):
        pass
    with round_trips.counted() as trips, tenancy.portal(account.pk):
        raw: Any = connection.connection
        assert pipeline.is_waiting(raw)
        assert NUMBER.rows(account.pk) == [(account.number,)]
        assert raw.info.transaction_status == pq.TransactionStatus.INTRANS
    assert trips.count == 3  # BEGIN with the proof, the query, COMMIT
