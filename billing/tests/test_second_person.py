"""Above a limit two people change money: one proposes, another confirms on the facts of that moment (4.12)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.actor import Actor
from accounts.models import Account, AuditEvent
from accounts.selectors import journal
from accounts.tests.factories import AccountFactory, StaffFactory
from billing.models import Adjustment, Correction, MoneyProposal, ProposalKind
from billing.selectors import balance, ledger_check
from billing.services import corrections, proposals
from billing.services.adjustments import MoneyError
from billing.services.money_terms import ChargeChange, Terms
from billing.tests.debtors import pays
from billing.tests.issued import account_with_trunk, issued
from billing.tests.mended import again, clerk, move_of, refund_of, reversal_of, write_off_of
from subscribers.models import Charge

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(at: Callable[[str], Any]) -> None:
    at("2026-11-12 10:00")


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(MoneyError) as refusal:
        work()
    return refusal.value.code


def test_up_to_the_limit_one_person_is_enough(account: Account) -> None:
    row = proposals.propose(terms=reversal_of(pays(account, "100.00")), by=(by := clerk()))
    assert (row.state, row.proposed_by, row.decided_by) == ("done", by.user, by.user)
    assert balance.balance(account) == 0


def test_above_it_nothing_happens_before_another_person_confirms(account: Account) -> None:
    by, second = clerk(), clerk()
    payment = pays(account, "100.01")
    row = proposals.propose(terms=reversal_of(payment), by=by)
    assert (row.state, row.decided_by, Adjustment.objects.count()) == ("waiting", None, 0)
    assert balance.balance(account) == Decimal("100.01")
    assert refused(lambda: proposals.confirm(proposal=row, by=again(by))) == "money.own"
    assert refused(lambda: proposals.refuse(proposal=row, answer="нет", by=again(by))) == "money.own"
    assert refused(lambda: proposals.withdraw(proposal=row, by=second)) == "money.own"
    done = proposals.confirm(proposal=row, by=second)
    assert (done.state, done.decided_by, done.adjustment) == ("done", second.user, Adjustment.objects.get())
    assert balance.balance(account) == 0
    assert ledger_check.differences() == []
    for work in (proposals.confirm, proposals.withdraw):
        assert refused(partial(work, proposal=row, by=clerk())) == "money.decided"
    told = AuditEvent.objects.filter(account=account).values_list("action", "user").order_by("pk")
    people = [one.user.pk for one in (by, second, second) if one.user]
    assert list(told)[1:] == list(zip(["money.proposed", "payment.cancelled", "money.confirmed"], people, strict=True))
    seen = [event.action for event in journal.events(account).rows]
    assert seen == ["payment.cancelled", "payment.booked"]


def test_a_large_sum_is_not_split_into_small_ones(account: Account, at: Callable[[str], Any]) -> None:
    by, other = clerk(), AccountFactory.create()
    parts = [pays(account, "60.00") for _ in range(4)]
    first = proposals.propose(terms=move_of(parts[0], other), by=by)
    second = proposals.propose(terms=reversal_of(parts[1]), by=again(by))
    assert [first.state, second.state] == ["done", "waiting"]
    # The other side of the move counts too: money gathered on one account.
    gathered = proposals.propose(terms=move_of(pays(AccountFactory.create(), "60.00"), other), by=again(by))
    assert gathered.state == "waiting"
    assert proposals.propose(terms=reversal_of(parts[2]), by=clerk()).state == "done"  # another person
    elsewhere = proposals.propose(terms=reversal_of(pays(AccountFactory.create(), "60.00")), by=again(by))
    assert elsewhere.state == "done"
    at("2026-12-13 10:00")
    assert proposals.propose(terms=reversal_of(parts[3]), by=again(by)).state == "done"


def test_without_the_count_the_sum_could_be_split(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    by = clerk()
    monkeypatch.setattr(proposals, "done_alone", lambda *_told: Decimal(0))
    rows = [proposals.propose(terms=reversal_of(pays(account, "60.00")), by=again(by)) for _ in range(4)]
    assert {row.state for row in rows} == {"done"}


def test_the_same_form_sent_twice_is_carried_out_once(account: Account) -> None:
    payment, by = pays(account, "80.00"), clerk()
    first, second = (proposals.propose(terms=reversal_of(payment, "40.00"), by=by) for _ in range(2))
    assert first == second
    assert Adjustment.objects.count() == 1
    assert refused(lambda: proposals.propose(terms=reversal_of(payment), by=Actor(by.user))) == "money.token"


def test_the_same_thing_is_not_proposed_again_while_it_waits(account: Account) -> None:
    payment = pays(account, "500.00")
    proposals.propose(terms=reversal_of(payment), by=clerk())
    for terms in (reversal_of(payment, "200.00"), move_of(payment, AccountFactory.create())):
        assert refused(partial(proposals.propose, terms=terms, by=clerk())) == "money.waits"
    assert MoneyProposal.objects.count() == 1


def test_a_confirmation_is_refused_where_the_facts_have_changed(account: Account) -> None:
    payment = pays(account, "500.00")
    row = proposals.propose(terms=reversal_of(payment), by=clerk())
    proposals.propose(terms=refund_of(account, "50.00", payment=payment), by=clerk())
    assert refused(lambda: proposals.confirm(proposal=row, by=clerk())) == "money.left"
    row.refresh_from_db()
    assert (row.state, balance.balance(account)) == ("waiting", Decimal("450.00"))


def test_a_reason_and_a_right_are_needed(account: Account) -> None:
    payment = pays(account, "500.00")
    for reason in (" ", "x" * 301):
        terms = reversal_of(payment, reason=reason)
        assert refused(partial(proposals.propose, terms=terms, by=clerk())) == "money.reason"
    assert refused(lambda: proposals.propose(terms=reversal_of(payment), by=Actor(token="x"))) == "money.person"
    row, plain = proposals.propose(terms=reversal_of(payment), by=clerk()), clerk(is_superuser=False)
    assert refused(lambda: proposals.confirm(proposal=row, by=plain)) == "money.right"
    assert refused(lambda: proposals.refuse(proposal=row, answer="нет", by=plain)) == "money.right"
    assert plain.user is not None
    plain.user.user_permissions.add(Permission.objects.get(codename="confirm_money"))
    plain = Actor(type(plain.user).objects.get(pk=plain.user.pk), token="y")
    assert refused(lambda: proposals.refuse(proposal=row, answer=" ", by=plain)) == "money.answer"
    assert proposals.refuse(proposal=row, answer="Деньги пришли", by=plain).answer == "Деньги пришли"
    assert balance.balance(account) == Decimal("500.00")


def test_the_proposer_may_take_it_back(account: Account) -> None:
    by, payment = clerk(), pays(account, "500.00")
    row = proposals.propose(terms=reversal_of(payment), by=by)
    assert proposals.withdraw(proposal=row, by=again(by)).state == "withdrawn"
    assert proposals.propose(terms=reversal_of(payment), by=again(by)).state == "waiting"  # nothing stands in its way


def test_a_correction_takes_the_same_way(settings: LazySettings) -> None:
    settings.SECOND_PERSON_LIMIT = Decimal("10.00")
    invoice = issued(account_with_trunk())
    fee = Charge.objects.get()
    terms = Terms(
        kind=ProposalKind.CORRECTION, account=invoice.account, invoice=invoice, reason="Ошибка",
        changes=[ChargeChange(fee, Decimal("2.00"), fee.net)],
    )  # fmt: skip
    row = proposals.propose(terms=terms, by=clerk())
    assert (row.state, row.amount, Correction.objects.count()) == ("waiting", Decimal("12.50"), 0)
    late = proposals.propose(terms=write_off_of(invoice.account, "1.00"), by=clerk())  # does not touch the invoice
    assert late.state == "done"
    done = proposals.confirm(proposal=row, by=(second := clerk()))
    assert done.correction is not None
    assert (done.correction.number, done.correction.issued_by) == ("000001", second.user)
    assert (done.correction.total, done.correction.reason) == (Decimal("-12.50"), "Ошибка")
    assert ledger_check.differences() == []


def test_a_charge_that_was_corrected_meanwhile_is_not_corrected_by_old_facts(settings: LazySettings) -> None:
    settings.SECOND_PERSON_LIMIT = Decimal("1.00")
    invoice = issued(account_with_trunk())
    fee = Charge.objects.get()
    terms = Terms(
        kind=ProposalKind.CORRECTION, account=invoice.account, invoice=invoice, reason="Ошибка",
        changes=[ChargeChange(fee, Decimal("2.00"), fee.net)],
    )  # fmt: skip
    row = proposals.propose(terms=terms, by=clerk())
    corrections.issue(invoice=invoice, changes=[(fee, Decimal("3.00"))], reason="Другая")
    assert refused(lambda: proposals.confirm(proposal=row, by=clerk())) == "money.known"


# --- What the database itself keeps ----------------------------------------------------------------------------------
def _row(account: Account, **told: Any) -> MoneyProposal:
    by = StaffFactory.create()
    made: dict[str, Any] = {
        "proposed_by": by,
        "decided_by": by,
        "state": "done",
        "amount": "200",
        "weight": "200",
        "counted": "200",
    }
    made |= {
        "most_alone": "100",
        "decided_at": "2026-11-12T10:00Z",
        "kind": "writeoff",
        "reason": "-",
        "dedupe_key": "x",
    }
    made["adjustment"] = Adjustment.objects.create(
        account=account, kind="writeoff", amount="200", booked_on="2026-11-12", document_number="1",
        document_date="2026-11-12", made_by=by,
    )  # fmt: skip
    return MoneyProposal.objects.create(account=account, **{**made, **told})


@pytest.mark.parametrize(
    ("told", "constraint"),
    [
        ({}, "proposal_two_people"),
        ({"counted": "100", "state": "waiting", "decided_by": None, "decided_at": None, "adjustment": None,
          "amount": "100", "weight": "100"}, "proposal_two_people"),
        ({"state": "refused", "answer": "нет", "adjustment": None}, "proposal_two_people"),
        ({"decided_at": None}, "proposal_decided"),
        ({"counted": "199"}, "proposal_amount"),
    ],
)  # fmt: skip
def test_the_database_keeps_the_two_people_apart(account: Account, told: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        _row(account, **told)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE billing_moneyproposal SET amount = amount + 1",
        "UPDATE billing_moneyproposal SET state = 'waiting', decided_by_id = NULL, decided_at = NULL",
        "DELETE FROM billing_moneyproposal",
        "TRUNCATE billing_moneyproposal",
    ],
)
def test_a_decided_proposal_never_changes(account: Account, sql: str) -> None:
    proposals.propose(terms=reversal_of(pays(account, "10.00")), by=clerk())
    for role in ("", "RESET ROLE; SET CONSTRAINTS ALL IMMEDIATE; "):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(role + sql)


def test_the_days_of_the_limit_are_a_setting(account: Account, settings: LazySettings) -> None:
    settings.SECOND_PERSON_DAYS = timedelta(0)
    by = clerk()
    rows = [proposals.propose(terms=reversal_of(pays(account, "60.00")), by=again(by)) for _ in range(2)]
    assert {row.state for row in rows} == {"done"}
