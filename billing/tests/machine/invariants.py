"""Invariants of money (design: «Money»), checked after each step by reading the tables."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Model as Table
from django.db.models import Sum

from accounts.models import Account
from billing.models import (
    Adjustment,
    Correction,
    CorrectionLine,
    Debt,
    DebtRestriction,
    DocumentCounter,
    EntryKind,
    GuaranteeState,
    Invoice,
    LedgerEntry,
    MoneyProposal,
    Payment,
    PaymentGuarantee,
    PaymentReturn,
    ServiceAct,
    StatementImport,
    SuspensePayment,
    SuspenseRefund,
)
from billing.models.guarantee import OPEN
from billing.models.ledger import TAKEN
from billing.selectors import adjustments, balance, debts
from billing.services import ledger_check
from billing.tests.machine.model import GUARANTEE_DAYS, ZERO, Bill, Model
from billing.tests.machine.owed import Key
from sipcabinet.lib import clock
from subscribers.models import AccountMonth, CallDailyTotal, CallRecord, Charge, Subscriber, SubscriberStatus

UNCHANGING: Sequence[type[Table]] = (
    *(AccountMonth, Charge, Invoice, ServiceAct, Correction, CorrectionLine, Payment, LedgerEntry, StatementImport),
    Adjustment,
)
CHANGING: Sequence[type[Table]] = (
    *(SuspensePayment, DocumentCounter, CallDailyTotal, Debt, PaymentGuarantee, DebtRestriction, Subscriber),
    *(MoneyProposal, SuspenseRefund, PaymentReturn),
)
# Tables that change when calls are imported, a month is closed, or a guarantee or a restriction changes.
CALLS = {CallRecord._meta.db_table, CallDailyTotal._meta.db_table}
CLOSED = {AccountMonth._meta.db_table}
PROMISED = {table._meta.db_table for table in (PaymentGuarantee, DebtRestriction, Subscriber)}
_PRINTS = " UNION ALL ".join(
    f"SELECT '{table._meta.db_table}', {table._meta.pk.column}::text, hash_record_extended(t, 0) "
    f"FROM {table._meta.db_table} AS t"
    for table in (*UNCHANGING, *CHANGING)
)
_STAYS = {table._meta.db_table for table in UNCHANGING}
MAY_FOLLOW = {
    None: {GuaranteeState.PENDING},
    GuaranteeState.PENDING: {GuaranteeState.ACCEPTED, GuaranteeState.REJECTED},
    GuaranteeState.ACCEPTED: {GuaranteeState.FULFILLED, GuaranteeState.EXPIRED},
}


class Books:
    """Compares the tables with the model and with their former state."""

    def __init__(self, model: Model, accounts: Iterable[Account], reached: Counter[str]) -> None:
        self.model = model
        self.accounts = list(accounts)
        self.reached = reached
        self.seen: dict[tuple[str, str], int] = {}
        self.told: Mapping[str, int] = {}
        self.today = date.min
        self.guarantees: dict[int, PaymentGuarantee] = {}
        self.restricted: set[int] = set()

    def check(self) -> None:
        new = self._what_is_new()
        if new - CALLS - PROMISED:
            self._money_is_as_in_the_model()
            self._debits_are_as_in_the_model()
            self._invoices_are_as_in_the_model()
            self._numbers_have_no_gap()
        if new & (CALLS | CLOSED):
            self._calls_count_once()
        if new - PROMISED:
            assert ledger_check.run() == []
        if new or self.today != _today():
            self.today = _today()
            self._promises_go_forward()
            self._calls_are_barred_for_debt_alone()

    def guarantees_in(self, state: GuaranteeState) -> list[int]:
        return sorted(pk for pk, one in self.guarantees.items() if one.state == state)

    def short_of(self, guarantee: PaymentGuarantee) -> Decimal:
        """The unpaid part of a guarantee."""
        decided = guarantee.decided_at
        paid = self.model.kept_since(guarantee.account_id, decided) if decided else ZERO
        lacks = self.model.lacks(guarantee.account_id, key_of(guarantee.debt))
        return max(ZERO, min(guarantee.amount - paid, lacks))

    def _what_is_new(self) -> set[str]:
        """Tables that changed since the last step, or whose model changed; conclusions from other tables need no new
        check. Asserts that permanent rows still exist unchanged."""
        with connection.cursor() as cursor:
            cursor.execute(_PRINTS)
            now = {(table, pk): mark for table, pk, mark in cursor.fetchall()}
        changed = [key for key, mark in self.seen.items() if key[0] in _STAYS and now.get(key) != mark]
        assert not changed, changed
        told = self.model.counts
        new = {table for (table, _pk), _mark in now.items() ^ self.seen.items()}
        new |= {table for table, count in told.items() if count != self.told.get(table)}
        self.seen, self.told = now, told
        return new

    def _money_is_as_in_the_model(self) -> None:
        rows = Payment.objects.order_by().values_list("source_key", "account_id", "amount")
        assert set(rows) == {(key, one.account, one.amount) for key, one in self.model.payments.items()}
        waiting = SuspensePayment.objects.filter(resolved_at=None).values_list("source_key", "amount")
        assert dict(waiting) == self.model.waiting
        left = dict(adjustments.with_left(Payment.objects.all()).values_list("source_key", "left"))
        assert left == {key: self.model.left(key) for key in self.model.payments}
        taken = Adjustment.objects.exclude(kind="writeoff").values_list("pk", "account", "amount", "booked_on")
        assert {row[0]: row[1:] for row in taken} == self.model.left_on
        for account in self.accounts:
            expected = [(doc.key, doc.due_on, doc.left(), lacks) for doc, lacks in self.model.unpaid(account.pk)]
            found = debts.of(account)
            assert balance.balance(account) == self.model.balance(account.pk)
            assert [(key_of(one.debt), one.due_on, one.amount, one.unpaid) for one in found] == expected
            assert sum((one.unpaid for one in found), ZERO) == balance.to_pay(account)

    def _debits_are_as_in_the_model(self) -> None:
        """Debits of the bank are what they were found to be; credits without an account went back once, or not."""
        rows = PaymentReturn.objects.values_list("source_key", "amount", "returned_on", "outcome", "adjustment")
        assert {row[0]: row[1:] for row in rows} == {
            key: (one.amount, one.day, one.outcome, one.adjustment) for key, one in self.model.bank_debits.items()
        }
        gone = SuspensePayment.objects.filter(is_returned=True).values_list("source_key", "amount")
        assert dict(gone) == self.model.paid_back
        proposed = SuspenseRefund.objects.filter(state="waiting").values_list("suspense__source_key", flat=True)
        assert sorted(proposed) == sorted(self.model.returning)

    def _invoices_are_as_in_the_model(self) -> None:
        """Charges = invoice = act = ledger entry; the balances printed on invoices follow each other."""
        entries = dict(LedgerEntry.objects.filter(kind=EntryKind.INVOICE).values_list("source_key", "amount"))
        charges: dict[int, dict[Any, Any]] = defaultdict(dict)
        for row in Charge.objects.values_list("closing_id", "subscriber_id", "kind", "key", "late_of", "net", "vat"):
            charges[row[0]][row[1:5]] = row[5:]
        invoices = {(one.account_id, one.month): one for one in Invoice.objects.select_related("act")}
        assert invoices.keys() == {(bill.account, bill.month) for bill in self.model.bills}
        for bill in self.model.bills:
            invoice = invoices[bill.account, bill.month]
            assert charges[invoice.closing_id] == bill.charges
            assert invoice.total == invoice.act.total == -entries[f"invoice:{invoice.pk}"] == bill.total
            assert invoice.due == max(ZERO, -invoice.closing_balance)
            assert invoice.due_on == bill.due_on
            assert invoice.opening + invoice.payments + invoice.corrections - bill.total == invoice.closing_balance
        assert len(entries) == len(invoices) == len(charges)
        for bills in map(self.model.bills_of, (account.pk for account in self.accounts)):
            self._balances_follow(invoices, bills)

    def _balances_follow(self, invoices: dict[Any, Invoice], bills: Sequence[Bill]) -> None:
        former = None
        for bill in bills:
            invoice = invoices[bill.account, bill.month]
            came = self.model.opening.get(bill.account, ZERO)
            # A balance from an older system counts as left by the previous invoice.
            assert invoice.opening - (former.closing_balance if former else ZERO) in {ZERO, came}
            former = invoice

    def _numbers_have_no_gap(self) -> None:
        for table, count in (
            (Invoice, len(self.model.bills)),
            (ServiceAct, len(self.model.bills)),
            (Correction, self.model.corrections),
        ):
            found = table._default_manager.order_by("serial").values_list("serial", "number")
            assert list(found) == [(serial, f"{serial:06d}") for serial in range(1, count + 1)]

    def _calls_count_once(self) -> None:
        mine = ("subscriber_id", "destination_id", "month", "charged_in", "cost")
        assert Counter(CallRecord.objects.values_list(*mine)) == Counter(
            (call.subscriber, call.destination, call.month, call.charged_in, call.cost) for call in self.model.calls
        )
        total = CallDailyTotal.objects.aggregate(calls=Sum("calls"), cost=Sum("cost"))
        assert (total["calls"] or 0) == len(self.model.calls)
        assert (total["cost"] or 0) == sum(call.cost for call in self.model.calls)

    def _promises_go_forward(self) -> None:
        found = {one.pk: one for one in PaymentGuarantee.objects.select_related("debt__invoice", "debt__correction")}
        assert found.keys() >= self.guarantees.keys()
        for pk, one in found.items():
            former = self.guarantees.get(pk)
            if former is None or former.state != one.state:
                self._may_follow(former, one)
            if one.state == GuaranteeState.ACCEPTED:
                assert self.short_of(one) > 0, "an accepted promise that is paid"
        self.guarantees = found
        open_ones = Counter(one.account_id for one in found.values() if one.state in OPEN)
        assert max(open_ones.values(), default=0) <= 1

    def _may_follow(self, former: PaymentGuarantee | None, now: PaymentGuarantee) -> None:
        state = GuaranteeState(former.state) if former else None
        self.reached[now.state] += 1
        assert GuaranteeState(now.state) in MAY_FOLLOW.get(state, set()), (state, now.state)
        if now.state == GuaranteeState.ACCEPTED:
            assert now.valid_until is not None
            assert now.valid_until >= _today() + timedelta(days=GUARANTEE_DAYS)
        if now.state == GuaranteeState.FULFILLED:
            assert self.short_of(now) == 0
        if now.state == GuaranteeState.EXPIRED:
            assert now.valid_until is not None
            assert now.valid_until < _today()
            assert self.model.bank.is_complete(now.valid_until), "it ran out before its statements were read"
            assert self.short_of(now) > 0

    def _calls_are_barred_for_debt_alone(self) -> None:
        before = self.restricted
        self.restricted = set(DebtRestriction.objects.filter(lifted_at=None).values_list("account_id", flat=True))
        self.reached["restricted"] += len(self.restricted - before)
        self.reached["allowed"] += len(before - self.restricted)
        holds = {
            one.account_id
            for one in self.guarantees.values()
            if one.state == GuaranteeState.ACCEPTED and one.valid_until is not None and one.valid_until >= _today()
        }
        assert not self.restricted & holds
        for pk, moment in DebtRestriction.objects.filter(lifted_at=None).values_list("account_id", "started_at"):
            assert self.model.overdue(pk, _today())
            assert self.model.overdue_on(pk, clock.minsk(moment).date()), "somebody who paid in time is barred"
        barred = Subscriber.objects.filter(status=SubscriberStatus.RESTRICTED).values_list("account_id", flat=True)
        assert set(barred) == self.restricted


def key_of(debt: Debt) -> Key:
    """The debt's key in the model."""
    if debt.entry.kind in TAKEN:
        return ("adjustment", int(debt.entry.source_key.partition(":")[2]))
    if debt.correction is not None:
        return ("correction", debt.correction.serial)
    return ("invoice", debt.invoice.month) if debt.invoice else ("opening", None)


def _today() -> date:
    return clock.today()
