"""A worker killed with SIGKILL at any point: the document and its letter are still created, once (2.3.4)."""

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from billing.models import Document, DocumentOrder
from billing.services import production
from billing.tests.factories import OrderFactory
from notifications.models import Letter
from sipcabinet.lib import files
from sipcabinet.tests.killer import worker
from sipcabinet.tests.processes import ended
from sipcabinet.tests.stored import sha256_of
from subscribers.tests.factories import CallFactory, TrunkFactory

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = worker(
    "from billing.reports import call_detail\nfrom billing.services import order_letters, production",
    "production.drain()",
)
FAULTS = {
    "before the first row": "production._heartbeat = lambda order: die",
    "among the rows": "call_detail.sheets.row = die",
    "with the file half written": "production.files._digest = die",
    "between file and letter": "production._hand_over = die",
    "with the document written, not committed": "order_letters.write = die",
    "right after the commit": "production.log.info = die",
}
OFTEN = {"among the rows", "between file and letter"}  # the others run with bin/test --full
KILLED = [pytest.param(fault, id=at, marks=[] if at in OFTEN else pytest.mark.full) for at, fault in FAULTS.items()]


@pytest.fixture
def order() -> DocumentOrder:
    trunk = TrunkFactory.create()
    for _ in range(3):
        CallFactory.create(subscriber=trunk)
    return OrderFactory.create(account=trunk.account, trunks=[trunk])


def work_until_killed(fault: str, folder: Path) -> int:
    """Runs a worker in a separate process with a fault; returns how the process ended."""
    return ended("-c", WORKER.format(fault=fault), FILES_DIR=str(folder))


def stored(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def let_claims_run_out() -> None:
    DocumentOrder.objects.filter(claimed_until__isnull=False).update(
        claimed_until=timezone.now() - timedelta(seconds=1)
    )


@pytest.mark.parametrize("fault", KILLED)
def test_the_letter_comes_once(order: DocumentOrder, stored_files: Path, fault: str) -> None:
    assert work_until_killed(fault, stored_files) == -signal.SIGKILL
    assert Letter.objects.count() == Document.objects.count()  # both or neither
    production.drain()
    let_claims_run_out()
    production.drain()
    order.refresh_from_db()
    assert order.state == "done"
    document = Document.objects.get()
    assert Letter.objects.get().attachments.get().sha256 == document.sha256 == sha256_of(document.path)


def test_a_claim_keeps_others_away_until_it_runs_out(order: DocumentOrder, stored_files: Path) -> None:
    assert work_until_killed(FAULTS["between file and letter"], stored_files) == -signal.SIGKILL
    assert production.drain() == 0
    assert not Letter.objects.exists()
    let_claims_run_out()
    assert production.drain() == 1


@pytest.mark.full
def test_what_the_killed_worker_left_is_removed(order: DocumentOrder, stored_files: Path) -> None:
    for fault in ("with the file half written", "between file and letter"):
        work_until_killed(FAULTS[fault], stored_files)
        let_claims_run_out()
    production.drain()
    assert len(list(stored(stored_files))) == 3
    yesterday = timezone.now().timestamp() - 2 * 86_400
    for path in stored(stored_files):
        os.utime(path, (yesterday, yesterday))
    assert production.remove_forgotten() == 2
    assert list(stored(stored_files)) == [files.location(Document.objects.get().path)]


@pytest.mark.full
def test_an_order_that_kills_every_worker_is_parked(
    order: DocumentOrder, stored_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DURABLE_MAX_CLAIMS", "2")
    other = OrderFactory.create()
    DocumentOrder.objects.filter(pk=order.pk).update(due_at=timezone.now() - timedelta(hours=1))
    poison = f"production._heartbeat = lambda order: die if order.pk == {order.pk} else (lambda: None)"
    ends = []
    for _ in range(3):
        ends.append(work_until_killed(poison, stored_files))
        let_claims_run_out()
    assert ends == [-signal.SIGKILL, -signal.SIGKILL, 0]
    for row in (order, other):
        row.refresh_from_db()
    assert (order.state, other.state) == ("parked", "done")
