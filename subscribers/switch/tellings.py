"""Data passed to a switch backend: present desired states, with the SIP password if one is needed."""

from collections.abc import Sequence
from contextlib import suppress

from sipcabinet.lib.seals import InvalidToken
from subscribers.models import Provisioning, SipAccount, SipMode
from subscribers.switch import sip_passwords
from subscribers.switch.backends import Telling
from subscribers.switch.facts import State


def of(rows: Sequence[Provisioning]) -> list[Telling]:
    """Tellings of these rows. The rows are read before their passwords, so no password is older than its state.

    Raises InvalidToken or ValueError if a password cannot be read.
    """
    accounts = _accounts(rows)
    return [_telling(row, accounts.get(row.pk)) for row in rows]


def readable(rows: Sequence[Provisioning]) -> list[Telling]:
    """Like `of`, but without rows whose password cannot be read."""
    accounts, found = _accounts(rows), []
    for row in rows:
        with suppress(InvalidToken, ValueError):
            found.append(_telling(row, accounts.get(row.pk)))
    return found


def _accounts(rows: Sequence[Provisioning]) -> dict[int, SipAccount]:
    return SipAccount.objects.in_bulk([row.pk for row in rows if _registers(row.desired)])


def _registers(state: State) -> bool:
    return (state.get("sip") or {}).get("mode") == SipMode.REGISTRATION


def _telling(row: Provisioning, account: SipAccount | None) -> Telling:
    return Telling(
        subscriber_id=row.pk,
        version=row.version,
        state=row.desired,
        password=sip_passwords.password_of(account) if account else "",
    )
