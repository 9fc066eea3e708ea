"""People of the staff with exact rights, and rows that wait in the queues."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Permission

from accounts.models import Account, User
from accounts.tests.factories import AccountFactory, StaffFactory
from billing.models import PaymentGuarantee, SuspensePayment
from billing.services import payments
from billing.tests.debtors import owes, promises
from desk.models import Role
from desk.services import roles
from notifications.models import Letter
from sipcabinet.lib import clock


def clerk(*permissions: str) -> User:
    """A person of the staff with these permissions alone (`app.code`)."""
    user = StaffFactory.create(is_superuser=False)
    for name in permissions:
        app, code = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=code))
    return User.objects.get(pk=user.pk)


def of_role(code: str) -> User:
    """A colleague who has this role alone."""
    roles.sync()
    user = StaffFactory.create(is_superuser=False)
    user.groups.add(Role.objects.get(code=code).group)
    return User.objects.get(pk=user.pk)


def unclear(amount: str = "48.30", **fields: Any) -> SuspensePayment:
    """A credit that waits because its account is not known."""
    row = payments.suspend(
        reason="в назначении нет лицевого счёта", source_key=f"bank:{uuid4().hex}", amount=Decimal(amount),
        received_on=clock.today(), source="bank", payer_name="ООО «Ромашка»", purpose="за связь",
    )  # fmt: skip
    assert row is not None
    if fields:
        SuspensePayment.objects.filter(pk=row.pk).update(**fields)
        row.refresh_from_db()
    return row


def request_of_guarantee(amount: str = "125.00") -> PaymentGuarantee:
    """A request of another customer that waits for staff."""
    account: Account = AccountFactory.create()
    owes(account)
    return promises(account, amount)


def undelivered(account: Account | None = None, **fields: Any) -> Letter:
    """A letter that the mail server has refused an hour ago."""
    told = {"state": "refused", "finished_at": clock.now() - timedelta(hours=1), "smtp_code": 550} | fields
    told = {"subject": "Счёт", "recipient": "office@customer.example", **told}
    return Letter.objects.create(account=account, kind="invoice", message_id=f"<{uuid4().hex}>", **told)
