"""Creating ordered documents: when due, when claimed, complete, and never twice (2.3.4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from accounts.models import Account
from billing import kinds
from billing.kinds import DocumentKind
from billing.models import Document, DocumentOrder, OrderLetter
from billing.reports.making import Making
from billing.services import order_letters, production
from billing.tasks import drain_orders, remove_forgotten_files
from billing.tests.factories import DocumentFactory, OrderFactory
from notifications.models import Letter, LetterAttachment
from sipcabinet.lib import durable, files, links
from sipcabinet.tests.stored import sha256_of
from subscribers.models import Subscriber
from subscribers.tests.factories import CallFactory

pytestmark = pytest.mark.django_db
Travel = Callable[[str], Any]


@pytest.fixture
def order(account: Account, trunk: Subscriber) -> DocumentOrder:
    return OrderFactory.create(account=account, trunks=[trunk])


def fresh(order: DocumentOrder) -> DocumentOrder:
    return DocumentOrder.objects.get(pk=order.pk)


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_due_order_becomes_a_document_and_a_letter(order: DocumentOrder, account: Account) -> None:
    drain_orders()
    document, letter = Document.objects.get(), Letter.objects.get()
    assert fresh(order).state == "done"
    assert (document.order, document.account) == (order, account)
    assert document.content_type == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert document.size == files.location(document.path).stat().st_size
    assert document.sha256 == sha256_of(document.path)
    assert order.number in document.file_name
    assert letter.recipient == account.cabinet_email
    assert OrderLetter.objects.get().letter == letter


def test_the_letter_brings_the_file_and_a_link(order: DocumentOrder) -> None:
    drain_orders()
    document, letter = Document.objects.get(), Letter.objects.get()
    attachment = LetterAttachment.objects.get()
    assert (attachment.letter, attachment.path, attachment.sha256) == (letter, document.path, document.sha256)
    assert "Файл XLSX во вложении." in letter.body_text
    link = next(word for word in letter.body_text.split() if "/d/" in word)
    token = link.rstrip("/").rpartition("/")[2]
    assert links.read(order_letters.LINK_PURPOSE, token) == str(document.pk)
    assert link in letter.body_html
    assert order.number in letter.subject


def test_a_file_above_the_limit_goes_as_a_link_alone(order: DocumentOrder, settings: LazySettings) -> None:
    settings.ATTACHMENT_LIMIT_BYTES = 100
    drain_orders()
    letter = Letter.objects.get()
    assert not letter.attachments.exists()
    assert "Файл слишком велик для письма" in letter.body_text
    assert "/d/" in letter.body_text


@pytest.mark.parametrize(("size", "attached"), [(99, True), (100, True), (101, False)])
def test_the_limit_itself_is_still_attached(size: int, attached: bool, settings: LazySettings) -> None:
    settings.ATTACHMENT_LIMIT_BYTES = 100
    document = DocumentFactory.create(content=b"x" * size)
    letter, _created = order_letters.write(document.order, document, recipient="a@b.example", place=0)
    assert letter.attachments.exists() is attached


def test_an_order_is_made_when_its_day_has_passed_and_not_before(
    account: Account, trunk: Subscriber, at: Travel
) -> None:
    clock = at("2026-11-22 10:00")
    OrderFactory.create(account=account, trunks=[trunk], due_at=timezone.now() + timedelta(days=1))
    clock.shift(timedelta(days=1, seconds=-1))
    assert production.drain() == 0
    clock.shift(timedelta(seconds=1))
    assert production.drain() == 1


def test_calls_known_by_then_are_in_it(account: Account, trunk: Subscriber, at: Travel) -> None:
    clock = at("2026-11-22 10:00")
    OrderFactory.create(account=account, trunks=[trunk], due_at=timezone.now() + timedelta(days=1))
    clock.shift(timedelta(hours=5))
    CallFactory.create(subscriber=trunk)
    clock.shift(timedelta(hours=20))
    production.drain()
    assert Document.objects.get().made_at == timezone.now()


def test_the_letter_goes_to_the_address_registered_by_then(order: DocumentOrder, account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(cabinet_email="new@customer.example")
    drain_orders()
    assert Letter.objects.get().recipient == fresh(order).recipient == "new@customer.example"


def test_a_second_drain_finds_nothing(order: DocumentOrder) -> None:
    assert (production.drain(), production.drain()) == (1, 0)
    assert Letter.objects.count() == 1


def test_a_lost_claim_writes_nothing(order: DocumentOrder, stored_files: Path) -> None:
    mine = durable.claim(DocumentOrder, lease=production.LEASE)
    assert mine is not None
    DocumentOrder.objects.update(claimed_until=timezone.now() - timedelta(minutes=1))
    theirs = durable.claim(DocumentOrder, lease=production.LEASE)
    assert theirs is not None
    production.produce(theirs)
    with pytest.raises(durable.ClaimLost):
        production.produce(mine)
    assert (Document.objects.count(), Letter.objects.count()) == (1, 1)
    assert stored(stored_files) == [files.location(Document.objects.get().path)]


def test_without_the_claim_there_would_be_two(order: DocumentOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = durable.claim(DocumentOrder, lease=production.LEASE)
    DocumentOrder.objects.update(claimed_until=timezone.now() - timedelta(minutes=1))
    theirs = durable.claim(DocumentOrder, lease=production.LEASE)
    assert mine is not None
    assert theirs is not None
    monkeypatch.setattr(durable, "finish", lambda *_args, **_fields: None)
    production.produce(theirs)
    with pytest.raises(Exception, match="order_id"):  # the next guard: one document per order
        production.produce(mine)


def test_long_work_holds_on_to_its_claim(
    order: DocumentOrder, trunk: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(production, "RENEW_SECONDS", 0)
    monkeypatch.setattr("billing.reports.call_detail.CHUNK_ROWS", 1)
    CallFactory.create(subscriber=trunk)
    renewed: list[int] = []
    renew = durable.renew

    def watching(row: DocumentOrder, *, lease: timedelta) -> None:
        renewed.append(row.pk)
        renew(row, lease=lease)

    monkeypatch.setattr(durable, "renew", watching)
    production.drain()
    assert renewed == [order.pk, order.pk]


def test_long_work_stops_when_its_claim_is_gone(
    order: DocumentOrder, monkeypatch: pytest.MonkeyPatch, stored_files: Path
) -> None:
    monkeypatch.setattr(production, "RENEW_SECONDS", 0)
    mine = durable.claim(DocumentOrder, lease=production.LEASE)
    assert mine is not None
    DocumentOrder.objects.update(claim_token=None)
    with pytest.raises(durable.ClaimLost):
        production.produce(mine)
    assert stored(stored_files) == []


def broken(poison: DocumentOrder) -> DocumentKind:
    """A kind whose report always fails for one order."""

    def write(stream: IO[bytes], order: DocumentOrder, making: Making) -> None:
        stream.write(b"half")
        if order.pk == poison.pk:
            raise RuntimeError("cannot")

    return replace(kinds.KINDS["call_detail"], file_name=lambda order: f"{order.number}.xlsx", write=write)


def test_a_failure_is_tried_again_later(
    order: DocumentOrder, monkeypatch: pytest.MonkeyPatch, at: Travel, stored_files: Path
) -> None:
    clock = at("2099-11-22 10:00")
    monkeypatch.setitem(kinds.KINDS, "call_detail", broken(order))
    production.drain()
    assert (fresh(order).state, fresh(order).attempts) == ("waiting", 1)
    assert "RuntimeError" in fresh(order).last_error
    assert fresh(order).due_at == timezone.now() + timedelta(seconds=30)
    assert (production.drain(), stored(stored_files)) == (0, [])
    monkeypatch.undo()
    clock.shift(timedelta(seconds=30))
    production.drain()
    assert fresh(order).state == "done"


def test_a_poison_order_is_parked_and_stops_nobody_else(
    order: DocumentOrder, account: Account, monkeypatch: pytest.MonkeyPatch, at: Travel, settings: LazySettings
) -> None:
    settings.DURABLE_MAX_CLAIMS = 3
    clock = at("2099-11-22 10:00")
    others = [OrderFactory.create(account=account) for _ in range(2)]
    monkeypatch.setitem(kinds.KINDS, "call_detail", broken(order))
    for _ in range(5):
        production.drain()
        clock.shift(timedelta(hours=2))
    assert (fresh(order).state, fresh(order).attempts) == ("parked", 3)
    assert {fresh(other).state for other in others} == {"done"}
    assert Letter.objects.count() == 2
    monkeypatch.undo()
    assert durable.retry(fresh(order))
    production.drain()
    assert fresh(order).state == "done"


def test_a_kind_nobody_can_make_is_no_dead_end(order: DocumentOrder, account: Account) -> None:
    DocumentOrder.objects.filter(pk=order.pk).update(kind="unknown")
    other = OrderFactory.create(account=account)
    production.drain()
    assert (fresh(order).state, fresh(other).state) == ("waiting", "done")


def test_files_nobody_knows_of_are_removed_a_day_later(stored_files: Path, at: Travel) -> None:
    document = DocumentFactory.create()
    orphan = files.store(files.new_path("documents", ".xlsx"), lambda stream: stream.write(b"x"))
    remove_forgotten_files()
    assert files.location(orphan.path).exists()
    traveller = at("2026-01-01 00:00")
    traveller.move_to(timezone.now().replace(year=2100))
    remove_forgotten_files()
    assert stored(stored_files) == [files.location(document.path)]
