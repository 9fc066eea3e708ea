"""Changes of money at the desk: a form, a review with the effect, then the change or a second person (4.12)."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from accounts.models import Account, User
from accounts.tests.factories import AccountFactory, UserFactory
from billing.models import Adjustment, Correction, LedgerEntry, MoneyProposal, Payment
from billing.selectors import balance, ledger_check
from billing.services import proposals
from billing.tests.debtors import owes, pays
from billing.tests.issued import account_with_trunk, issued
from billing.tests.mended import clerk as person
from billing.tests.mended import done, move_of, refund_of, reversal_of
from desk.tests.cast import clerk
from desk.tests.forms_sent import filled, hidden, sent
from sipcabinet.tests.page_text import text
from sipcabinet.tests.signed_in import signed_in

pytestmark = pytest.mark.django_db
SEE, PROPOSE, CONFIRM = "billing.view_moneyproposal", "billing.add_moneyproposal", "billing.confirm_money"


@pytest.fixture(autouse=True)
def today(at: Callable[[str], Any]) -> None:
    at("2026-11-12 10:00")


@pytest.fixture
def desk() -> Client:
    return signed_in(clerk(SEE, PROPOSE, "billing.view_payment", "billing.view_invoice", "billing.view_adjustment"))


@pytest.fixture
def second() -> Client:
    return signed_in(clerk(SEE, CONFIRM))


def url(page: str, pk: int) -> str:
    return reverse(f"admin:desk_{page}", args=[pk])


def test_a_payment_is_moved_after_a_review_of_both_sides(desk: Client, account: Account) -> None:
    other = AccountFactory.create()
    owes(other, "60.00")
    payment = pays(account, "60.00", date(2026, 11, 5))
    address = url("payment_move", payment.pk)
    told = {"account": other.number, "amount": "60,00", "reason": "Платёж другого клиента"}
    review = filled(desk, address, **told)
    shown = text(review)
    for words in (account.number, other.number, other.customer.name, "Сейчас: 60,00 BYN", "Сейчас: −60,00 BYN"):
        assert words in shown
    assert LedgerEntry.objects.filter(kind="move").count() == 0
    answer = desk.post(address, hidden(review), follow=True)
    assert "Проведено: перенос платежа, 60,00 BYN." in text(answer)
    assert [balance.balance(one) for one in (account, other)] == [0, 0]
    again = desk.post(address, hidden(review), follow=True)  # the same form once more
    assert again.redirect_chain == answer.redirect_chain
    assert Adjustment.objects.count() == 1
    page = text(desk.get(reverse("admin:billing_payment_change", args=[payment.pk])))
    assert "от платежа ничего не осталось" in page


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_written(desk: Client, account: Account) -> None:
    payment = pays(account, "60.00")
    address = url("payment_move", payment.pk)
    for told, words in (
        ({"account": "1", "amount": "1", "reason": "-"}, "Лицевого счёта 1 нет"),
        ({"account": account.number, "amount": "1", "reason": "-"}, "Это тот же лицевой счёт"),
        ({"account": AccountFactory.create().number, "amount": "60,01", "reason": "-"}, "осталось 60,00 BYN"),
        ({"account": account.number, "amount": "0", "reason": ""}, "Укажите основание"),
    ):
        answer = filled(desk, address, **told)
        assert words in text(answer)
        assert f'value="{told["amount"]}"' in answer.content.decode()
    assert (Adjustment.objects.count(), MoneyProposal.objects.count()) == (0, 0)


def test_facts_that_changed_during_the_review_are_shown_again(desk: Client, account: Account) -> None:
    payment = pays(account, "60.00")
    address = url("payment_reverse", payment.pk)
    review = filled(desk, address, amount="60", reason="Внесён дважды")
    pays(account, "5.00")
    answer = desk.post(address, hidden(review))
    assert "Пока вы смотрели, данные изменились" in text(answer)
    assert Adjustment.objects.count() == 0
    assert "Проведено" in text(desk.post(address, hidden(answer), follow=True))
    assert balance.balance(account) == Decimal("5.00")


def test_back_from_the_review_everything_typed_is_kept(desk: Client, account: Account) -> None:
    payment = pays(account, "60.00")
    address = url("payment_reverse", payment.pk)
    review = filled(desk, address, amount="15,50", reason="Внесён дважды")
    page = desk.post(address, {**hidden(review), "edit": "1"}).content.decode()
    assert 'value="15,50"' in page
    assert 'value="Внесён дважды"' in page


def test_above_the_limit_it_waits_in_the_queue_until_another_person_confirms(
    desk: Client, second: Client, account: Account
) -> None:
    payment = pays(account, "150.00")
    answer = sent(desk, url("payment_reverse", payment.pk), amount="150", reason="Внесён дважды")
    assert "Пока ничего не изменилось" in text(answer)
    row = MoneyProposal.objects.get()
    assert row.is_waiting
    own = text(desk.get(url("proposal", row.pk)))
    assert "Это ваше предложение" in own
    assert "Подтвердить и провести" not in own
    assert desk.post(url("proposal", row.pk), {"do": "confirm"}).status_code == 403
    assert "Ждут второго" in text(second.get(reverse("admin:index")))
    page = second.get(url("proposal", row.pk))
    assert "Сейчас: 150,00 BYN" in text(page)
    onward = second.post(url("proposal", row.pk), {**hidden(page), "do": "confirm"}, follow=True)
    assert "больше ничего не ждёт" in text(onward)
    assert balance.balance(account) == 0
    assert "проведено" in text(second.get(url("proposal", row.pk)))


def test_a_confirmation_of_facts_that_changed_shows_them_first(second: Client, account: Account) -> None:
    payment = pays(account, "150.00")
    row = proposals.propose(terms=reversal_of(payment), by=person())
    page = second.get(url("proposal", row.pk))
    pays(account, "7.00")
    stale = second.post(url("proposal", row.pk), {**hidden(page), "do": "confirm"})
    assert "данные изменились" in text(stale)
    assert Adjustment.objects.count() == 0
    done(refund_of(account, "20.00", payment=payment))
    impossible = second.post(url("proposal", row.pk), {**hidden(stale), "do": "confirm"})
    assert "Провести нельзя" in text(impossible)
    assert "осталось 130,00 BYN" in text(impossible)
    row.refresh_from_db()
    assert row.is_waiting


def test_the_other_refuses_with_a_reason_and_the_proposer_withdraws(
    desk: Client, second: Client, account: Account
) -> None:
    payment = pays(account, "150.00")
    for _ in range(2):
        sent(desk, url("payment_reverse", payment.pk), amount="150", reason="Внесён дважды")
        row = MoneyProposal.objects.latest("pk")
        if row.pk == MoneyProposal.objects.earliest("pk").pk:
            silent = second.post(url("proposal", row.pk), {"do": "refuse", "answer": " "})
            assert "Укажите, почему предложение отклонено" in text(silent)
            second.post(url("proposal", row.pk), {"do": "refuse", "answer": "Деньги пришли"})
            assert "Деньги пришли" in text(desk.get(url("proposal", row.pk)))
        else:
            assert second.post(url("proposal", row.pk), {"do": "withdraw"}).status_code == 403
            desk.post(url("proposal", row.pk), {"do": "withdraw"})
    assert list(MoneyProposal.objects.order_by("pk").values_list("state", flat=True)) == ["refused", "withdrawn"]
    assert balance.balance(account) == Decimal("150.00")
    listed = text(desk.get(reverse("admin:desk_proposals"), {"state": "all"}))
    assert "отклонено" in listed
    assert "отозвано" in listed


def test_an_overpayment_is_returned_and_a_debt_written_off(desk: Client, account: Account) -> None:
    pays(account, "30.00")
    paper = {"amount": "30", "document_number": "17", "document_date": "12.11.2026", "reason": "Заявление"}
    assert "Проведено" in text(sent(desk, url("refund", account.pk), **paper))
    assert balance.balance(account) == 0
    assert "Переплаты на лицевом счёте нет" in text(desk.get(url("refund", account.pk)))
    owes(account, "40.00")
    assert "Проведено" in text(sent(desk, url("write_off", account.pk), **(paper | {"amount": "40"})))
    assert balance.balance(account) == 0
    assert "Долга на лицевом счёте нет" in text(desk.get(url("write_off", account.pk)))


@pytest.mark.parametrize("page", ["payment_move", "payment_reverse", "refund", "write_off"])
def test_who_may_not_propose_is_refused(page: str, account: Account) -> None:
    payment = pays(account, "30.00")
    pk = payment.pk if page.startswith("payment") else account.pk
    browser = signed_in(clerk(SEE, CONFIRM, "billing.view_payment", "billing.add_payment"))
    for answer in (browser.get(url(page, pk)), browser.post(url(page, pk), {"amount": "1", "reason": "-"})):
        assert answer.status_code == 403
    assert not MoneyProposal.objects.exists()


# --- Corrections -----------------------------------------------------------------------------------------------------
def test_a_correction_is_reviewed_with_its_pdf_and_issued_once(desk: Client) -> None:
    invoice = issued(account_with_trunk())
    address = url("correct", invoice.pk)
    (name,) = re.findall(r'name="(net-[^"]+)"', desk.get(address).content.decode())
    review = filled(desk, address, **{name: "50 %", "reason": "Ошибка в тарифе"})
    assert "Сейчас: −15,00 BYN" in text(review)
    assert "−7,50 BYN" in text(review)
    assert "12,00 → 6,00" in text(review)
    pdf = desk.post(url("correct_preview", invoice.pk), hidden(review))
    assert b"".join(pdf).startswith(b"%PDF")
    assert not Correction.objects.exists()
    assert "Проведено: корректировка счёта, 7,50 BYN" in text(desk.post(address, hidden(review), follow=True))
    made = Correction.objects.get()
    assert (made.number, made.total, made.reason) == ("000001", Decimal("-7.50"), "Ошибка в тарифе")
    assert ledger_check.differences() == []


def test_a_correction_above_the_limit_is_issued_by_the_second_person(
    desk: Client, second: Client, settings: LazySettings
) -> None:
    settings.SECOND_PERSON_LIMIT = Decimal("1.00")
    invoice = issued(account_with_trunk())
    address = url("correct", invoice.pk)
    (name,) = re.findall(r'name="(net-[^"]+)"', desk.get(address).content.decode())
    sent(desk, address, **{name: "10,00", "reason": "Ошибка"})
    row = MoneyProposal.objects.get()
    pdf = second.get(url("proposal_preview", row.pk))
    assert b"".join(pdf).startswith(b"%PDF")
    page = second.get(url("proposal", row.pk))
    assert "12,00 → 10,00" in text(page)
    second.post(url("proposal", row.pk), {**hidden(page), "do": "confirm"})
    assert Correction.objects.get().total == Decimal("-2.50")


def test_a_wrong_sum_of_a_line_is_said_beside_it(desk: Client) -> None:
    invoice = issued(account_with_trunk())
    address = url("correct", invoice.pk)
    (name,) = re.findall(r'name="(net-[^"]+)"', desk.get(address).content.decode())
    for typed, words in (
        ("дорого", "Введите сумму числом"), ("-1", "Сумма не может быть меньше нуля"), ("1,001", "в целых копейках"),
        ("-5 %", "Доля бывает"), ("много %", "Введите долю числом"), ("", "хотя бы в одной строке"),
        ("12,00", "Измените хотя бы одно начисление"), ("NaN", "Сумма должна быть в целых копейках"),
    ):  # fmt: skip
        assert words in text(filled(desk, address, **{name: typed, "reason": "Ошибка"}))
    assert not Correction.objects.exists()


# --- What the customer sees ------------------------------------------------------------------------------------------
def test_the_customer_sees_what_became_of_a_payment_but_not_why(account: Account) -> None:
    owner: User = UserFactory.create(account=account)
    other = AccountFactory.create()
    first = pays(account, "60.00", date(2026, 11, 5))
    done(move_of(first, other))
    pays(account, "40.00", date(2026, 11, 6))
    done(refund_of(account, "40.00", "17"))
    browser = signed_in(owner)
    page = text(browser.get(reverse("billing:payment_list"), {"start": "01.11.2026", "end": "12.11.2026"}))
    for words in (
        "Перенесён на другой лицевой счёт 12.11.2026: 60,00 BYN", "из них перенесено, отменено и возвращено: 60,00 BYN",
        "Возврат переплаты, платёжное поручение № 17",
    ):  # fmt: skip
        assert words in page
    journal = text(browser.get(reverse("accounts:journal")))
    assert "Перенос платежа от 05.11.2026 на другой лицевой счёт" in journal
    home = text(browser.get(reverse("site:home")))
    for shown in (page, journal, home):
        assert "Платёж другого клиента" not in shown
        assert other.number not in shown
    file = browser.get(
        reverse("billing:payment_list_export"), {"start": "01.11.2026", "end": "12.11.2026", "format": "csv"}
    )
    assert "Перенесён на другой лицевой счёт" in b"".join(file).decode("utf-8-sig")
    assert Payment.objects.filter(account=account).count() == 2
