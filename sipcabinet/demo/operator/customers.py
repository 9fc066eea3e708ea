"""Opens the demo's customers, numbers and logins, as staff would open them."""

from datetime import date, datetime, time, timedelta

from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Account, User
from accounts.services import customers
from sipcabinet.demo.operator import cast, traffic
from sipcabinet.demo.operator.cast import DemoCustomer, DemoLine, DemoTrunk
from sipcabinet.lib import clock
from sipcabinet.lib.clock import MINSK
from subscribers.models import PlanKind, Subscriber, TariffPlan
from subscribers.services import numbers

BANK_NAME, BANK_BIC = "ОАО «Банк Пример»", "PRIMBY2X"
OPENING = time(10)
CLOSING = time(18)


def open_all(plans: dict[str, TariffPlan]) -> dict[DemoCustomer, Account]:
    """Opens every customer of the cast with its account, numbers and logins."""
    return {demo: _open(demo, plans) for demo in cast.CUSTOMERS}


def open_staff() -> User:
    """Creates a superuser with a second factor; the module `logins` shows the key for an authenticator app."""
    staff = User.objects.create_superuser(cast.STAFF_PHONE, cast.STAFF_PASSWORD, name=cast.STAFF_NAME)
    TOTPDevice.objects.create(user=staff, name="Приложение", confirmed=True)
    return staff


def _open(demo: DemoCustomer, plans: dict[str, TariffPlan]) -> Account:
    signed_on = clock.today() - timedelta(days=demo.contract_days)
    with clock.at(_moment(signed_on, OPENING)):
        account = _sign(demo)
    _connect(demo, account, plans)
    _set_passwords(demo, account)
    return account


def _sign(demo: DemoCustomer) -> Account:
    customer = customers.open_customer(
        name=demo.name,
        unp=demo.unp,
        address=demo.address,
        bank_name=BANK_NAME,
        bank_bic=BANK_BIC,
        iban=demo.iban,
        contact_name=demo.contact_name,
        contact_phone=demo.trunks[0].line.phone,
    )
    return customers.open_account(
        customer=customer,
        number=demo.account_number,
        contract_number=f"{demo.contract_number}/{clock.today().year}",
        contract_date=clock.today(),
        cabinet_email=demo.cabinet_email,
    )


def _connect(demo: DemoCustomer, account: Account, plans: dict[str, TariffPlan]) -> None:
    today = clock.today()
    with clock.at(_moment(traffic.connected_on(demo, today), OPENING)):
        opened = [_open_trunk(demo_trunk, account, plans) for demo_trunk in demo.trunks]
    for line, number in (pair for pairs in opened for pair in pairs):
        if line.closed_days_ago is not None:
            with clock.at(_moment(today - timedelta(days=line.closed_days_ago), CLOSING)):
                numbers.close(subscriber=number)


def _open_trunk(demo: DemoTrunk, account: Account, plans: dict[str, TariffPlan]) -> list[tuple[DemoLine, Subscriber]]:
    """Opens a trunk and its numbers; returns each number with its line of the cast."""
    trunk = numbers.open_trunk(
        account=account, phone=demo.line.phone, plan=plans[PlanKind.TRUNK], label=demo.line.label
    )
    plan = plans[PlanKind.NUMBER]
    return [
        (line, numbers.open_number(trunk=trunk, phone=line.phone, plan=plan, label=line.label)) for line in demo.numbers
    ]


def _set_passwords(demo: DemoCustomer, account: Account) -> None:
    """Gives each login its demo password, as if its user had replaced the temporary password on the first day."""
    changed_at = _moment(traffic.connected_on(demo, clock.today()), CLOSING)
    for user in User.objects.filter(account=account):
        user.name = demo.contact_name
        user.set_password(cast.password_of(demo))
        user.password_changed_at = changed_at
        user.save()


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=MINSK)
