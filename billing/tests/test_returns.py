"""Debits that take a payment back become rows for staff, each once (4.6)."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Account
from accounts.tests.factories import AccountFactory, CustomerFactory
from billing.models import Payment, PaymentReturn, SuspensePayment
from billing.selectors import balance, ledger_check, returns
from billing.services import statements
from billing.tests import bank_files
from billing.tests.bank_files import PAYER, Doc, Span

pytestmark = pytest.mark.django_db
NUMBER = "700990001"
PAID = Doc(credit="959.54", id="C1", number="E5", purpose=f"л/с {NUMBER}", unp="")
RECALLED = Doc(debit="959.54", id="C1R", number="E5", purpose=f"Отзыв платежа, л/с {NUMBER}", unp="", reversal=True)


@pytest.fixture(autouse=True)
def account(at: Any, db: None) -> Account:
    at("2026-11-25 12:00")
    found: Account = AccountFactory.create(number=NUMBER)
    return found


def take(*docs: Doc, name: str = "camt053", opening: str = "1000.00") -> statements.Taken:
    span = Span(Decimal(opening), first="09.11.2026", last="09.11.2026")
    return statements.take_in(bank_files.MAKERS[name](docs, span=span), file_name="statement.xml")


def test_a_reversal_is_a_row_with_the_payment_it_takes_back(account: Account) -> None:
    take(PAID)
    assert len(take(RECALLED, opening="1959.54").returns) == 1
    row = PaymentReturn.objects.get()
    assert (row.kind, row.state, row.amount) == ("reversal", "waiting", Decimal("959.54"))
    assert (row.payment, row.payer_iban) == (Payment.objects.get(), PAYER)
    assert returns.waiting() == 1
    assert (balance.balance(account), ledger_check.differences()) == (Decimal("959.54"), [])


@pytest.mark.parametrize("name", ["camt053", "1c", "csv", "client-bank 4"])
def test_a_debit_imported_twice_makes_one_row(name: str) -> None:
    take(PAID)
    take(RECALLED, opening="1959.54")
    again = take(PAID, RECALLED, name=name)
    assert (again.returns, PaymentReturn.objects.count()) == ([], 1)


@pytest.mark.parametrize(
    ("doc", "kind"),
    [
        (Doc(debit="959.54", id="1", purpose="Возврат ошибочно перечисленных средств", iban=PAYER), "words"),
        (Doc(debit="959.54", id="1", purpose=f"возвращено л/с {NUMBER}", iban="BY00ELSE"), "words"),
        (Doc(debit="959.54", id="1", purpose="Платёж отозван", iban=PAYER), "words"),
        (Doc(debit="959.54", id="1", purpose="По распоряжению банка", iban=PAYER), "payer"),
    ],
)
@pytest.mark.parametrize("name", ["camt053", "1c", "csv", "client-bank 400"])
def test_a_return_is_known_by_its_words_or_its_receiver(doc: Doc, kind: str, name: str) -> None:
    take(PAID)
    take(doc, name=name, opening="1959.54")
    row = PaymentReturn.objects.get()
    assert (row.kind, row.payment) == (kind, Payment.objects.get())


def test_the_iban_of_a_customer_is_enough_for_a_payment_without_one() -> None:
    AccountFactory.create(number="700990002", customer=CustomerFactory.create(iban=PAYER))
    take(Doc(credit="5.00", id="1", purpose="л/с 700990002", iban=""))
    take(Doc(debit="5.00", id="2", purpose="Платёж", iban=PAYER), opening="1005.00")
    assert PaymentReturn.objects.get().payment == Payment.objects.get()


@pytest.mark.parametrize(
    "doc",
    [
        Doc(debit="57.05", id="1", purpose="Комиссия банка", iban="BY00BANK"),
        Doc(debit="959.54", id="1", purpose="Аренда за ноябрь", iban="BY00ELSE"),
        Doc(debit="959.53", id="1", purpose="Аренда за ноябрь", iban=PAYER),
    ],
)
def test_an_ordinary_debit_is_no_row(doc: Doc) -> None:
    take(PAID)
    assert take(doc, opening="1959.54").returns == []


def test_a_credit_that_waits_can_be_taken_back_too_and_each_once() -> None:
    waits = Doc(credit="5.00", id="1", purpose="за связь", unp="")
    take(waits, Doc(credit="5.00", id="2", number="2", purpose="за связь", unp=""))
    back = [Doc(debit="5.00", id=f"R{n}", number=str(n), purpose="Возврат", unp="") for n in range(3)]
    take(*back, opening="1010.00")
    told = list(PaymentReturn.objects.order_by("pk").values_list("suspense", flat=True))
    assert set(told) - {None} == set(SuspensePayment.objects.values_list("pk", flat=True))
    assert told[2] is None


def test_the_command_counts_them_and_ends_with_3(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    paths = [tmp_path / "rc1.xml", tmp_path / "rc2.xml"]
    paths[0].write_bytes(bank_files.camt053([PAID]))
    paths[1].write_bytes(bank_files.camt053([RECALLED], span=Span(Decimal("1959.54"))))
    call_command("import_payments", str(paths[0]))
    with pytest.raises(SystemExit) as ended:
        call_command("import_payments", str(paths[1]))
    said = capsys.readouterr().out.splitlines()
    assert ended.value.code == 3
    assert "suspended 0, returns 0" in said[0]
    assert "returns 1" in said[1]
    assert said[2].endswith(f"сторно банка, {NUMBER}")


def test_without_the_guard_a_recalled_payment_passes_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returns.Returns, "take", lambda *_told: None)
    take(PAID)
    assert take(RECALLED, opening="1959.54").returns == []
    assert not PaymentReturn.objects.exists()
