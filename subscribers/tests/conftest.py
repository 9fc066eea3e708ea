"""A trunk of `owner`'s account and the owner's browser, as most tests of subscribers' pages need them."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Account, User
from subscribers.models import ChannelPackage, Service, Subscriber
from subscribers.tests.closed_months import prices_of_fees
from subscribers.tests.factories import (
    ChannelAssignmentFactory,
    ChannelPackageFactory,
    PlanTermsFactory,
    ServiceFactory,
    TrunkFactory,
)


@pytest.fixture
def trunk(account: Account) -> Subscriber:
    return TrunkFactory.create(account=account, phone="+375447112030", label="Приёмная")


@pytest.fixture
def subscriber(trunk: Subscriber) -> Subscriber:
    """The trunk, where a page is the same for trunks and numbers."""
    return trunk


@pytest.fixture
def two_channels(today: None, trunk: Subscriber) -> None:
    """The trunk has the package of two channels, which may be changed today."""
    ChannelAssignmentFactory.create(subscriber=trunk)


@pytest.fixture
def ten(db: None) -> ChannelPackage:
    return ChannelPackageFactory.create(channels=10, fee=11)


@pytest.fixture
def thirty(db: None) -> ChannelPackage:
    return ChannelPackageFactory.create(channels=30, fee=30)


@pytest.fixture
def black_list(db: None) -> Service:
    return ServiceFactory.create(name="Чёрный список", parameter="numbers", fee="1.00")


@pytest.fixture
def fees(db: None) -> None:
    """The VAT rate and the fees of both kinds of plans."""
    prices_of_fees()
    PlanTermsFactory.create()


@pytest.fixture
def client(owner: User, client_of: Callable[[User], Client]) -> Client:
    """A test client in which `owner` is signed in."""
    return client_of(owner)
