"""The demo's customers, numbers and logins, opened as staff would open them."""

from datetime import date, datetime, time, timedelta

from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Account, User
from accounts.services import customers
from sipcabinet.lib import clock
from sipcabinet.lib.clock import MINSK
from sipcabinet.site.demo import cast, traffic
from sipcabinet.site.demo.cast import DemoCustomer
from subscribers.models import PlanKind, TariffPlan
from subscribers.services import numbers

BANK_NAME, BANK_BIC = "ОАО «Банк Пример»", "PRIMBY2X"
OPENING = time(10)
CLOSING = time(18)


def open_all(plans: dict[str, TariffPlan]) -> dict[DemoCustomer, Account]:
    """Opens every customer of the cast with its account, numbers and logins."""
    return {demo: _open(demo, plans) for demo in cast.CUSTOMERS}


def open_staff() -> User:
    """A superuser with a second factor of its own; what to enter into an application is told by `logins`."""
    staff = User.objects.create_superuser(cast.STAFF_PHONE, cast.STAFF_PASSWORD, name=cast.STAFF_NAME)
    TOTPDevice.objects.create(user=staff, name="Приложение", confirmed=True)
    return staff


def _open(demo: DemoCustomer, plans: dict[str, TariffPlan]) -> Account:
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
    signed_on = clock.today() - timedelta(days=demo.contract_days)
    account = customers.open_account(
        customer=customer,
        number=demo.account_number,
        contract_number=f"{demo.contract_number}/{signed_on.year}",
        contract_date=signed_on,
        opened_on=signed_on,
        cabinet_email=demo.cabinet_email,
    )
    _connect(demo, account, plans)
    _set_passwords(demo, account)
    return account


def _connect(demo: DemoCustomer, account: Account, plans: dict[str, TariffPlan]) -> None:
    connected_at = _moment(traffic.connected_on(demo, clock.today()), OPENING)
    for demo_trunk in demo.trunks:
        line = demo_trunk.line
        trunk = numbers.open_trunk(
            account=account, phone=line.phone, plan=plans[PlanKind.TRUNK], label=line.label, connected_at=connected_at
        )
        for line in demo_trunk.numbers:
            number = numbers.open_number(
                trunk=trunk, phone=line.phone, plan=plans[PlanKind.NUMBER], label=line.label, connected_at=connected_at
            )
            if line.closed_days_ago is not None:
                closed_on = clock.today() - timedelta(days=line.closed_days_ago)
                numbers.close(subscriber=number, at=_moment(closed_on, CLOSING))


def _set_passwords(demo: DemoCustomer, account: Account) -> None:
    """Gives each login its demo password, as if its owner had changed a temporary one on the first day."""
    changed_at = _moment(traffic.connected_on(demo, clock.today()), CLOSING)
    for user in User.objects.filter(account=account):
        user.name = demo.contact_name
        user.set_password(cast.password_of(demo))
        user.password_changed_at = changed_at
        user.save()


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=MINSK)
