"""Two people change the same money at the same moment: one wins, the other is told (4.12)."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from accounts.models import Account
from accounts.tests.factories import AccountFactory
from billing.models import Adjustment, Correction, LedgerEntry, MoneyProposal, Payment, ProposalKind
from billing.selectors import adjustments, balance, ledger_check
from billing.services import proposals
from billing.services.adjustments import MoneyError
from billing.services.money_terms import ChargeChange, Terms
from billing.tests.debtors import pays
from billing.tests.issued import account_with_trunk, issued
from billing.tests.mended import clerk, move_of, refund_of, reversal_of
from sipcabinet.tests.at_once import at_once
from subscribers.models import Charge

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def today(at: Callable[[str], Any]) -> None:
    at("2026-11-25 12:00")


def outcomes(works: list[Callable[[], object]]) -> list[str]:
    """`done`, or the code of the refusal, of works that start at the same moment."""

    def one(work: Callable[[], object]) -> str:
        try:
            work()
        except MoneyError as refusal:
            return refusal.code
        return "done"

    return sorted(at_once([partial(one, work) for work in works]))


def proposing(*every: Any) -> list[Callable[[], object]]:
    return [partial(proposals.propose, terms=terms, by=clerk()) for terms in every]


def test_a_payment_is_taken_once(account: Account) -> None:
    payment, other = pays(account, "90.00"), AccountFactory.create()
    refund = refund_of(account, "90.00", payment=payment)
    found = outcomes(proposing(reversal_of(payment), move_of(payment, other), reversal_of(payment), refund))
    assert found[0] == "done"
    assert set(found[1:]) <= {"money.left", "money.balance"}
    assert Adjustment.objects.count() == 1
    assert ledger_check.differences() == []


def test_moves_against_each_other_do_not_wait_for_each_other(account: Account) -> None:
    other = AccountFactory.create()
    there, back = ([pays(one, "10.00") for _ in range(3)] for one in (account, other))
    moves = [move_of(one, other) for one in there] + [move_of(one, account) for one in back]
    assert outcomes(proposing(*moves)) == ["done"] * 6
    assert [balance.balance(one) for one in (account, other)] == [Decimal("30.00")] * 2
    assert ledger_check.differences() == []


def test_a_charge_is_corrected_by_one_of_those_who_saw_it(at: Callable[[str], Any]) -> None:
    invoice = issued(account_with_trunk())
    fee = Charge.objects.get()

    def correction(net: str) -> Terms:
        changes = [ChargeChange(fee, Decimal(net), fee.net)]
        return Terms(
            kind=ProposalKind.CORRECTION, account=invoice.account, invoice=invoice, changes=changes, reason="Ошибка"
        )

    assert outcomes(proposing(*map(correction, ("10.00", "9.00", "8.00")))) == ["done", "money.known", "money.known"]
    assert Correction.objects.count() == 1
    assert ledger_check.differences() == []


def test_one_form_sent_many_times_is_one_change(account: Account) -> None:
    payment, by = pays(account, "90.00"), clerk()
    rows = at_once([partial(proposals.propose, terms=reversal_of(payment, "30.00"), by=by)] * 4)
    assert len({row.pk for row in rows}) == 1
    assert Adjustment.objects.count() == 1


def test_a_proposal_is_decided_by_one_of_those_who_decide(account: Account) -> None:
    by = clerk()
    row = proposals.propose(terms=reversal_of(pays(account, "500.00")), by=by)
    works: list[Callable[[], object]] = [partial(proposals.confirm, proposal=row, by=clerk()) for _ in range(2)]
    works += [partial(proposals.refuse, proposal=row, answer="нет", by=clerk())]
    works += [partial(proposals.withdraw, proposal=row, by=by)]
    assert outcomes(works) == ["done", *["money.decided"] * 3]
    done = MoneyProposal.objects.get()
    assert Adjustment.objects.count() == (1 if done.state == "done" else 0)
    assert ledger_check.differences() == []


def test_one_person_cannot_split_a_sum_by_sending_the_parts_at_once(account: Account) -> None:
    by = clerk()
    parts = [reversal_of(pays(account, "60.00")) for _ in range(3)]
    actors = [type(by)(by.user, by.address, token=f"form-{place}") for place in range(3)]
    works = [partial(proposals.propose, terms=terms, by=one) for terms, one in zip(parts, actors, strict=True)]
    rows = at_once(works)
    assert sorted(row.state for row in rows) == ["done", "waiting", "waiting"]


def test_without_the_locks_the_database_still_takes_a_payment_once(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the guards removed: nobody locks the account, everybody believes that the whole payment is left."""
    payment = pays(account, "90.00")
    monkeypatch.setattr("billing.services.ledger.lock", lambda _account: None)
    monkeypatch.setattr(adjustments, "left", lambda one: one.amount)
    assert outcomes(proposing(*[reversal_of(payment)] * 3)) == ["done", "money.left", "money.left"]
    assert LedgerEntry.objects.filter(kind="reversal").count() == Adjustment.objects.count() == 1
    assert Payment.objects.count() == 1
