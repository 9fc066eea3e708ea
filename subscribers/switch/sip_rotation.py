"""Seals all SIP passwords and secrets of call sources again with the newest key of SIP_KEYS (3.4).

After that older keys can be removed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from django.db import transaction

from sipcabinet.lib.seals import InvalidToken
from subscribers.models import CallSource, SipAccount
from subscribers.switch import sip_passwords

log = structlog.get_logger(__name__)
BATCH_ROWS = 500


@dataclass(slots=True)
class Rotated:
    """Checked rows: `resealed` (in a dry run: to be), `current` (has the newest key), `unreadable` (with any key)."""

    resealed: int = 0
    current: int = 0
    unreadable: list[dict[str, int]] = field(default_factory=list)  # ids of accounts and trunks, or of a source


def rotate(*, dry_run: bool, progress: Callable[[int], object]) -> Rotated:
    """Seals again every row that needs it, in batches; each batch is a transaction under row locks.

    If the run is killed, finished batches stay and a second run continues. Unreadable rows are not changed.
    """
    counts, last = Rotated(), 0
    while True:
        with transaction.atomic():
            rows = _locked_after(last)
            for row in rows:
                _reseal(row, counts, dry_run=dry_run)
        if not rows:
            break
        last = rows[-1].pk
        progress(len(rows))
    with transaction.atomic():
        for source in CallSource.objects.select_for_update(no_key=True).exclude(secret="").order_by("pk"):
            _reseal_source(source, counts, dry_run=dry_run)
    log.info("sip.rotated", resealed=counts.resealed, unreadable=len(counts.unreadable), dry_run=dry_run)
    return counts


def _reseal_source(source: CallSource, counts: Rotated, *, dry_run: bool) -> None:
    """Secrets of call sources are sealed with the same keys."""
    seal = sip_passwords.SEAL
    try:
        seal.unseal(source.secret)
    except InvalidToken:
        counts.unreadable.append({"source_id": source.pk})
        return
    if seal.is_newest(source.secret):
        counts.current += 1
        return
    counts.resealed += 1
    if not dry_run:
        source.secret = seal.rotate(source.secret)
        source.save(update_fields=["secret"])


def total() -> int:
    """How many rows there are, for a progress bar."""
    return SipAccount.objects.count()


def _locked_after(last: int) -> Sequence[SipAccount]:
    rows = SipAccount.objects.select_for_update(no_key=True).filter(pk__gt=last)
    return list(rows.order_by("pk")[:BATCH_ROWS])


def _reseal(row: SipAccount, counts: Rotated, *, dry_run: bool) -> None:
    try:
        sip_passwords.password_of(row)
    except (InvalidToken, ValueError):
        counts.unreadable.append({"account_id": row.account_id, "trunk_id": row.pk})
        return
    if sip_passwords.SEAL.is_newest(row.password_sealed):
        counts.current += 1
        return
    counts.resealed += 1
    if not dry_run:
        row.password_sealed = sip_passwords.SEAL.rotate(row.password_sealed)
        row.save(update_fields=["password_sealed"])
