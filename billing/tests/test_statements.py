"""Taking in statements: whose money each credit is, and that it counts once whatever the files (4.6)."""

import random
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, AuditEvent, User
from accounts.tests.factories import AccountFactory, CustomerFactory
from billing.models import LedgerEntry, Payment, StatementImport, SuspensePayment
from billing.selectors import balance
from billing.selectors.payers import mentioned
from billing.services import payments, statements
from billing.services.statements import Fate
from billing.statements import StatementError
from billing.tests import bank_files
from billing.tests.bank_files import PAYER, Doc

pytestmark = pytest.mark.django_db
NUMBER = "700990001"


@pytest.fixture(autouse=True)
def today(at: Any) -> None:
    at("2026-11-25 12:00")


@pytest.fixture
def payer(db: None) -> Account:
    """An account whose customer pays from PAYER."""
    return AccountFactory.create(number=NUMBER, customer=CustomerFactory.create(iban=PAYER))


def take(*docs: Doc, name: str = "client-bank 4") -> statements.Taken:
    return statements.take_in(bank_files.MAKERS[name](docs), file_name="statement.txt")


def counts(taken: statements.Taken) -> tuple[int, int, int]:
    return taken.count(Fate.BOOKED), taken.count(Fate.DUPLICATE), taken.count(Fate.SUSPENDED)


# --- whose it is ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "purpose",
    [
        f"Оплата, л/с {NUMBER}",
        f"ЛС{NUMBER}, услуги связи",
        f"Лицевой счёт № {NUMBER[:3]} {NUMBER[3:6]} {NUMBER[6:]} за октябрь",
        f"По счёту 000123 от 10.11.2026 ({NUMBER})",
    ],
)
def test_the_account_in_the_purpose_decides(payer: Account, purpose: str) -> None:
    taken = take(Doc(credit="125.00", id="1", purpose=purpose, unp="", iban=""))
    assert counts(taken) == (1, 0, 0)
    assert balance.balance(payer) == Decimal("125.00")


def test_the_purpose_comes_before_the_payer(payer: Account) -> None:
    other = AccountFactory.create(number="700990002")
    take(Doc(credit="125.00", id="1", purpose="за л/с 700990002", unp=payer.customer.unp))
    assert (balance.balance(other), balance.balance(payer)) == (Decimal("125.00"), Decimal(0))


def test_a_closed_account_that_is_named_gets_its_money(payer: Account) -> None:
    Account.objects.update(status="closed", closed_on=date(2026, 11, 1))
    assert counts(take(Doc(credit="125.00", id="1", purpose=NUMBER))) == (1, 0, 0)


def test_else_the_payer_s_unp_and_iban_decide(payer: Account) -> None:
    taken = take(Doc(credit="125.00", id="1", purpose="за связь", unp=payer.customer.unp))
    assert counts(taken) == (1, 0, 0)
    assert Payment.objects.get().account == payer


@pytest.mark.parametrize(
    ("doc", "reason"),
    [
        ({"purpose": f"л/с {NUMBER} и л/с 700990002"}, "в назначении несколько лицевых счетов: 700990001, 700990002"),
        ({"purpose": "за связь", "unp": ""}, "клиента с УНП плательщика нет (не указан)"),
        ({"purpose": "за связь", "unp": "999999999"}, "клиента с УНП плательщика нет (999999999)"),
        ({"purpose": "за связь", "iban": "BY00ELSE"}, "счёт плательщика не тот"),
        ({"purpose": "за связь", "iban": ""}, "счёт плательщика не тот"),
    ],
)
def test_what_is_not_clear_waits_with_its_reason(payer: Account, doc: dict[str, str], reason: str) -> None:
    AccountFactory.create(number="700990002")
    told = Doc(**{"credit": "125.00", "id": "1", "unp": payer.customer.unp, **doc})
    assert counts(take(told)) == (0, 0, 1)
    row = SuspensePayment.objects.get()
    assert reason in row.reason
    assert (row.amount, row.received_on, row.payer_name) == (Decimal("125.00"), date(2026, 11, 9), "ООО «Ромашка»")
    assert not Payment.objects.exists()
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(("more", "closed", "count"), [(1, False, 2), (0, True, 0)])
def test_a_customer_with_one_active_account_alone_is_clear(payer: Account, more: int, closed: bool, count: int) -> None:
    AccountFactory.create_batch(more, customer=payer.customer)
    if closed:
        Account.objects.update(status="closed", closed_on=date(2026, 11, 1))
    take(Doc(credit="125.00", id="1", purpose="за связь", unp=payer.customer.unp))
    assert f"действующих лицевых счетов: {count}" in SuspensePayment.objects.get().reason


