"""«Сегодня сделали коллеги»: the latest events of today that other staff caused (4.2, 4.10)."""

from dataclasses import dataclass
from typing import Any

from accounts.models import AuditEvent
from sipcabinet.lib import clock
from sipcabinet.lib.periods import midnight

MOST = 8
_ICONS = {
    "guarantee": "shield", "payment": "pay", "statement": "bill", "invoice": "docs", "correction": "refresh",
    "debt": "clock", "letter": "mail", "order": "orders", "rate": "table", "service": "services",
    "channels": "channels", "provisioning": "channels", "number": "phone", "subscriber": "phone", "trunk": "phone",
    "reject": "phone", "import": "phone", "calls": "phone", "customer": "users", "account": "users", "user": "user",
    "login": "user", "password": "lock", "group": "lock", "step_up": "lock", "rights": "lock",
}  # fmt: skip
_OWN_MATTERS = ("sign_in.", "second_factor.", "session.", "step_up.", "password.")  # of the person, no work


@dataclass(frozen=True, slots=True)
class Done:
    """An event with the icon of its kind."""

    event: AuditEvent
    icon: str

    @property
    def who(self) -> str:
        user = self.event.user
        return (user.get_short_name() or user.get_username()) if user else ""

    @property
    def time(self) -> str:
        """`11:20`, Minsk."""
        return clock.minsk(self.event.at).strftime("%H:%M")


def by_others(user: Any) -> list[Done]:
    """The newest MOST events; one query."""
    rows = AuditEvent.objects.filter(by_staff=True, at__gte=midnight(clock.today())).exclude(user=user)
    for beginning in _OWN_MATTERS:
        rows = rows.exclude(action__startswith=beginning)
    rows = rows.select_related("account__customer", "user").defer("user__password").order_by("-at", "-pk")
    return [Done(event, _ICONS.get(event.action.partition(".")[0], "history")) for event in rows[:MOST]]
