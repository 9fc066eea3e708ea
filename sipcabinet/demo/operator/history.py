"""The demo's past as pages show it: sign-ins, the journal, orders in every state.

This module writes sign-ins directly; the services do everything else, with the clock set back.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from accounts.actor import PORTAL, Actor
from accounts.models import Account, AuditEvent, SignIn, SignInOutcome, User
from accounts.services.audit import Action
from billing.models import DocumentOrder, InvoiceMailing, ReportDirection
from billing.selectors import call_detail
from billing.services import mailings, month_calculations, orders, production
from notifications.models import Letter
from notifications.services import delivery
from sipcabinet.demo.operator.cast import DemoCustomer
from sipcabinet.lib import clock, durable
from sipcabinet.lib.periods import Month, midnight

SIGN_INS = 14
SIGN_IN_DAYS = 45
OFFICE, HOME = "203.0.113.17", "198.51.100.42"  # networks reserved for documentation
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
)
MAILBOX_FULL = (552, "552 5.2.2 Mailbox full")
ACCEPTED = (250, "250 2.0.0 Ok: queued")


def sign_ins(accounts: dict[DemoCustomer, Account], staff: User, *, seed: int) -> None:
    """Writes some weeks of sign-ins, with a few wrong passwords, and their events in the journal."""
    rng = Random(f"{seed}:sign-ins")
    users = [*User.objects.filter(account__in=accounts.values()).select_related("account").order_by("phone"), staff]
    made = sorted((row for user in users for row in _sign_ins_of(user, rng)), key=lambda row: row.at)
    SignIn.objects.bulk_create(made)
    AuditEvent.objects.bulk_create(
        AuditEvent(
            account=row.account,
            user=row.user,
            action=Action.SIGNED_IN,
            summary=str(Action.SIGNED_IN.label),
            at=row.at,
            address=row.address,
            by_staff=row.account is None,
        )
        for row in made
        if row.outcome == SignInOutcome.OK
    )


def _sign_ins_of(user: User, rng: Random) -> Iterator[SignIn]:
    for _n in range(SIGN_INS):
        at = _working_moment(rng, rng.randint(1, SIGN_IN_DAYS))
        address, browser = rng.choice(((OFFICE, BROWSERS[0]), (OFFICE, BROWSERS[2]), (HOME, BROWSERS[1])))
        if rng.random() < 0.15:
            yield _sign_in(user, SignInOutcome.REFUSED, at - timedelta(seconds=40), address, browser)
        yield _sign_in(user, SignInOutcome.OK, at, address, browser)


def _sign_in(user: User, outcome: SignInOutcome, at: datetime, address: str, browser: str) -> SignIn:
    return SignIn(user=user, account=user.account, outcome=outcome, at=at, address=address, user_agent=browser)


def _working_moment(rng: Random, days_ago: int) -> datetime:
    day = clock.minsk(clock.now()) - timedelta(days=days_ago)
    return day.replace(hour=rng.randint(9, 17), minute=rng.randrange(60), second=rng.randrange(60), microsecond=0)


def place_orders(accounts: dict[DemoCustomer, Account]) -> None:
    """Orders call-detail reports that are due, and one for today. `deliver` or a worker then renders and sends them."""
    for number, account in enumerate(accounts.values()):
        user = User.objects.filter(account=account).order_by("phone").first()
        if user is None:
            continue
        _order(account, user, ReportDirection.ALL, days_ago=9 + number)
        if number in (0, 2):
            _order(account, user, ReportDirection.OUT, days_ago=5)
        if number == 0:
            _order(account, user, ReportDirection.ALL, days_ago=0)


def _order(account: Account, user: User, direction: ReportDirection, *, days_ago: int) -> None:
    """Orders the report of the previous month some days ago in the morning, or (0 days) that of this month now."""
    moment = midnight(clock.today() - timedelta(days=days_ago)) + timedelta(hours=10, minutes=3 * days_ago)
    with clock.at(moment if days_ago else clock.now()):
        month = Month.current().shift(-1 if days_ago else 0)
        orders.place_call_detail(
            account=account,
            month=month,
            direction=direction,
            trunks=list(call_detail.trunks(account, month)),
            by=Actor(user, OFFICE, token=uuid.uuid4().hex),
        )


def deliver() -> None:
    """Creates the documents that are due, as a worker would at that time, and writes a mail server's answer to letters.

    Call it outside any transaction. Letters with call details of outgoing calls alone are refused: mailbox full.
    """
    while (order := durable.claim(DocumentOrder, lease=production.LEASE)) is not None:
        with clock.at(order.due_at + timedelta(seconds=20)):
            production.produce(order)
    while (mailing := durable.claim(InvoiceMailing, lease=mailings.LEASE)) is not None:
        with clock.at(mailing.due_at + timedelta(seconds=40)):
            mailings.send(mailing)
    while (letter := durable.claim(Letter, lease=delivery.lease())) is not None:
        with clock.at(letter.created_at + timedelta(seconds=5)), transaction.atomic():
            _answer(letter, letter.orders.first())


def calculate() -> None:
    """Calculates the last month and this one, for their reviews at the desk. Call it outside any transaction."""
    for month in reversed(Month.current().last(2)):
        month_calculations.order(month=month, by=PORTAL)
    month_calculations.drain()


def _answer(letter: Letter, order: DocumentOrder | None) -> None:
    if order is not None and order.params.get("direction") == ReportDirection.OUT:
        code, answer = MAILBOX_FULL
        durable.refuse(letter, answer, smtp_code=code, smtp_answer=answer, tries=1)
    else:
        code, answer = ACCEPTED
        durable.finish(letter, sent_at=clock.now(), smtp_code=code, smtp_answer=answer, tries=1)
