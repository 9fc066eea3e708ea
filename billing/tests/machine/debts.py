"""Promises (requested, decided, expired) and debts (reminders, calls barred and allowed again)."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accounts.actor import Actor
from accounts.models import Account
from billing.models import DebtRestriction, DunningNotice, GuaranteeState, PaymentGuarantee, PaymentSource
from billing.models.guarantee import OPEN
from billing.services import debts, dunning, guarantees, ledger, payments
from billing.services.guarantees import GuaranteeError
from billing.tests.machine.base import PLACES, Base, refused
from billing.tests.machine.invariants import key_of
from billing.tests.machine.model import RESTRICT_DAYS, ZERO, Paid
from billing.tests.machine.world import END
from sipcabinet.lib.clock import MINSK

LAST_PROMISE = END - timedelta(days=45)  # later promises would outlast the clock
FIRST_HOUR, LAST_HOUR = 9, 12  # calls are barred in the morning


class Debts(Base):
    """`forgiven` are accounts whose calls staff allowed again by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.forgiven: set[int] = set()

    @rule(place=PLACES, share=st.integers(1, 110))
    @precondition(lambda self: bool(self.model.bills))
    def a_promise_is_asked_for(self, place: int, share: int) -> None:
        """Requests a guarantee of `share` percent of the promisable sum."""
        account = self.account(place)
        lacks = self.model.promisable(account.pk)
        amount = max(Decimal("0.01"), (lacks * share / 100).quantize(Decimal("0.01")))
        allowed = 0 < amount <= lacks and not self._stands_in_the_way(account)
        by = Actor(self.world.owners[account.pk], token=UUID(int=self.next_serial()).hex)
        register = partial(guarantees.register, account=account, amount=amount, by=by)
        for _ in range(2):  # the form, and the same form a second time
            assert refused(GuaranteeError, register) != allowed

    @rule(place=PLACES)
    @precondition(lambda self: bool(self.books.guarantees_in(GuaranteeState.PENDING)))
    def a_promise_is_accepted(self, place: int) -> None:
        guarantee = self._pending(place)
        lacks = self.model.lacks(guarantee.account_id, key_of(guarantee.debt))
        accept = partial(guarantees.accept, guarantee=guarantee, staff=self.world.staff)
        assert refused(GuaranteeError, accept) == (lacks == 0)

    @rule(place=PLACES)
    @precondition(lambda self: bool(self.books.guarantees_in(GuaranteeState.PENDING)))
    def a_promise_is_rejected(self, place: int) -> None:
        guarantees.reject(guarantee=self._pending(place), staff=self.world.staff, reason="Долг за прошлый год")

    @rule(is_kept=st.booleans())
    @precondition(lambda self: bool(self.books.guarantees_in(GuaranteeState.ACCEPTED)) and self.now() < LAST_PROMISE)
    def a_promise_is_kept_or_not(self, is_kept: bool) -> None:
        """The promised sum is paid; or the guarantee's last day passes, and statements are imported up to it."""
        guarantee = self.books.guarantees[self.books.guarantees_in(GuaranteeState.ACCEPTED)[0]]
        if is_kept:
            self._pays(guarantee.account, guarantee.amount)
        elif guarantee.valid_until is not None:
            over = datetime.combine(guarantee.valid_until + timedelta(days=1), time(0, 5), tzinfo=MINSK)
            self.move(max(over, self.now()))
            self.the_bank_is_read()
            self.promises_run_out()

    @rule()
    @precondition(lambda self: bool(self.books.guarantees_in(GuaranteeState.ACCEPTED)))
    def promises_run_out(self) -> None:
        guarantees.expire_due()
        assert not self._run_out()

    @rule(amount=st.integers(-3_000, 3_000).filter(bool))
    @precondition(lambda self: len(self.model.opening) < len(self.accounts))
    def a_balance_comes_from_an_older_system(self, amount: int) -> None:
        """Opens a balance, once per account; a negative balance is one more debt."""
        account = next(one for one in self.accounts if one.pk not in self.model.opening)
        told: dict[str, Any] = {"booked_on": self.today(), "title": "Сальдо", "amount": Decimal(amount) / 100}
        ledger.open_balance(account=account, **told)
        self.model.open(account.pk, told["amount"], self.today())
        debts.after_payment(account)
        self.reached["opening debt"] += amount < 0

    @rule(days=st.integers(1, 12), is_read=st.booleans(), twice=st.booleans())
    @precondition(lambda self: self.now() < END - timedelta(days=45))
    def a_working_morning_comes(self, days: int, is_read: bool, twice: bool) -> None:
        """Moves to the first working morning after `days`, when dunning may bar calls, with or without fresh
        statements."""
        day = self.today() + timedelta(days=days)
        while not self.model.bank.works(day):
            day += timedelta(days=1)
        self.move(datetime.combine(day, time(9, 30), tzinfo=MINSK))
        if is_read:
            self.the_bank_is_read()
        self.dunning_runs(twice)

    @rule(twice=st.booleans())
    def dunning_runs(self, twice: bool) -> None:
        """Bars calls only on a working morning, with all statements, of warned accounts; a second run does nothing."""
        before, may_begin = self._barred(), self._may_begin()
        warned = {account.pk for account in self.accounts if self._is_warned(account)}
        for account in self.accounts:
            self.model.tell(account.pk, self.today())
        counts = dunning.run_due()
        assert counts.failed == 0
        assert not self._run_out()
        fresh = self._barred() - before
        assert may_begin or not fresh
        assert fresh <= warned
        self.reached["waited for statements"] += counts.waiting > 0
        for account in self.accounts:
            is_late = self.model.overdue(account.pk, self.today(), RESTRICT_DAYS - 1)
            if may_begin and is_late and account.pk in warned - self.forgiven:
                assert account.pk in self._barred() or self._in_force(account)
        if twice:
            again = dunning.run_due()
            assert (again.expired, again.told, again.reminded, again.restricted, again.lifted) == (0, 0, 0, 0, 0)

    @rule(place=PLACES)
    @precondition(lambda self: bool(self.books.restricted))
    def staff_allow_calls(self, place: int) -> None:
        account = self.account(place)
        if debts.lift(account=account, why="по просьбе клиента", user=self.world.staff) is not None:
            self.forgiven.add(account.pk)

    def _pending(self, place: int) -> PaymentGuarantee:
        found = self.books.guarantees_in(GuaranteeState.PENDING)
        rows = PaymentGuarantee.objects.select_related("debt__invoice", "debt__correction", "account__customer")
        return rows.get(pk=found[place % len(found)])

    def _pays(self, account: Account, amount: Decimal) -> None:
        key = f"kept:{self.next_serial()}"
        told: dict[str, Any] = {"received_on": self.today(), "source": PaymentSource.CASH, "source_key": key}
        payments.book(account=account, amount=amount, **told)
        self.model.payments[key] = Paid(account.pk, amount, self.now(), self.today())

    def _stands_in_the_way(self, account: Account) -> bool:
        """Whether an open guarantee, or an expired and unpaid one, forbids another guarantee."""
        mine = [one for one in self.books.guarantees.values() if one.account_id == account.pk]
        return any(
            one.state in OPEN or (one.state == GuaranteeState.EXPIRED and self.books.short_of(one) > ZERO)
            for one in mine
        )

    def _run_out(self) -> bool:
        """Whether a guarantee past its last day is still accepted: the statements of that day are imported."""
        rows = PaymentGuarantee.objects.filter(state=GuaranteeState.ACCEPTED, valid_until__lt=self.today())
        return any(day and self.model.bank.is_complete(day) for day in rows.values_list("valid_until", flat=True))

    def _may_begin(self) -> bool:
        is_morning = FIRST_HOUR <= self.now().hour < LAST_HOUR and self.model.bank.works(self.today())
        return is_morning and self.model.bank.is_complete(self.today() - timedelta(days=1))

    def _is_warned(self, account: Account) -> bool:
        """Whether a reminder named today or earlier for an unpaid debt, or a guarantee of such a debt is over."""
        unpaid = {doc.key for doc, lacks in self.model.unpaid(account.pk) if lacks}
        notices = DunningNotice.objects.filter(account=account, step__in=["first", "second"])
        named = notices.filter(restrict_on__lte=self.today()).select_related("debt__invoice", "debt__correction")
        promises = PaymentGuarantee.objects.filter(account=account, valid_until__lt=self.today())
        broken = promises.filter(state__in=[GuaranteeState.ACCEPTED, GuaranteeState.EXPIRED])
        found = [one.debt for one in named] + [one.debt for one in broken.select_related("debt__invoice")]
        return bool(unpaid & {key_of(debt) for debt in found})

    @staticmethod
    def _barred() -> set[int]:
        return set(DebtRestriction.objects.filter(lifted_at=None).values_list("account_id", flat=True))

    def _in_force(self, account: Account) -> bool:
        rows = PaymentGuarantee.objects.filter(account=account, state=GuaranteeState.ACCEPTED)
        return rows.filter(valid_until__gte=self.today()).exists()
