"""Looks of the staff at customers' calls, letters, files and SIP parameters: who, when, from where (4.10).

A page of the desk calls `record`. A customer's page calls `note`: it is a look only if staff view it as the customer.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest

from accounts.models import Account, Look, User
from sipcabinet.lib import clock, requests
from sipcabinet.lib.look_kinds import LookKind

_SUBJECT_LENGTH = 120
_SUMMARY_LENGTH = 300
_NOTED = "noted_look"  # the attribute of a request


@dataclass(frozen=True, slots=True)
class Noted:
    """What a customer's page shows."""

    kind: LookKind
    subject: str
    summary: str


def note(request: HttpRequest, kind: LookKind, subject: str, summary: str) -> None:
    """Says what this customer's page shows. `CustomerViewMiddleware` writes it down if staff view the page as the
    customer: the page itself can write nothing then. Neither text may contain a dialled number."""
    setattr(request, _NOTED, Noted(kind, subject, summary))


def noted(request: HttpRequest) -> Noted | None:
    """What the page of this request said by `note`."""
    found: Noted | None = getattr(request, _NOTED, None)
    return found


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
