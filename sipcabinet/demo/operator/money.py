"""The past of the demo's money. The services are called day by day, with the clock set back: they close months, import
bank statements, register and decide guarantees, and run reminders and restrictions by the calendar."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial

from django.conf import settings

from accounts.actor import Actor
from accounts.models import Account, User
from billing.models import (
    DeliveryChoice,
    DeliveryMethod,
    Invoice,
    Payment,
    PaymentGuarantee,
    ProposalKind,
    StatementImport,
)
from billing.selectors import balance, invoices
from billing.selectors import debts as debt_selectors
from billing.services import closing, corrections, dunning, guarantees, proposals, statements
from billing.services.money_terms import Terms
from sipcabinet.demo.operator import cast, debts, statement_files
from sipcabinet.demo.operator.cast import DemoCustomer
from sipcabinet.demo.operator.statement_files import Credit
from sipcabinet.lib import clock
from sipcabinet.lib.clock import MINSK
from sipcabinet.lib.periods import Month
from subscribers.charges import ChargeKind

ISSUED_AT, LOOKED_AT, ASKED_AT, DECIDED_AT, PAID_AT = time(8, 30), time(10), time(11, 20), time(15, 5), time(17, 40)
PAID_AFTER = timedelta(days=6)  # counted from the day of the invoice
PAID_LATE = timedelta(days=4)  # counted from the invoice's due day
# From the due day; a guarantee runs out on a working day after 12.
DUNNING_DAYS = (-3, 1, 7, 10, 12, 13, 14, 15, 16, 17)
READ_AT, READ_LATE_AT = time(8, 50), time(17, 45)  # when statements without credits are imported
KEPT, REFUSED = 3, 4  # months ago: the first customer's kept guarantee, and the refused one
REFUSAL = "Основания для отсрочки не указаны: оплатите счёт в обычный срок"
MISTAKEN, MISTAKE = 2, "Пакет минут начислен дважды по ошибке оператора"
MISTAKEN_PAYER = "Плательщик указал номер чужого лицевого счёта, письмо от него есть"
TAKEN_BACK = "Возврат ошибочно перечисленных средств"
STRANGER = Credit(
    "ООО «Ромашковое поле»", "190000003", "BY20PRIM30120000000000000999", Decimal("48.30"), "Оплата по счёту"
)
ADDRESSES = ("buh@{domain}", "office@{domain}")

Deed = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Story:
    """All that happened with the money of these accounts up to `today`, the day when the demo is loaded."""

    accounts: dict[DemoCustomer, Account]
    staff: User
    today: date

    def play(self) -> None:
        """Carries out all events from the first closed month to this moment, in order of time."""
        now = clock.now()
        told = sorted(self._told(), key=lambda event: event[0])  # events of one moment keep the order of `_told`
        for moment, deed in told:
            if moment <= now:
                with clock.at(moment):
                    deed()

    def _told(self) -> Iterator[tuple[datetime, Deed]]:
        yield from self._deliveries()
        for month in reversed(Month.of(self.today).shift(-1).last(debts.CLOSED_MONTHS)):
            issued, due = debts.issued_on(month, self.today), debts.due_on(month, self.today)
            yield _at(issued, ISSUED_AT), partial(closing.run, month=month)
            yield _at(issued + PAID_AFTER, PAID_AT), partial(self._pay, month, late=False)
            yield _at(due + PAID_LATE, PAID_AT), partial(self._pay, month, late=True)
            for days in DUNNING_DAYS:
                yield _at(due + timedelta(days=days), READ_AT), partial(self._read, due + timedelta(days=days - 1))
                yield _at(due + timedelta(days=days), LOOKED_AT), dunning.run_due
        yield from self._guarantees()
        yield self._mistake()
        yesterday = self.today - timedelta(days=1)
        yield _at(yesterday, ASKED_AT), self._propose
        yield _at(yesterday, READ_LATE_AT), partial(self._read, yesterday, taken=self._taken_back)

    # --- Delivery
    def _deliveries(self) -> Iterator[tuple[datetime, Deed]]:
        """The first two customers choose delivery by e-mail; the first one later changes the addresses."""
        for number, (customer, account) in enumerate(list(self.accounts.items())[:2]):
            domain = customer.cabinet_email.partition("@")[2]
            addresses = [address.format(domain=domain) for address in ADDRESSES[: 2 - number]]
            if not number:
                yield _at(self.today - timedelta(days=300), ASKED_AT), partial(_choose, account, [addresses[1]])
            yield _at(self.today - timedelta(days=240), ASKED_AT), partial(_choose, account, addresses)

    # --- Payments, in bank statements that follow one another without a gap
    def _pay(self, month: Month, *, late: bool) -> None:
        found = (self._credit(customer, account, month, late=late) for customer, account in self.accounts.items())
        received = [credit for credit in found if credit]
        if month == Month.of(self.today).shift(-2) and not late:
            received.append(STRANGER)
        if received:
            self._read(clock.today(), received)

    def _read(
        self, last: date, received: Sequence[Credit] = (), taken: Callable[[], Credit | None] = lambda: None
    ) -> None:
        """Imports a statement of the days after the former statement up to `last`; does nothing if these days are
        already covered. `taken` gives the credit that its payer gets back."""
        former = StatementImport.objects.order_by("last_day").last()
        first, opening = self._first_day, statement_files.OPENING
        if former is not None and former.last_day is not None:
            first, opening = former.last_day + timedelta(days=1), former.closing
        if first <= last:
            content = statement_files.write(received, first, last, opening, taken())
            statements.take_in(content, file_name=f"vypiska-{last:%Y-%m-%d}.txt", user=self.staff)

    @property
    def _first_day(self) -> date:
        return Month.of(self.today).shift(-debts.CLOSED_MONTHS).first_day

    def _credit(self, customer: DemoCustomer, account: Account, month: Month, *, late: bool) -> Credit | None:
        """The customer's payment of the whole debt on this day; None when the month must stay unpaid or is not due."""
        invoice, owed = invoices.by_month(account, month), -balance.balance(account)
        stays = month in debts.unpaid_months(customer, self.today)
        if invoice is None or owed <= 0 or stays or late != (month in self._late_months(customer)):
            return None
        return Credit(customer.name, customer.unp, customer.iban, owed, invoice.purpose)

    def _late_months(self, customer: DemoCustomer) -> list[Month]:
        current = Month.of(self.today)
        return [current.shift(-KEPT), current.shift(-REFUSED)] if customer is self._first else []

    # --- Guarantees
    @property
    def _first(self) -> DemoCustomer:
        return next(iter(self.accounts))

    def _guarantees(self) -> Iterator[tuple[datetime, Deed]]:
        current = Month.of(self.today)
        yield from self._guarantee(self._first, current.shift(-KEPT), accepted=True)
        yield from self._guarantee(self._first, current.shift(-REFUSED), accepted=False)
        for customer in self.accounts:
            if customer.breaks_guarantee:
                yield from self._guarantee(customer, debts.unpaid_months(customer, self.today)[0], accepted=True)

    def _guarantee(self, customer: DemoCustomer, month: Month, *, accepted: bool) -> Iterator[tuple[datetime, Deed]]:
        account, due = self.accounts[customer], debts.due_on(month, self.today)
        yield _at(due - timedelta(days=1), ASKED_AT), partial(_ask, account, month)
        yield _at(due + debts.ACCEPTED_AFTER, DECIDED_AT), partial(self._decide, account, accepted=accepted)

    def _decide(self, account: Account, *, accepted: bool) -> None:
        guarantee = PaymentGuarantee.objects.get(account=account, state="pending")
        if accepted:
            guarantees.accept(guarantee=guarantee, staff=self.staff, answer="Согласовано")
        else:
            guarantees.reject(guarantee=guarantee, staff=self.staff, reason=REFUSAL)

    # --- What waits for the person who looks at the demo: a second person, and a payment that its payer wants back
    def _propose(self) -> None:
        """A colleague asks to move a payment, too large for one person, from one customer to another."""
        accounts = list(self.accounts.values())
        rows = Payment.objects.filter(account__in=accounts, amount__gt=settings.SECOND_PERSON_LIMIT)
        payment = rows.select_related("account__customer").order_by("-received_on", "-pk").first()
        if payment is None:
            return
        to = next(one for one in reversed(accounts) if one.pk != payment.account_id)
        colleague = User.objects.create(
            phone=cast.COLLEAGUE_PHONE, name=cast.COLLEAGUE_NAME, is_staff=True, is_active=False
        )
        terms = Terms(
            kind=ProposalKind.MOVE,
            account=payment.account,
            payment=payment,
            to_account=to,
            amount=payment.amount,
            reason=MISTAKEN_PAYER,
        )
        proposals.propose(terms=terms, by=Actor(colleague, token=f"demo {payment.pk}"))

    def _taken_back(self) -> Credit | None:
        """The third customer's last payment, which its payer wants back."""
        customer, account = list(self.accounts.items())[2]
        payment = self._newest_payment(account)
        if payment is None:
            return None
        return Credit(customer.name, customer.unp, customer.iban, payment.amount, TAKEN_BACK)

    @staticmethod
    def _newest_payment(account: Account) -> Payment | None:
        rows = Payment.objects.filter(account=account).select_related("account__customer")
        return rows.order_by("-received_on", "-pk").first()

    # --- A mistake and its correction
    def _mistake(self) -> tuple[datetime, Deed]:
        month = Month.of(self.today).shift(-MISTAKEN)
        day = debts.due_on(month, self.today) + timedelta(days=3)
        return _at(day, DECIDED_AT), partial(self._correct, month)

    def _correct(self, month: Month) -> None:
        invoice = Invoice.objects.get(account=self.accounts[self._first], month=month.first_day)
        charge = invoice.closing.charges.filter(kind=ChargeKind.MINUTES).order_by("place").first()
        if charge is not None:
            half = charge.net / 2
            corrections.issue(invoice=invoice, changes=[(charge, half)], reason=MISTAKE, staff=self.staff)


def _at(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=MINSK)


def _choose(account: Account, addresses: list[str]) -> None:
    DeliveryChoice.objects.create(
        account=account,
        method=DeliveryMethod.EMAIL,
        addresses=addresses,
        chosen_at=clock.now(),
        chosen_by=account.users.order_by("phone").first(),
    )


def _ask(account: Account, month: Month) -> None:
    """Registers a guarantee of the unpaid rest of the month's invoice."""
    invoice = invoices.by_month(account, month)
    owed = next(one for one in debt_selectors.of(account) if one.debt.is_invoice and one.debt.invoice == invoice)
    user = account.users.order_by("phone").first()
    if user is not None:
        guarantees.register(account=account, amount=owed.unpaid, by=Actor(user, token=f"demo {month.code}"))
