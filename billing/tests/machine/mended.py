"""Money that came or went wrong: payments moved, cancelled, refunded, debts written off, by one person or by two."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accounts.actor import Actor
from accounts.models import Account
from billing.models import Adjustment, MoneyProposal, Payment
from billing.services import proposals
from billing.services.adjustments import MoneyError
from billing.services.money_terms import Terms
from billing.tests.machine.base import PLACES, refused
from billing.tests.machine.model import ZERO, Paid, Sent, kopecks
from billing.tests.machine.money import Money
from billing.tests.mended import move_of, refund_of, reversal_of, write_off_of

SHARES = st.sampled_from([100, 100, 50, 33, 101])  # percent of what is there; more than all of it is refused
KOPECK = Decimal("0.01")


class Mended(Money):
    """Every change is proposed; above the limit the second person confirms it."""

    @rule(place=PLACES, whose=PLACES, share=SHARES)
    @precondition(lambda self: bool(self.model.payments))
    def a_payment_is_moved(self, place: int, whose: int, share: int) -> None:
        key, payment = self._payment(place)
        others = [one for one in self.accounts if one.pk != payment.account_id]
        to, left = others[whose % len(others)], self.model.left(key)
        amount, may = self.share(left, share)
        made = self.done(move_of(payment, to, amount), may=may)
        if made is None:
            return
        self.model.take(payment.account_id, amount, self.today(), pk=made.pk, day=payment.received_on, payment=key)
        self.model.payments[made.moved_key] = Paid(to.pk, amount, self.now(), payment.received_on)
        self.reached["moved"] += 1
        self.reached["moved on"] += key.startswith("moved:")

    @rule(place=PLACES, share=SHARES)
    @precondition(lambda self: bool(self.model.payments))
    def a_payment_is_cancelled(self, place: int, share: int) -> None:
        key, payment = self._payment(place)
        amount, may = self.share(self.model.left(key), share)
        made = self.done(reversal_of(payment, amount), may=may)
        if made is not None:
            self.model.take(payment.account_id, amount, self.today(), pk=made.pk, day=payment.received_on, payment=key)
            self.reached["cancelled"] += 1

    @rule(place=PLACES, share=SHARES, days=st.integers(0, 3), is_of_a_payment=st.booleans(), pays=st.booleans())
    def an_overpayment_is_returned(self, place: int, share: int, days: int, is_of_a_payment: bool, pays: bool) -> None:
        account, day = self.account(place), self.today() - timedelta(days=days)
        whole = self.overpaid(place) if pays else max(ZERO, self.model.balance(account.pk))
        amount, may = self.share(whole, share)
        mine = [key for key, one in self.model.payments.items() if one.account == account.pk]
        key = next((one for one in mine if self.model.left(one) >= amount), "") if is_of_a_payment else ""
        payment = Payment.objects.get(source_key=key) if key else None
        self.refund(account, amount, str(self.next_serial()), day, may=may, payment=payment)

    @rule(place=PLACES, share=SHARES)
    def a_debt_is_written_off(self, place: int, share: int) -> None:
        account = self.account(place)
        amount, may = self.share(max(ZERO, -self.model.balance(account.pk)), share)
        made = self.done(write_off_of(account, amount, str(self.next_serial())), may=may)
        if made is not None:
            self.model.write_off(account.pk, amount)
            self.reached["written off"] += 1

    def refund(
        self, account: Account, amount: Decimal, number: str, day: date, *, may: bool, payment: Payment | None = None
    ) -> None:
        """Returns an overpayment by a payment order; a debit that the bank has reported before is settled by it."""
        made = self.done(refund_of(account, amount, number, day, payment=payment), may=may)
        if made is not None:
            key = payment.source_key if payment else ""
            self.model.take(account.pk, amount, self.today(), pk=made.pk, day=day, payment=key)
            debit = self.model.send(number, Sent(amount, day, adjustment=made.pk))
            self.reached["refunded"] += 1
            self.reached["debit, then refund"] += debit is not None

    def _payment(self, place: int) -> tuple[str, Payment]:
        keys = sorted(self.model.payments)
        key = keys[place % len(keys)]
        return key, Payment.objects.select_related("account__customer").get(source_key=key)

    @staticmethod
    def share(whole: Decimal, share: int) -> tuple[Decimal, bool]:
        """A part of a sum, at least a kopeck, and whether it is there."""
        amount = max(KOPECK, kopecks(whole * share / 100))
        amount += KOPECK if share > 100 and amount <= whole else ZERO
        return amount, amount <= whole

    def done(self, terms: Terms, *, may: bool) -> Adjustment | None:
        """Carries the terms out, sends the same form again, and confirms what waits; None where it is refused."""
        by = Actor(self.world.staff, token=UUID(int=self.next_serial()).hex)
        propose: Callable[[], MoneyProposal] = partial(proposals.propose, terms=terms, by=by)
        if not may:
            assert refused(MoneyError, propose)
            return None
        row = propose()
        assert propose() == row
        self.reached["two people"] += row.needs_second
        if row.is_waiting:
            assert refused(MoneyError, partial(proposals.confirm, proposal=row, by=by))
            row = proposals.confirm(proposal=row, by=Actor(self.world.second))
        again = partial(proposals.confirm, proposal=row, by=Actor(self.world.second))
        assert refused(MoneyError, again)
        return row.adjustment
