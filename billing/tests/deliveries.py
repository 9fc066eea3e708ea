"""Delivery choices, as customers make them on the pages and as the service receives them (2.3.3)."""

from typing import Any

from accounts.actor import Actor
from accounts.models import Account, User
from accounts.tests.factories import PASSWORD
from billing.models import DeliveryChoice, DeliveryMethod
from billing.services import delivery

EMAIL, SELF = DeliveryMethod.EMAIL, DeliveryMethod.SELF_PICKUP
REVIEW = "/delivery/change/review/"


def chosen(account: Account, *addresses: str) -> DeliveryChoice:
    method = EMAIL if addresses else SELF
    choice: DeliveryChoice = DeliveryChoice.objects.create(account=account, method=method, addresses=list(addresses))
    return choice


def typed(browser: Any, addresses: str) -> Any:
    return browser.post(REVIEW, {"addresses": addresses})


def saved(browser: Any, addresses: str = "", base: int = 0, **sent: str) -> Any:
    method = EMAIL if addresses else SELF
    data = {"method": method.value, "addresses": addresses, "base": base, "password": PASSWORD, **sent}
    return browser.post(REVIEW, data, follow=True)


def change(account: Account, user: User, *addresses: str, base: int = 0) -> delivery.Changed:
    method = EMAIL if addresses else SELF
    return delivery.change(account=account, method=method, addresses=addresses, base=base, by=Actor(user))
