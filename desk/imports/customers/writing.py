"""Does what a row of the file says, by the services of the desk (4.11)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.actor import Actor
from accounts.models import Account, Customer
from accounts.services import audit
from billing.models import LedgerEntry
from billing.services import ledger
from desk.imports.customers.columns import REQUISITES
from desk.imports.customers.judging import Part, Verdict
from desk.services import connections, new_customers
from desk.services.connections import Wanted, moment_of
from desk.services.new_customers import FirstTrunk, NewCustomer
from sipcabinet.lib import clock, money
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.tables import TableRow
from subscribers.models import NumberOrigin, Subscriber, SubscriberStatus

# Columns of the fields that services name in their refusals.
_COLUMNS = {"number": "account", "contract_number": "contract", "payment_terms": "terms", "cabinet_email": "email",
            "connected_at": "connected_on"}  # fmt: skip


class BalanceError(DomainError):
    """The opening balance is not booked."""

    code = "customers.balance"
    field = "balance"


def write(*, row: TableRow, verdict: Verdict, by: Actor) -> None:
    """Writes the whole row in the caller's transaction. Locks as the services do. Raises DomainError if the portal has
    changed since the verdict: `column_of` names the column at fault."""
    given = row.values
    if Part.ACCOUNT in verdict.makes:
        account = _open(given, verdict, by)
    else:
        account = Account.objects.select_related("customer").get(number=given["account"])
        if Part.TRUNK in verdict.makes or Part.NUMBER in verdict.makes:
            connections.connect(account=account, wanted=_wanted(given, account), by=by)
    if Part.BALANCE in verdict.makes:
        _book(account, given["balance"], given["balance_on"] or clock.today(), by)


def column_of(refusal: DomainError) -> str:
    """The key of the column that a service's refusal is about; of the account's column if it names none."""
    field = getattr(refusal, "field", "")
    if not field:
        return "phone" if refusal.code.startswith("phone.") else "account"
    return _COLUMNS.get(field, field)


def _open(given: dict[str, Any], verdict: Verdict, by: Actor) -> Account:
    known = None if Part.CUSTOMER in verdict.makes else Customer.objects.get(unp=given["unp"])
    new = NewCustomer(
        customer=known,
        requisites={} if known else {name: given[name] for name in REQUISITES},
        contract={
            "number": given["account"],
            "contract_number": given["contract"],
            "contract_date": given["contract_date"],
            "cabinet_email": given["email"],
            "payment_terms": given["terms"],
        },
        trunk=_first_trunk(given) if Part.TRUNK in verdict.makes else None,
        send_password=False,
    )
    # A row is done once by its account: the token only keeps two runs of one account apart.
    return new_customers.create(new=new, by=replace(by, token=f"file:{given['account']}"))


def _first_trunk(given: dict[str, Any]) -> FirstTrunk:
    return FirstTrunk(
        phone=given["phone"],
        origin=given["origin"] or NumberOrigin.FREE,
        plan=given["plan"],
        package=given["channels"],
        platform=given["platform"],
        label=given["label"],
        connected_at=moment_of(given["connected_on"] or clock.today()),
    )


def _wanted(given: dict[str, Any], account: Account) -> Wanted:
    trunk = None
    if given["trunk"]:
        open_ones = Subscriber.objects.exclude(status=SubscriberStatus.CLOSED)
        trunk = open_ones.select_related("account", "plan").get(account=account, phone=given["trunk"])
    return Wanted(
        phones=[given["phone"]],
        origin=given["origin"] or NumberOrigin.FREE,
        plan=given["plan"],
        trunk=trunk,
        label=given["label"],
        connected_at=moment_of(given["connected_on"] or clock.today()),
        package=given["channels"],
        platform=given["platform"],
    )


def _book(account: Account, amount: Decimal, day: date, by: Actor) -> None:
    ledger.lock(account)
    if LedgerEntry.objects.filter(account=account).exists():
        raise BalanceError(_("по счёту уже есть проводки: входящее сальдо вносится только до них"))
    title = _("Входящее сальдо на %(day)s") % {"day": clock.show_date(day)}
    ledger.open_balance(account=account, amount=amount, booked_on=day, title=title)
    audit.record(
        action="money.opening_balance",
        account=account,
        user=by.user,
        address=by.address,
        summary=f"{title}: {money.show_byn(amount)}",
        details={"amount": str(amount), "booked_on": day.isoformat()},
    )
