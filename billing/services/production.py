"""Creates ordered documents: claim, write the file; document, letter and outcome in one transaction (2.3.4)."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import transaction

from billing import kinds
from billing.kinds import DocumentKind
from billing.models import Document, DocumentOrder
from billing.reports.making import Making
from billing.services import invoice_files, order_letters
from sipcabinet.lib import clock, durable, files
from sipcabinet.lib.files import StoredFile
from subscribers.selectors import completeness

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)
RENEW_SECONDS = 30
FOLDER = "documents"
KEPT_FORGOTTEN = timedelta(days=1)  # longer than any worker may work on a file


class Made(NamedTuple):
    """When the work on a file began, and the phrase in it that says up to when its calls are imported."""

    at: datetime
    calls_known: str


def drain() -> int:
    """Creates every due document, one after another; returns how many orders were claimed. A failed one is retried,
    then parked."""
    return durable.drain(lambda: durable.claim(DocumentOrder, lease=LEASE), produce)


def produce(order: DocumentOrder) -> None:
    """Creates a claimed order's document and queues its letter; raises ClaimLost if another worker has the order now.

    A crash leaves at most a file without a database row, which `remove_forgotten` removes.
    """
    kind, made_at = kinds.of(order), clock.now()
    calls_known = completeness.of(order.account).words  # before the calls are read: more may be imported then
    making = Making(calls_known=calls_known, alive=_heartbeat(order), issued_file=invoice_files.file_of)
    stored = files.store(files.new_path(FOLDER, kind.extension), lambda stream: kind.write(stream, order, making))
    try:
        _hand_over(order, kind, stored, Made(made_at, calls_known))
    except durable.ClaimLost:
        files.remove(stored.path)  # after any other error the commit may have reached the database, so the file stays
        raise
    log.info("order.made", order_id=order.pk, size=stored.size)


def remove_forgotten() -> int:
    """Removes files older than a day that a killed worker left behind; returns how many. Files of documents stay."""
    removed = files.remove_forgotten(
        FOLDER, older_than=KEPT_FORGOTTEN, is_kept=lambda path: Document.objects.filter(path=path).exists()
    )
    if removed:
        log.info("documents.forgotten_removed", files=removed)
    return removed


def _hand_over(order: DocumentOrder, kind: DocumentKind, stored: StoredFile, made: Made) -> None:
    recipient = order.account.cabinet_email  # the present registered e-mail: staff may have changed it since the order
    with transaction.atomic():
        durable.finish(order, recipient=recipient)
        document = Document.objects.create(
            account=order.account,
            order=order,
            file_name=files.safe_name(kind.file_name(order)),
            content_type=kind.content_type,
            path=stored.path,
            sha256=stored.sha256,
            size=stored.size,
            made_at=made.at,
            calls_known=made.calls_known,
        )
        order_letters.write(order, document, recipient=recipient, place=0)


def _heartbeat(order: DocumentOrder) -> Callable[[], None]:
    """A callback that renews the claim from time to time; raises ClaimLost if the claim is lost."""
    renewed = time.monotonic()

    def alive() -> None:
        nonlocal renewed
        if time.monotonic() - renewed >= RENEW_SECONDS:
            durable.renew(order, lease=LEASE)
            renewed = time.monotonic()

    return alive
