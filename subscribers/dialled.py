"""Who of the staff may see the numbers of other parties in calls (4.10): others see masks and get no call detail."""

from typing import Any

from sipcabinet.lib import phones

PERMISSION = "subscribers.view_dialled_numbers"


def may_see(user: Any) -> bool:
    """Whether a user of the staff may see dialled numbers."""
    return bool(user.has_perm(PERMISSION))


def shown(number: str, user: Any) -> str:
    """The other party's number as this user may see it: whole, or `+375 29 •••-••-17`."""
    return phones.display(number) if may_see(user) else phones.masked(number)