def test_short_numbers_are_years_and_sums_unless_they_are_called_accounts() -> None:
    assert mentioned("за 2026 год, 125.00, дог. 12345") == {"12345"}
    assert mentioned("л/с 12, оплата") == {"12"}


def test_a_number_split_between_two_lines_of_the_purpose_is_found(payer: Account) -> None:
    content = bank_files.client_bank_400([Doc(credit="125.00", id="1", purpose=f"Оплата л/с {NUMBER}")])
    assert f"^Nazn2={NUMBER[-4:]}^".encode() in content
    statements.take_in(content, file_name="400.txt")
    assert balance.balance(payer) == Decimal("125.00")


# --- what is written --------------------------------------------------------------------------------------------------
def test_the_row_of_a_statement_counts_its_credits(payer: Account, staff: User) -> None:
    docs = [
        Doc(credit="125.00", id="1", purpose=NUMBER),
        Doc(credit="5.00", id="2", purpose="-"),
        Doc(debit="9.00", id="3"),
    ]
    payments.book(
        account=payer, amount=Decimal("7.00"), received_on=date(2026, 11, 9), source="bank",
        source_key=f"bank:{bank_files.OURS}:4",
    )  # fmt: skip
    content = bank_files.client_bank_4([*docs, Doc(credit="7.00", id="4", purpose=NUMBER)])
    row = statements.take_in(content, file_name="выписка.txt", user=staff, address="192.0.2.1").row
    assert row is not None
    row.refresh_from_db()
    assert (row.credits, row.booked, row.duplicate, row.suspended, row.debits) == (3, 1, 1, 1, 1)
    assert (row.opening, row.closing) == (Decimal("1000.00"), Decimal("1128.00"))
    assert (row.iban, row.format, row.imported_by) == (bank_files.OURS, "client-bank", staff)
    assert Payment.objects.get(statement=row).entered_by == staff
    event = AuditEvent.objects.get(action="payment.imported")
    assert (event.account, event.user, event.details) == (None, staff, {"statement_id": row.pk})


