"""Looks of the staff at customers' calls, letters, files and SIP parameters: who, when, from where (4.10)."""

from collections.abc import Iterable

from django.http import HttpRequest

from accounts.models import Account, Look, User
from sipcabinet.lib import clock, requests
from sipcabinet.lib.look_kinds import LookKind

_SUBJECT_LENGTH = 120
_SUMMARY_LENGTH = 300


def record(
    *,
    request: HttpRequest,
    kind: LookKind,
    subject: str,
    summary: str,
    accounts: Iterable[Account | None] = (None,),
) -> None:
    """Writes a look of the signed-in staff user for each account (None: a page of several accounts), in one statement.

    Call it before the page or the file is returned, so that nothing is shown without its row. A look of the same hour
    at the same subject from the same address is written once. `subject` and `summary` must contain no dialled number.
    Does nothing for a request without a staff user: customers look at their own data.
    """
    user = request.user
    if not isinstance(user, User) or not user.is_staff:
        return
    now = clock.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    address = requests.client_address(request)
    rows = [
        Look(
            account=account,
            user=user,
            kind=kind,
            subject=subject[:_SUBJECT_LENGTH],
            summary=summary[:_SUMMARY_LENGTH],
            at=now,
            hour=hour,
            address=address,
        )
        for account in dict.fromkeys(accounts)
    ]
    Look.objects.bulk_create(rows, ignore_conflicts=True)
