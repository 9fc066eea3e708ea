"""The life of a guarantee: requested, decided, fulfilled or expired; each step once (2.2.3)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, transaction

from accounts.actor import Actor
from accounts.models import Account, AuditEvent, User
from billing.models import DebtRestriction, GuaranteeState, PaymentGuarantee
from billing.selectors import guarantees as guarantee_selectors
from billing.services import dunning, guarantee_letters, guarantees
from billing.services.guarantees import AmountError, GuaranteeError
from billing.tests.debtors import owes, pays, promised, promises
from notifications.models import Letter
from sipcabinet.lib import clock, tenancy

Travel = Callable[[str], Any]
pytestmark = pytest.mark.usefixtures("today", "statements_are_complete")


@pytest.fixture
def debtor(account: Account) -> Account:
    owes(account)
    return account


def letters_of(account: Account) -> list[str]:
    return list(Letter.objects.filter(account=account).order_by("pk").values_list("kind", flat=True))


def state_of(guarantee: PaymentGuarantee) -> str:
    guarantee.refresh_from_db()
    return guarantee.state


# --- Requested -------------------------------------------------------------------------------------------------------
def test_a_request_waits_for_staff(debtor: Account, owner: User) -> None:
    guarantee = promises(debtor, "100.00", owner)
    assert (guarantee.state, guarantee.amount, guarantee.requested_by) == ("pending", Decimal("100.00"), owner)
    assert guarantee.number.startswith("Г-2026-")
    assert len(guarantee.number) == len("Г-2026-000123")
    event = AuditEvent.objects.get(action="guarantee.requested")
    assert (event.account, event.user, event.details["guarantee_id"]) == (debtor, owner, guarantee.pk)
    letter = Letter.objects.get()
    assert (letter.kind, letter.recipient) == ("guarantee_requested", debtor.cabinet_email)


def test_the_portal_may_ask(debtor: Account, owner: User) -> None:
    with tenancy.portal(debtor.pk):
        guarantee = promises(debtor, "100.00", owner)
    assert PaymentGuarantee.objects.get() == guarantee


@pytest.mark.parametrize("amount", ["125.00", "0.01"])
def test_the_borders_of_the_amount_are_taken(debtor: Account, amount: str) -> None:
    assert promises(debtor, amount).amount == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("125.01", "Сумма не может быть больше неоплаченной части: 125,00\u00a0BYN"),
        ("0.00", "Сумма должна быть больше нуля"),
        ("-1.00", "Сумма должна быть больше нуля"),
    ],
)
def test_other_amounts_are_refused(debtor: Account, amount: str, message: str) -> None:
    with pytest.raises(AmountError) as refused:
        promises(debtor, amount)
    assert refused.value.message == message
    assert not PaymentGuarantee.objects.exists()
    assert not Letter.objects.exists()


def test_the_same_form_makes_one(debtor: Account, owner: User) -> None:
    form: dict[str, Any] = {"account": debtor, "amount": Decimal("10.00"), "by": Actor(owner, token="t1")}
    assert guarantees.register(**form) == guarantees.register(**form)
    assert PaymentGuarantee.objects.count() == Letter.objects.count() == 1
    assert AuditEvent.objects.filter(action="guarantee.requested").count() == 1


def test_a_form_sent_again_after_the_answer_leads_to_what_it_made(debtor: Account, owner: User) -> None:
    form: dict[str, Any] = {"account": debtor, "amount": Decimal("10.00"), "by": Actor(owner, token="t1")}
    first = guarantees.register(**form)
    guarantees.reject(guarantee=first, staff=owner, reason="Мало")
    assert guarantees.register(**form) == first


def test_another_form_is_refused_while_one_is_open(debtor: Account) -> None:
    promises(debtor, "10.00")
    with pytest.raises(GuaranteeError) as refused:
        promises(debtor, "20.00")
    assert refused.value.code == "guarantee.open"
    assert PaymentGuarantee.objects.count() == 1


# --- The second wall -------------------------------------------------------------------------------------------------
def insert(account: Account, **fields: Any) -> PaymentGuarantee:
    owed = guarantee_selectors.eligibility(account).owed
    assert owed is not None
    return PaymentGuarantee.objects.create(
        account=account, debt=owed.debt, number="Г-1", amount=1, dedupe_key="k", **fields
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "accepted", "decided_at": "now", "valid_until": date(2026, 12, 5)},
        {"state": "rejected"},
        {"state": "fulfilled", "decided_at": "now", "valid_until": date(2026, 12, 5)},
        {"valid_until": date(2030, 1, 1)},
        {"decided_at": "now"},
    ],
)
def test_the_portal_cannot_decide_by_inserting(debtor: Account, fields: dict[str, Any]) -> None:
    fields = {name: clock.now() if value == "now" else value for name, value in fields.items()}
    with pytest.raises(ProgrammingError, match="row-level security"), tenancy.portal(debtor.pk):
        insert(debtor, **fields)
    assert insert(debtor, **fields).pk  # the application's role may insert it: the refusal came from the wall


@pytest.mark.parametrize("change", [{"state": "accepted"}, {"amount": 1}, {"answer": "да"}])
def test_the_portal_cannot_change_a_request(debtor: Account, change: dict[str, Any]) -> None:
    guarantee = promises(debtor)
    with pytest.raises(ProgrammingError, match="permission denied"), tenancy.portal(debtor.pk):
        PaymentGuarantee.objects.filter(pk=guarantee.pk).update(**change)


# --- Decided ---------------------------------------------------------------------------------------------------------
def test_an_accepted_one_is_good_until_ten_days_after_the_due_day(debtor: Account, staff: User) -> None:
    guarantee = guarantees.accept(
        guarantee=promises(debtor), staff=staff, answer=" Ждём\n оплату ", address="192.0.2.7"
    )
    assert (guarantee.state, guarantee.answer, guarantee.decided_by) == ("accepted", "Ждём оплату", staff)
    assert (guarantee.valid_until, guarantee.decided_at) == (date(2026, 12, 5), clock.now())
    event = AuditEvent.objects.get(action="guarantee.accepted")
    assert (event.account, event.user, event.by_staff, str(event.address)) == (debtor, staff, True, "192.0.2.7")
    assert letters_of(debtor) == ["guarantee_requested", "guarantee_accepted"]


@pytest.mark.parametrize(
    ("accepted", "until"),
    [
        ("2026-11-25 23:59:59", date(2026, 12, 5)),
        ("2026-11-26 00:00:00", date(2026, 12, 6)),  # the day in Minsk: in UTC it is still the 25th
        ("2026-12-03 12:00:00", date(2026, 12, 13)),
    ],
)
def test_an_acceptance_after_the_due_day_counts_from_its_own_day(
    debtor: Account, at: Travel, accepted: str, until: date
) -> None:
    at(accepted)
    assert promised(debtor).valid_until == until


def test_a_refusal_says_why(debtor: Account, staff: User) -> None:
    guarantee = guarantees.reject(guarantee=promises(debtor), staff=staff, reason="Сумма слишком мала")
    assert (guarantee.state, guarantee.answer, guarantee.valid_until) == ("rejected", "Сумма слишком мала", None)
    assert "Сумма слишком мала" in Letter.objects.get(kind="guarantee_rejected").body_text
    assert AuditEvent.objects.get(action="guarantee.rejected").user == staff


def test_a_refusal_without_a_reason_is_none(debtor: Account, staff: User) -> None:
    guarantee = promises(debtor)
    with pytest.raises(GuaranteeError, match="Укажите причину"):
        guarantees.reject(guarantee=guarantee, staff=staff, reason=" \n")
    assert state_of(guarantee) == "pending"


def test_an_answer_of_any_length_fits_or_is_refused(debtor: Account, staff: User) -> None:
    guarantee = promises(debtor)
    with pytest.raises(GuaranteeError, match="не длиннее 500"):
        guarantees.reject(guarantee=guarantee, staff=staff, reason="а" * 501)
    assert guarantees.reject(guarantee=guarantee, staff=staff, reason="а" * 500).answer == "а" * 500


def test_what_is_decided_is_decided(debtor: Account, staff: User) -> None:
    guarantee = promises(debtor)
    guarantees.accept(guarantee=guarantee, staff=staff)
    with pytest.raises(GuaranteeError, match="уже принято"):
        guarantees.accept(guarantee=guarantee, staff=staff)
    with pytest.raises(GuaranteeError, match="уже принято"):
        guarantees.reject(guarantee=guarantee, staff=staff, reason="Нет")
    assert state_of(guarantee) == "accepted"
    assert letters_of(debtor) == ["guarantee_requested", "guarantee_accepted"]


def test_a_paid_invoice_cannot_be_promised_any_more(debtor: Account, staff: User) -> None:
    guarantee = promises(debtor)
    pays(debtor, "125.00")
    with pytest.raises(GuaranteeError, match="уже оплачен"):
        guarantees.accept(guarantee=guarantee, staff=staff)
    assert guarantees.reject(guarantee=guarantee, staff=staff, reason="Оплачено").state == "rejected"


# --- Fulfilled -------------------------------------------------------------------------------------------------------
def test_several_payments_fulfil_it(debtor: Account, at: Travel) -> None:
    guarantee = promised(debtor, "100.00")
    at("2026-11-24 10:00")
    pays(debtor, "60.00")
    assert (state_of(guarantee), guarantee_selectors.short_of(guarantee)) == ("accepted", Decimal("40.00"))
    pays(debtor, "39.99")
    assert state_of(guarantee) == "accepted"
    pays(debtor, "0.01")
    assert (state_of(guarantee), guarantee.ended_at) == ("fulfilled", clock.now())
    assert letters_of(debtor)[-1] == "guarantee_fulfilled"
    assert AuditEvent.objects.filter(action="guarantee.fulfilled").count() == 1
    pays(debtor, "10.00")
    assert letters_of(debtor).count("guarantee_fulfilled") == 1


def test_what_was_paid_before_the_acceptance_does_not_count(debtor: Account, at: Travel, staff: User) -> None:
    guarantee = promises(debtor, "50.00")
    pays(debtor, "50.00")
    at("2026-11-22 10:00:01")
    guarantees.accept(guarantee=guarantee, staff=staff)
    pays(debtor, "49.00")
    assert state_of(guarantee) == "accepted"
    pays(debtor, "1.00")
    assert state_of(guarantee) == "fulfilled"


def test_a_payment_of_the_same_moment_counts(debtor: Account) -> None:
    guarantee = promised(debtor)
    assert pays(debtor, "125.00").created_at == guarantee.decided_at
    assert state_of(guarantee) == "fulfilled"


def test_a_promise_of_a_paid_invoice_is_kept(debtor: Account, at: Travel, staff: User) -> None:
    """60 of 125 were paid while the request waited: after the other 65 the guarantee has nothing left to pay."""
    guarantee = promises(debtor)
    pays(debtor, "60.00")
    at("2026-11-23 10:00")
    guarantees.accept(guarantee=guarantee, staff=staff)
    pays(debtor, "65.00")
    assert state_of(guarantee) == "fulfilled"


def test_a_request_that_waits_is_not_fulfilled(debtor: Account) -> None:
    guarantee = promises(debtor)
    pays(debtor, "125.00")
    assert state_of(guarantee) == "pending"


# --- Expired ---------------------------------------------------------------------------------------------------------
def test_it_is_good_to_the_last_second_of_its_last_day(debtor: Account, at: Travel) -> None:
    guarantee = promised(debtor)
    at("2026-12-05 23:59:59")
    assert guarantees.expire_due() == 0
    assert guarantee_selectors.in_force(debtor) == guarantee
    at("2026-12-06 00:00:00")
    assert guarantee_selectors.in_force(debtor) is None
    assert guarantees.expire_due() == 1
    assert (state_of(guarantee), guarantee.ended_at) == ("expired", clock.now())


def test_running_out_is_told_once_and_names_the_day_of_the_restriction(debtor: Account, at: Travel) -> None:
    guarantee = promised(debtor)
    pays(debtor, "25.00")
    at("2026-12-06 00:05")
    assert (guarantees.expire_due(), guarantees.expire_due()) == (1, 0)
    assert letters_of(debtor) == ["guarantee_requested", "guarantee_accepted", "guarantee_expired"]
    text = Letter.objects.get(kind="guarantee_expired").body_text
    assert f"Обязательство {guarantee.number} действовало по 05.12.2026 включительно" in text
    assert "Не оплачено 100,00\u00a0BYN" in text
    assert "с 07.12.2026 исходящие звонки будут ограничены" in text  # 06.12 is a Sunday
    assert AuditEvent.objects.filter(action="guarantee.expired").count() == 1
    assert not DebtRestriction.objects.exists()
    at("2026-12-07 09:30")
    assert dunning.run_due().restricted == 1
    assert DebtRestriction.objects.get().debt == guarantee.debt


def test_one_that_is_paid_on_its_last_day_does_not_run_out(debtor: Account, at: Travel) -> None:
    guarantee = promised(debtor)
    at("2026-12-05 23:59:59")
    pays(debtor, "125.00")
    at("2026-12-06 00:05")
    assert guarantees.expire_due() == 0
    assert state_of(guarantee) == "fulfilled"


def test_what_is_paid_before_it_is_counted_as_overdue_keeps_it(debtor: Account, at: Travel) -> None:
    guarantee = promised(debtor)
    at("2026-12-06 00:04")
    pays(debtor, "125.00")
    assert state_of(guarantee) == "fulfilled"


def test_one_that_is_overdue_stays_so_when_it_is_paid(debtor: Account, at: Travel) -> None:
    guarantee = promised(debtor)
    at("2026-12-06 00:05")
    guarantees.expire_due()
    pays(debtor, "125.00")
    assert state_of(guarantee) == "expired"
    assert not DebtRestriction.objects.filter(lifted_at__isnull=True).exists()


def test_one_that_fails_stops_no_other(debtor: Account, other_owner: User, at: Travel) -> None:
    other = other_owner.account
    assert other is not None
    owes(other)
    first, second = promised(debtor), promised(other)
    at("2026-12-06 00:05")
    broken = pytest.MonkeyPatch()
    work = guarantees._expire

    def fails_once(guarantee: PaymentGuarantee) -> bool:
        if guarantee == first:
            raise RuntimeError("a fault")
        return work(guarantee)

    with broken.context() as patch:
        patch.setattr(guarantees, "_expire", fails_once)
        assert guarantees.expire_due() == 1
    assert (state_of(first), state_of(second)) == ("accepted", "expired")
    assert guarantees.expire_due() == 1


def test_a_registered_address_that_is_none_does_not_stop_money(debtor: Account) -> None:
    Account.objects.filter(pk=debtor.pk).update(cabinet_email="office@")
    debtor.refresh_from_db()
    guarantee = promised(debtor)
    pays(debtor, "125.00")
    assert state_of(guarantee) == GuaranteeState.FULFILLED
    assert not Letter.objects.exists()


def test_a_refused_step_writes_nothing(debtor: Account, staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The letter, the audit journal and the state are written in one transaction."""
    guarantee = promises(debtor)

    def fault(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(guarantee_letters, "accepted", fault)
    with pytest.raises(RuntimeError), transaction.atomic():
        guarantees.accept(guarantee=guarantee, staff=staff)
    assert state_of(guarantee) == "pending"
    assert not AuditEvent.objects.filter(action="guarantee.accepted").exists()
