"""Money that came or went wrong: payments moved, cancelled, refunded, debts written off, by one person or by two."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accounts.actor import Actor
from billing.models import Adjustment, MoneyProposal, Payment
from billing.services import proposals
from billing.services.adjustments import MoneyError
from billing.services.money_terms import Terms
from billing.tests.machine.base import PLACES, Base, refused
from billing.tests.machine.model import ZERO, Paid, kopecks
from billing.tests.mended import move_of, refund_of, reversal_of, write_off_of

SHARES = st.sampled_from([100, 100, 50, 33, 101])  # percent of what is there; more than all of it is refused
KOPECK = Decimal("0.01")


class Mended(Base):
    """Every change is proposed; above the limit the second person confirms it."""

    @rule(place=PLACES, whose=PLACES, share=SHARES)
    @precondition(lambda self: bool(self.model.payments))
    def a_payment_is_moved(self, place: int, whose: int, share: int) -> None:
        key, payment = self._payment(place)
        others = [one for one in self.accounts if one.pk != payment.account_id]
        to, left = others[whose % len(others)], self.model.left(key)
        amount, may = self._share(left, share)
        made = self._done(move_of(payment, to, amount), may=may)
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
        amount, may = self._share(self.model.left(key), share)
        made = self._done(reversal_of(payment, amount), may=may)
        if made is not None:
            self.model.take(payment.account_id, amount, self.today(), pk=made.pk, day=payment.received_on, payment=key)
            self.reached["cancelled"] += 1

    @rule(place=PLACES, share=SHARES, days=st.integers(0, 3), is_of_a_payment=st.booleans())
    def an_overpayment_is_returned(self, place: int, share: int, days: int, is_of_a_payment: bool) -> None:
        account, day = self.account(place), self.today() - timedelta(days=days)
        amount, may = self._share(max(ZERO, self.model.balance(account.pk)), share)
        mine = [key for key, one in self.model.payments.items() if one.account == account.pk]
        key = next((one for one in mine if self.model.left(one) >= amount), "") if is_of_a_payment else ""
        payment = Payment.objects.get(source_key=key) if key else None
        made = self._done(refund_of(account, amount, str(self.next_serial()), day, payment=payment), may=may)
        if made is not None:
            self.model.take(account.pk, amount, self.today(), pk=made.pk, day=day, payment=key)
            self.reached["refunded"] += 1

    @rule(place=PLACES, share=SHARES)
    def a_debt_is_written_off(self, place: int, share: int) -> None:
        account = self.account(place)
        amount, may = self._share(max(ZERO, -self.model.balance(account.pk)), share)
        made = self._done(write_off_of(account, amount, str(self.next_serial())), may=may)
        if made is not None:
            self.model.write_off(account.pk, amount)
            self.reached["written off"] += 1

    def _payment(self, place: int) -> tuple[str, Payment]:
        keys = sorted(self.model.payments)
        key = keys[place % len(keys)]
        return key, Payment.objects.select_related("account__customer").get(source_key=key)

    @staticmethod
    def _share(whole: Decimal, share: int) -> tuple[Decimal, bool]:
        """A part of a sum, at least a kopeck, and whether it is there."""
        amount = max(KOPECK, kopecks(whole * share / 100))
        amount += KOPECK if share > 100 and amount <= whole else ZERO
        return amount, amount <= whole

    def _done(self, terms: Terms, *, may: bool) -> Adjustment | None:
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
