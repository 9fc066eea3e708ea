"""The past that pages show: sign-ins, the journal, orders in every state.

Services date what they do by the clock, so rows of the past are written here directly; today's are the services'.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from django.db import connection, transaction

from accounts.models import Account, AuditEvent, SignIn, SignInOutcome, User
from accounts.services.audit import Action
from billing.models import CallDetailTerms, Document, DocumentOrder, OrderKind, ReportDirection
from billing.selectors import call_detail
from billing.services import orders, production
from notifications.models import Letter
from notifications.services import delivery
from sipcabinet.lib import clock, durable
from sipcabinet.lib.periods import Month, midnight
from sipcabinet.site.demo.cast import DemoCustomer

SIGN_INS = 14
SIGN_IN_DAYS = 45
OFFICE, HOME = "203.0.113.17", "198.51.100.42"  # networks kept for documentation
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0",
)
MAILBOX_FULL = (552, "552 5.2.2 Mailbox full")
ACCEPTED = (250, "250 2.0.0 Ok: queued")


def sign_ins(accounts: dict[DemoCustomer, Account], staff: User, *, seed: int) -> None:
    """Some weeks of sign-ins, with a few wrong passwords, and what the journals say of them."""
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
    """Orders that have fallen due, and one of today's. Whoever makes and sends them: `deliver`, or else a worker."""
    previous = Month.current().shift(-1)
    for number, account in enumerate(accounts.values()):
        user = User.objects.filter(account=account).order_by("phone").first()
        if user is None:
            continue
        _past_order(account, user, previous, ReportDirection.ALL, days_ago=9 + number)
        if number in (0, 2):
            _past_order(account, user, previous, ReportDirection.OUT, days_ago=5)
        if number == 0:
            _order_now(account, user, Month.current())


def deliver() -> None:
    """Makes the documents that are due, as a worker would, and gives their letters a mail server's answers.

    Outside any transaction. Letters with outgoing calls alone come to a full mailbox.
    """
    production.drain()
    while (letter := durable.claim(Letter, lease=delivery.lease())) is not None:
        order = letter.orders.first()
        if order is not None:
            with transaction.atomic():
                _answer(letter, order)


def _order_now(account: Account, user: User, month: Month) -> None:
    trunks = list(call_detail.trunks(account, month))
    orders.place_call_detail(
        account=account, user=user, month=month, direction=ReportDirection.ALL, trunks=trunks, token=uuid.uuid4().hex
    )


def _past_order(account: Account, user: User, month: Month, direction: ReportDirection, *, days_ago: int) -> None:
    """An order of some days ago that has fallen due, and its line in the journal."""
    placed_at = midnight(clock.today() - timedelta(days=days_ago)) + timedelta(hours=10, minutes=3 * days_ago)
    terms = CallDetailTerms(month, direction, [trunk.pk for trunk in call_detail.trunks(account, month)])
    order = DocumentOrder.objects.create(
        account=account,
        number=_number(placed_at),
        kind=OrderKind.CALL_DETAIL,
        title=terms.title,
        params=terms.params,
        ordered_by=user,
        recipient=account.cabinet_email,
        created_at=placed_at,
        due_at=placed_at + timedelta(days=1),
    )
    AuditEvent.objects.create(
        account=account,
        user=user,
        action="order.placed",
        summary=f"Заказ {order.number}: {order.title}",
        details={"order_id": order.pk, **terms.params},
        at=placed_at,
        address=OFFICE,
    )


def _number(placed_at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('billing_order_number_seq')")
        (serial,) = cursor.fetchone()
    return f"З-{placed_at.year}-{serial:06d}"


def _answer(letter: Letter, order: DocumentOrder) -> None:
    """Writes the outcome, and dates everything back to when the order fell due."""
    made_at, sent_at = order.due_at + timedelta(seconds=20), order.due_at + timedelta(seconds=25)
    if CallDetailTerms.of(order.params).direction == ReportDirection.OUT:
        code, answer = MAILBOX_FULL
        durable.refuse(letter, answer, smtp_code=code, smtp_answer=answer, tries=1)
    else:
        code, answer = ACCEPTED
        durable.finish(letter, sent_at=sent_at, smtp_code=code, smtp_answer=answer, tries=1)
    Letter.objects.filter(pk=letter.pk).update(created_at=made_at, finished_at=sent_at)
    DocumentOrder.objects.filter(pk=order.pk).update(finished_at=made_at)
    Document.objects.filter(order=order).update(made_at=made_at)
