"""A violated constraint of the database becomes a refusal that the customer can read."""

import pytest
from django.db import IntegrityError

from accounts.models import Customer
from accounts.tests.factories import AccountFactory
from sipcabinet.lib import constraints
from sipcabinet.lib.errors import DomainError

pytestmark = pytest.mark.django_db
NAME = "accounts_account_number_key"


def refusal() -> DomainError:
    return DomainError("занято", code="test.taken")


def test_a_named_constraint_is_a_refusal_and_the_transaction_goes_on() -> None:
    AccountFactory.create(number="1234567890")
    with pytest.raises(DomainError) as error, constraints.refused(refusal, "another", NAME):
        AccountFactory.create(number="1234567890")
    assert error.value.code == "test.taken"
    assert Customer.objects.exists()


def test_any_other_constraint_stays_a_fault() -> None:
    AccountFactory.create(number="1234567890")
    with pytest.raises(IntegrityError, match=NAME), constraints.refused(refusal, f"{NAME}s", NAME[:-1]):
        AccountFactory.create(number="1234567890")


def test_what_is_not_refused_is_written() -> None:
    with constraints.refused(refusal, NAME):
        account = AccountFactory.create()
    account.refresh_from_db()
