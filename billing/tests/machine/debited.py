"""Debits of the bank: overpayments and credits in suspense that go back, payments that the bank takes back."""

from datetime import date
from decimal import Decimal
from functools import partial
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from accounts.actor import Actor
from billing.models import Adjustment, Payment, PaymentReturn, SuspensePayment, SuspenseRefund
from billing.services import payments, proposals, returns, suspense_refunds
from billing.services.adjustments import MoneyError
from billing.services.payments import PaymentError
from billing.tests import bank_files
from billing.tests.bank_files import Doc
from billing.tests.machine.base import PLACES, refused
from billing.tests.machine.mended import KOPECK, SHARES, Mended
from billing.tests.machine.model import ALONE, ZERO
from billing.tests.machine.money import WITH_ID, Document, shown
from billing.tests.mended import reversal_of
from sipcabinet.lib.errors import DomainError

DECISIONS = st.sampled_from(["confirm", "confirm", "refuse", "withdraw", "later"])
DAYS = st.integers(0, 5)
FORMATS = st.sampled_from(WITH_ID)
BACK, TAKEN_BACK = "Возврат средств", "Отзыв платежа"


class Debited(Mended):
    """`about`: what each debit that the bank reported first will turn out to be: an overpayment of an account (its
    key), or the credit with this key."""

    def __init__(self) -> None:
        super().__init__()
        self.about: dict[str, int | str] = {}

    @rule(place=PLACES, known=st.integers(0, 5), name=FORMATS, days=DAYS)
    @precondition(lambda self: bool(self.model.sent) and self.may_book())
    def the_bank_reports_what_was_sent_back(self, place: int, known: int, name: str, days: int) -> None:
        number = sorted(self.model.sent)[place % len(self.model.sent)]
        debit = self._reported(number, self.model.sent[number].amount, BACK, days, name, known=known)
        outcome = self.model.bank_debits[debit.key].outcome
        self.reached["refund, then debit"] += outcome == "refunded"
        self.reached["payback, then debit"] += outcome == "payback"

    @rule(place=PLACES, share=SHARES, is_waiting=st.booleans(), name=FORMATS, decision=DECISIONS)
    @precondition(lambda self: self.may_book())
    def the_bank_reports_it_first(self, place: int, share: int, is_waiting: bool, name: str, decision: str) -> None:
        """Money went back to its payer before staff have entered it: an overpayment, or a credit in suspense. They
        enter it then, or later."""
        if is_waiting:
            about: int | str = self._waiting(place)
            amount = self.model.waiting[str(about)]
        else:
            about = self.account(place).pk
            amount, _may = self.share(self.overpaid(place), share)
        if not self.may_book():  # what has just come in was the last of its day
            return
        debit = self._reported(str(self.next_serial()), amount, BACK, 0, name)
        self.about[debit.key] = about
        if decision != "later":
            self._explain(debit.key, decision)

    @rule(place=PLACES, share=st.sampled_from([100, 100, 50]), name=FORMATS, at_once=st.booleans())
    @precondition(lambda self: self.may_book())
    def the_bank_takes_a_payment_back(self, place: int, share: int, name: str, at_once: bool) -> None:
        """The whole payment, or a part of it; camt.053 says that it is a reversal, other formats say it in words."""
        paid = [one for one in self.documents if one.key in self.model.payments]
        credit = paid[place % len(paid)] if paid else self._comes(place, "named")
        amount, _may = self.share(credit.amount, share)
        if not self.may_book():
            return
        debit = self._reported(credit.doc.number, amount, TAKEN_BACK, 0, name)
        self.about[debit.key] = credit.key
        if at_once:
            self._explain(debit.key, "")

    @rule(place=PLACES, how=st.sampled_from(["as it is", "as it is", "other"]), decision=DECISIONS)
    @precondition(lambda self: any(not one.outcome for one in self.model.bank_debits.values()))
    def a_debit_is_explained(self, place: int, how: str, decision: str) -> None:
        keys = sorted(key for key, one in self.model.bank_debits.items() if not one.outcome)
        if how == "other":
            self._is_other(keys[place % len(keys)])
        else:
            self._explain(keys[place % len(keys)], decision)

    @rule(place=PLACES, decision=DECISIONS)
    @precondition(lambda self: bool(self.model.waiting) or self.may_book())
    def a_credit_goes_back(self, place: int, decision: str) -> None:
        """Staff return a credit in suspense to its payer; above the limit the second person decides, now or later."""
        self._go_back(self._waiting(place), str(self.next_serial()), self.today(), decision)

    def _waiting(self, place: int) -> str:
        """A credit in suspense; if there is none, one comes."""
        keys = sorted(self.model.waiting)
        return keys[place % len(keys)] if keys else self._comes(place, "nobody").key

    def _comes(self, place: int, how: str) -> Document:
        """A statement with one credit of the last days."""
        made = self.credit(place, how, 1_500 + place, place % 6)
        self.take([made], 0, 0, WITH_ID[0])
        return made

    def _reported(
        self, number: str, amount: Decimal, purpose: str, days: int, name: str, *, known: int = 0
    ) -> Document:
        """Imports a statement with a debit, among `known` documents of before."""
        day, serial = self.day(days), self.next_serial()
        doc = Doc(
            debit=f"{amount:.2f}", id=f"OP{serial}", number=number, day=shown(day), unp="", purpose=purpose,
            reversal=purpose == TAKEN_BACK and name == "camt053",
        )  # fmt: skip
        made = Document(doc, f"bank:{bank_files.OURS}:debit:{doc.id}", -amount, None, day)
        self.take([made], known, serial, name)
        row = self._row(made.key)
        credit = row.payment or row.suspense
        self.model.bank_debits[made.key].seems = credit.source_key if credit else ""
        return made

    def _explain(self, key: str, decision: str) -> None:
        """Staff say what a debit is."""
        debit, about = self.model.bank_debits[key], self.about.get(key)
        if (sent := self.model.sent.get(debit.number)) is not None:
            if sent.adjustment is None:  # the bank was late; only a refund of an account can be chosen by hand
                self._is_other(key)
                return
            by = Actor(self.world.staff)
            returns.is_refund(row=self._row(key), adjustment=Adjustment.objects.get(pk=sent.adjustment), by=by)
            debit.settle(self.model.sent.pop(debit.number))
        elif isinstance(about, int):
            account = next(one for one in self.accounts if one.pk == about)
            may = debit.amount <= max(ZERO, self.model.balance(about))
            self.refund(account, debit.amount, debit.number, debit.day, may=may)
        elif about in self.model.waiting:
            self._go_back(about, debit.number, debit.day, decision)
        elif about in self.model.payments:
            self._is_recalled(key, about)

    def _is_other(self, key: str) -> None:
        row, by = self._row(key), Actor(self.world.staff)
        other = partial(returns.is_other, row=row, note="Другое", by=by)
        other()
        self.model.bank_debits[key].outcome = "other"
        assert refused(MoneyError, other)

    def _is_recalled(self, key: str, of: str) -> None:
        """Cancels what the bank took back of the payment: this sum and no other."""
        debit, row = self.model.bank_debits[key], self._row(key)
        payment = Payment.objects.select_related("account__customer").get(source_key=of)
        by = Actor(self.world.staff, token=UUID(int=self.next_serial()).hex)
        more = reversal_of(payment, debit.amount + KOPECK, payment_return=row)
        assert refused(MoneyError, partial(proposals.propose, terms=more, by=by))
        made = self.done(
            reversal_of(payment, debit.amount, payment_return=row), may=debit.amount <= self.model.left(of)
        )
        if made is None:
            return
        account, today = payment.account_id, self.today()
        self.model.take(account, debit.amount, today, pk=made.pk, day=debit.day, payment=of)
        debit.outcome, debit.adjustment = "recalled", made.pk
        self.reached["recalled" if debit.amount == payment.amount else "recalled in part"] += 1

    def _go_back(self, key: str, number: str, day: date, decision: str) -> None:
        staff, second = Actor(self.world.staff), Actor(self.world.second)
        row = SuspensePayment.objects.get(source_key=key)
        if key in self.model.returning:
            refund = SuspenseRefund.objects.get(suspense=row, state="waiting")
            number, day = self.model.returning[key]
        else:
            refund = self._proposed(row, number, day)
            if not refund.is_waiting:
                return
        assert refused(MoneyError, partial(suspense_refunds.confirm, refund=refund, by=staff))
        assert refused(MoneyError, partial(suspense_refunds.withdraw, refund=refund, by=second))
        if decision == "later":
            return
        if decision == "confirm":
            suspense_refunds.confirm(refund=refund, by=second)
            self._went_back(key, number, day)
            self.reached["payback by two"] += 1
        elif decision == "refuse":
            suspense_refunds.refuse(refund=refund, answer="Это платёж клиента", by=second)
            self.reached["payback refused"] += 1
        else:
            suspense_refunds.withdraw(refund=refund, by=staff)
            self.reached["payback withdrawn"] += 1
        self.model.returning.pop(key, None)
        assert refused(MoneyError, partial(suspense_refunds.confirm, refund=refund, by=second))

    def _proposed(self, row: SuspensePayment, number: str, day: date) -> SuspenseRefund:
        """Proposes the return; a second time it is refused. Up to the limit it is done at once."""
        payer = (row.payer_unp, row.payer_iban)
        propose = partial(
            suspense_refunds.propose, suspense=row, document_number=number, document_date=day,
            reason="Ошибка плательщика", by=Actor(self.world.staff),
        )  # fmt: skip
        is_waiting = self.model.paid_alone(payer, self.now()) + row.amount > ALONE
        made = propose()
        assert made.is_waiting == is_waiting
        assert refused(DomainError, propose)
        if is_waiting:
            book = partial(payments.resolve, suspense=row, account=self.accounts[0], staff=self.world.second)
            assert refused(PaymentError, book)
            self.model.returning[row.source_key] = number, day
        else:
            self.model.alone.append((payer, self.now(), row.amount))
            self._went_back(row.source_key, number, day)
        return made

    def _went_back(self, key: str, number: str, day: date) -> None:
        debit = self.model.go_back(key, number, day)
        self.reached["debit, then payback"] += debit is not None

    @staticmethod
    def _row(key: str) -> PaymentReturn:
        return PaymentReturn.objects.select_related("payment", "suspense").get(source_key=key)
