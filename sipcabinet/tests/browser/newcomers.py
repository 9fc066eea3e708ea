"""Customers that a journey makes for itself, so that it leaves the demo's customers as they are."""

from dataclasses import dataclass

from sipcabinet.tests.browser.portal import Portal

_CODE = """
from datetime import timedelta
from accounts.tests.factories import AccountFactory, UserFactory, unp_of
from sipcabinet.lib import clock
from subscribers.tests.factories import TrunkFactory
account = AccountFactory.create(
    customer__name={name!r}, customer__unp=unp_of(int({number!r}) % 1000), number={number!r}, cabinet_email={email!r}
)
UserFactory.create(account=account, phone={phone!r})
trunk = TrunkFactory.create(account=account, phone={phone!r})
{more}
print("made", account.customer_id, trunk.pk)
"""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A customer with one account, one number and the password of the factories."""

    pk: int
    trunk: int
    number: str
    phone: str
    email: str


def newcomer(portal: Portal, name: str, *, number: str, phone: str, email: str, more: str = "") -> Newcomer:
    """Makes the customer in the portal's database, and runs `more`: Python lines that know `account` and `trunk`."""
    code = _CODE.format(name=name, number=number, phone=phone, email=email, more=more)
    made = next(line for line in portal.manage("shell", "-c", code).splitlines() if line.startswith("made "))
    _word, pk, trunk = made.split()
    return Newcomer(int(pk), int(trunk), number, phone, email)
