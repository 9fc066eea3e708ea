"""The letters of an announcement: one to each addressee, whatever happens to the workers (4.14)."""

import signal

import pytest

from accounts.actor import Actor
from accounts.models import Account, Customer
from accounts.tests.factories import AccountFactory, CustomerFactory
from announcements.models import Sending
from announcements.selectors import announcements as selectors
from announcements.services import announcements, sending
from announcements.tests.factories import started
from notifications.models import Letter
from sipcabinet.lib import clock
from sipcabinet.lib.durable import JobState
from sipcabinet.tests.killer import worker
from sipcabinet.tests.processes import ended

WORKER = worker("from announcements.services import sending", "sending.drain()")
FAULTS = {
    "before the first letter": "sending._on_the_way = die",
    "among the letters": "letters = sending.letters.write; sending.letters.write = lambda **a: die() if "
    "sending.Letter.objects.count() > 60 else letters(**a)",
    "with a part written, not committed": "sending.Addressee.objects.bulk_update = die",
    "right after the last commit": "sending.log.info = die",
}

MANY = 2000
# A worker beside an outbox that empties, as `write_all`, until it is killed with a part written and not committed.
BUSY_WORKER = worker(
    "from announcements.services import sending\nfrom announcements.tests.test_sending import write_all", "write_all()"
)
IN_THE_MIDDLE = (
    "letters = sending.letters.write; sending.letters.write = lambda **a: die() if "
    f"sending.Letter.objects.count() > {MANY // 2 + 20} else letters(**a)"
)


def all_sent() -> None:
    """The mail server takes every letter."""
    Letter.objects.filter(state=JobState.WAITING).update(state=JobState.DONE, sent_at=clock.now())


def write_all() -> None:
    """Workers write letters while the outbox empties, until nothing is left."""
    for _round in range(50):
        Sending.objects.update(due_at=clock.now(), claimed_until=None)
        sending.drain()
        all_sent()
        if not Sending.objects.filter(state=JobState.WAITING).exists():
            return
    raise AssertionError("the sending does not end")


@pytest.mark.django_db
def test_each_addressee_gets_one_letter_at_the_registered_address() -> None:
    accounts = AccountFactory.create_batch(3)
    started()
    write_all()
    letters = Letter.objects.order_by("account")
    assert [(letter.account, letter.recipient) for letter in letters] == [(one, one.cabinet_email) for one in accounts]
    assert {letter.subject for letter in letters} == {"Новые цены с 1 января"}
    assert accounts[0].number in letters[0].body_text


@pytest.mark.django_db
def test_a_full_outbox_makes_the_rest_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "AT_ONCE", 3)
    AccountFactory.create_batch(7)
    announcement = started()
    sending.drain()
    assert Letter.objects.count() == 3
    assert Sending.objects.get().due_at > clock.now()
    write_all()
    progress = selectors.progress(announcement)
    assert (progress.written, progress.sent, progress.on_the_way) == (7, 7, 0)


@pytest.mark.django_db
def test_after_a_stop_no_further_letter_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "AT_ONCE", 2)
    AccountFactory.create_batch(5)
    announcement = started()
    sending.drain()
    announcements.stop(announcement=announcement, actor=Actor(announcement.created_by))
    write_all()
    progress = selectors.progress(announcement)
    assert (progress.addressees, progress.written) == (5, 2)


@pytest.mark.django_db
def test_an_account_without_an_address_is_counted_and_the_others_get_theirs() -> None:
    AccountFactory.create()
    without = AccountFactory.create()
    Account.objects.filter(pk=without.pk).update(cabinet_email="")
    broken = AccountFactory.create()
    Account.objects.filter(pk=broken.pk).update(cabinet_email="не адрес")
    announcement = started()
    write_all()
    progress = selectors.progress(announcement)
    assert (progress.addressees, progress.without_address, progress.sent) == (3, 2, 1)


@pytest.mark.django_db
def test_letters_for_later_wait_for_their_moment() -> None:
    AccountFactory.create()
    started(letters_at=clock.now() + sending.LEASE)
    assert sending.drain() == 0
    assert not Letter.objects.exists()


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_killed_worker_gives_each_of_many_customers_one_letter(fault: str) -> None:
    AccountFactory.create_batch(130)
    announcement = started()
    ended("-c", WORKER.format(fault=fault))
    write_all()
    counted = Letter.objects.filter(addressee__announcement=announcement).values_list("account", flat=True)
    assert len(counted) == len(set(counted)) == Letter.objects.count() == 130


def many_customers(count: int) -> None:
    """Active accounts with their customers, in two statements."""
    customers = Customer.objects.bulk_create(CustomerFactory.build_batch(count))
    Account.objects.bulk_create(AccountFactory.build(customer=customer) for customer in customers)


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
def test_two_thousand_customers_get_one_letter_each_after_a_kill_in_the_middle() -> None:
    many_customers(MANY)
    announcement = started()
    assert ended("-c", BUSY_WORKER.format(fault=IN_THE_MIDDLE)) == -signal.SIGKILL
    before = Letter.objects.count()
    assert MANY // 4 < before < MANY
    write_all()
    counted = Letter.objects.filter(addressee__announcement=announcement).values_list("account", "recipient")
    assert len(counted) == len(set(counted)) == Letter.objects.count() == MANY
    progress = selectors.progress(announcement)
    assert (progress.addressees, progress.written, progress.sent) == (MANY, MANY, MANY)