def test_importing_twice_changes_nothing(payer: Account) -> None:
    docs = [Doc(credit="125.00", id="1", purpose=NUMBER), Doc(credit="5.00", id="2", purpose="-")]
    take(*docs)
    assert counts(take(*docs)) == (0, 2, 0)
    assert (Payment.objects.count(), SuspensePayment.objects.count(), StatementImport.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(
    ("first", "then"), [("client-bank 4", "1c"), ("1c", "client-bank 4"), ("1c", "csv"), ("client-bank 400", "1c")]
)
def test_the_same_days_in_another_format_are_not_booked_twice(payer: Account, first: str, then: str) -> None:
    docs = [
        Doc(credit="125.00", id="1", number="361", purpose=NUMBER),
        Doc(credit="5.00", id="2", number="362", purpose="-"),
    ]
    take(*docs, name=first)
    assert counts(take(*docs, name=then)) == (0, 2, 0)
    assert counts(take(*docs, Doc(credit="5.00", number="363", purpose=NUMBER, id="3"), name=then)) == (1, 2, 0)
    assert counts(take(*docs, Doc(credit="5.00", number="363", purpose=NUMBER, id="3"), name=first)) == (0, 3, 0)
    assert balance.balance(payer) == Decimal("130.00")


def test_documents_alike_count_as_often_as_any_format_tells_of_them(payer: Account, staff: User) -> None:
    twins = [Doc(credit="5.00", id="1", purpose="-"), Doc(credit="5.00", id="2", purpose="-")]
    take(twins[0])
    payments.resolve(suspense=SuspensePayment.objects.get(), account=payer, staff=staff)
    assert counts(take(*twins, name="1c")) == (0, 1, 1)
    assert counts(take(*twins, name="1c")) == (0, 2, 0)
    assert counts(take(*twins)) == (0, 2, 0)
    assert Payment.objects.count() + SuspensePayment.objects.filter(resolved_at=None).count() == 2


def test_what_staff_resolved_is_known_when_the_file_comes_again(payer: Account, staff: User) -> None:
    docs = [Doc(credit="5.00", id="2", purpose="-")]
    take(*docs)
    payments.resolve(suspense=SuspensePayment.objects.get(), account=payer, staff=staff)
    assert counts(take(*docs)) == (0, 1, 0)
    assert balance.balance(payer) == Decimal("5.00")


def test_a_known_operation_with_another_sum_refuses_the_file(payer: Account) -> None:
    take(Doc(credit="125.00", id="1", purpose=NUMBER))
    with pytest.raises(StatementError, match="загружена раньше с другой суммой"):
        take(Doc(credit="125.01", id="1", purpose=NUMBER), Doc(credit="5.00", id="2", purpose=NUMBER))
    assert balance.balance(payer) == Decimal("125.00")


def test_a_day_to_come_refuses_the_file(payer: Account) -> None:
    with pytest.raises(StatementError, match=r"датирован будущим: 26\.11\.2026"):
        take(Doc(credit="5.00", id="1", purpose=NUMBER), Doc(credit="5.00", id="2", day="26.11.2026"))
    assert not LedgerEntry.objects.exists()


def test_a_file_is_taken_in_whole_or_not_at_all(payer: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**told: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(payments, "suspend", fail)
    with pytest.raises(RuntimeError):
        take(Doc(credit="5.00", id="1", purpose=NUMBER), Doc(credit="5.00", id="2", purpose="-"))
    assert not (Payment.objects.exists())
    assert not (StatementImport.objects.exists())
    assert not (LedgerEntry.objects.exists())


def test_a_rehearsal_tells_the_same_and_writes_nothing(payer: Account) -> None:
    docs = [Doc(credit="125.00", id="1", purpose=NUMBER), Doc(credit="5.00", id="2", purpose="-")]
    known: set[str] = set()
    first = statements.rehearse(bank_files.client_bank_4(docs), known=known)
    second = statements.rehearse(bank_files.client_bank_4([*docs, Doc(credit="1.00", id="3")]), known=known)
    assert (counts(first), counts(second)) == ((1, 0, 1), (0, 2, 1))
    assert not (StatementImport.objects.exists())
    assert not (AuditEvent.objects.exists())
    assert counts(take(*docs)) == (1, 0, 1)


def test_queries_do_not_grow_with_the_credits(payer: Account, django_assert_max_num_queries: Any) -> None:
    docs = [Doc(credit="1.00", id=str(n), purpose=f"за связь {700000000 + n}") for n in range(200)]
    with django_assert_max_num_queries(5):
        statements.rehearse(bank_files.client_bank_4(docs))


def _facts() -> tuple[Any, ...]:
    """Everything that the order of files may not change."""
    told = ("source_key", "amount", "received_on")
    return (
        sorted(Payment.objects.values_list("account__number", *told)),
        sorted(SuspensePayment.objects.values_list("reason", *told)),
        sorted(LedgerEntry.objects.values_list("account__number").annotate(Sum("amount"))),
    )


DOCS = [
    *(Doc(credit=f"{n}.10", id=f"OP{n}", number=str(n % 3), purpose=NUMBER) for n in range(1, 6)),
    *(Doc(credit=f"{n}.20", id=f"OP{n}", purpose="за связь") for n in range(6, 9)),
    *(Doc(credit=f"{n}.30", number="7", purpose="л/с 700990002") for n in range(9, 13)),
    Doc(debit="3.00", id="OP13"),
]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.lists(st.lists(st.sampled_from(DOCS), unique=True, min_size=1), max_size=5),
    seed=st.integers(),
    name=st.sampled_from(["client-bank 3", "client-bank 4", "client-bank 400", "csv"]),
)
def test_order_split_and_overlap_of_files_change_nothing(
    files: Sequence[Sequence[Doc]], seed: int, name: str, payer: Account
) -> None:
    from django.db import transaction

    AccountFactory._meta.model.objects.get_or_create(
        number="700990002",
        defaults={"customer": payer.customer, "contract_number": "1", "contract_date": date(2026, 1, 1)},
    )
    results = []
    shuffled = random.Random(seed).sample(DOCS, len(DOCS))
    for way in ([DOCS], [*files, DOCS[:5], DOCS[3:]], [shuffled[:6], *files, shuffled[4:], *files]):
        with transaction.atomic():
            for docs in way:
                take(*docs, name=name)
            results.append(_facts())
            transaction.set_rollback(True)
    assert results[0] == results[1] == results[2]
    assert len(results[0][0]) + len(results[0][1]) == 12
