"""Credits in suspense: the payment that each looks like, and the accounts it may belong to (4.6)."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.models import Account
from billing.models import Payment, SuspensePayment
from billing.selectors.payers import Payer, Payers
from sipcabinet.lib import clock, money


def resembled(row: SuspensePayment) -> Payment | SuspensePayment | None:
    """The payment that a credit looks like, or another credit in suspense that is not booked yet."""
    if not row.resembles:
        return None
    booked = Payment.objects.filter(source_key=row.resembles).select_related("account").first()
    return booked or SuspensePayment.objects.filter(source_key=row.resembles).first()


def offers(row: SuspensePayment) -> Sequence[Account]:
    """Accounts to which the credit may belong."""
    payer = Payer(row.purpose, row.payer_unp, row.payer_iban)
    match = Payers.of([payer]).match(payer)
    return [match.account] if match.account else list(match.offers)


def describe(row: Payment | SuspensePayment) -> str:
    """A one-line description of a credit for staff."""
    told = {
        "amount": money.show_byn(row.amount),
        "day": clock.show_date(row.received_on),
        "number": row.reference or "—",
    }
    if isinstance(row, SuspensePayment):
        return _("невыясненный %(amount)s от %(day)s № %(number)s") % told
    return _("%(amount)s от %(day)s № %(number)s, л/с %(account)s") % {**told, "account": row.account.number}
