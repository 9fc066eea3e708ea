"""Promises and debts: asked for, decided, run out; reminders, calls barred and allowed again."""

from decimal import Decimal
from functools import partial
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accounts.models import Account
from billing.models import GuaranteeState, PaymentGuarantee
from billing.models.guarantee import OPEN
from billing.services import debts, dunning, guarantees
from billing.services.guarantees import GuaranteeError
from billing.tests.machine.base import PLACES, Base, refused
from billing.tests.machine.model import RESTRICT_DAYS, ZERO


class Debts(Base):
    """`forgiven` are accounts whose calls staff allowed again by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.forgiven: set[int] = set()

    @rule(place=PLACES, share=st.integers(1, 110))
    @precondition(lambda self: bool(self.model.bills))
    def a_promise_is_asked_for(self, place: int, share: int) -> None:
        """So many percent of what the newest invoice lacks."""
        account = self.account(place)
        lacks = list(self.model.unpaid(account.pk).values())[-1]
        amount = max(Decimal("0.01"), (lacks * share / 100).quantize(Decimal("0.01")))
        allowed = 0 < amount <= lacks and not self._stands_in_the_way(account)
        token = UUID(int=self.next_serial()).hex
        register = partial(guarantees.register, account=account, user=self.world.owners[account.pk], amount=amount)
        for _ in range(2):  # the form, and the same form once more
            assert refused(GuaranteeError, partial(register, token=token)) != allowed

    @rule(place=PLACES)
    @precondition(lambda self: bool(self.books.guarantees_in(GuaranteeState.PENDING)))
    def a_promise_is_accepted(self, place: int) -> None:
        guarantee = self._pending(place)
        lacks = self.model.unpaid(guarantee.account_id)[guarantee.invoice.month]
        accept = partial(guarantees.accept, guarantee=guarantee, staff=self.world.staff)
        assert refused(GuaranteeError, accept) == (lacks == 0)

    @rule(place=PLACES)
    @precondition(lambda self: bool(self.books.guarantees_in(GuaranteeState.PENDING)))
    def a_promise_is_rejected(self, place: int) -> None:
        guarantees.reject(guarantee=self._pending(place), staff=self.world.staff, reason="Долг за прошлый год")

    @rule()
    @precondition(lambda self: bool(self.books.guarantees_in(GuaranteeState.ACCEPTED)))
    def promises_run_out(self) -> None:
        guarantees.expire_due()
        assert not self._run_out()

    @rule(twice=st.booleans())
    def dunning_runs(self, twice: bool) -> None:
        """Whoever owes for long is barred, unless a promise holds or staff said otherwise; a second run is idle."""
        assert dunning.run_due().failed == 0
        assert not self._run_out()
        for account in self.accounts:
            if self.model.overdue(account.pk, self.today(), RESTRICT_DAYS - 1) and account.pk not in self.forgiven:
                assert self._is_barred(account) or self._in_force(account)
        if twice:
            again = dunning.run_due()
            assert (again.expired, again.reminded, again.restricted, again.lifted, again.failed) == (0, 0, 0, 0, 0)

    @rule(place=PLACES)
    @precondition(lambda self: bool(self.books.restricted))
    def staff_allow_calls(self, place: int) -> None:
        account = self.account(place)
        if debts.lift(account=account, why="по просьбе клиента", user=self.world.staff) is not None:
            self.forgiven.add(account.pk)

    def _pending(self, place: int) -> PaymentGuarantee:
        found = self.books.guarantees_in(GuaranteeState.PENDING)
        rows = PaymentGuarantee.objects.select_related("invoice", "account__customer")
        return rows.get(pk=found[place % len(found)])

    def _stands_in_the_way(self, account: Account) -> bool:
        """An open promise, or one that ran out and is not paid."""
        mine = [one for one in self.books.guarantees.values() if one.account_id == account.pk]
        return any(
            one.state in OPEN or (one.state == GuaranteeState.EXPIRED and self.books.short_of(one) > ZERO)
            for one in mine
        )

    def _run_out(self) -> bool:
        rows = PaymentGuarantee.objects.filter(state=GuaranteeState.ACCEPTED)
        return rows.filter(valid_until__lt=self.today()).exists()

    def _in_force(self, account: Account) -> bool:
        rows = PaymentGuarantee.objects.filter(account=account, state=GuaranteeState.ACCEPTED)
        return rows.filter(valid_until__gte=self.today()).exists()

    @staticmethod
    def _is_barred(account: Account) -> bool:
        return debts.in_force(account) is not None
