"""Rows of the staff's journal as pages and files show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, AuditEvent, Look, User
from desk.selectors import journal_details
from sipcabinet.lib import changes
from sipcabinet.lib.changes import ShownChange


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the journal. `role` says whose action it is; `code` is empty for a look, whose `kind` is shown."""

    at: datetime
    summary: str
    kind: str
    code: str
    account: Account | None
    user: User | None
    who: str
    role: str
    address: str
    pk: int
    changes: list[ShownChange]
    details: list[tuple[str, str]]
    is_look: bool

    @property
    def url(self) -> str:
        """The page of the row."""
        return reverse("admin:desk_journal_look" if self.is_look else "admin:desk_journal_event", args=[self.pk])


def line(row: AuditEvent | Look) -> Line:
    """The row as it is shown."""
    return _of_look(row) if isinstance(row, Look) else _of_event(row)


def _of_event(event: AuditEvent) -> Line:
    told: dict[str, Any] = event.details if isinstance(event.details, dict) else {}
    return Line(
        at=event.at,
        summary=event.summary,
        kind="",
        code=event.action,
        account=event.account,
        user=event.user,
        who=_name(event.user),
        role=_role(event),
        address=event.address or "",
        pk=event.pk,
        changes=[change for _field, change in changes.shown(told)],
        details=journal_details.of(told),
        is_look=False,
    )


def _of_look(look: Look) -> Line:
    return Line(
        at=look.at,
        summary=look.summary,
        kind=look.get_kind_display(),
        code="",
        account=look.account,
        user=look.user,
        who=_name(look.user),
        role=_("сотрудник"),
        address=look.address or "",
        pk=look.pk,
        changes=[],
        details=[(_("Код предмета"), look.subject)],
        is_look=True,
    )


def _name(user: User | None) -> str:
    if user is None:
        return _("Система")
    return user.name or str(user)


def _role(event: AuditEvent) -> str:
    if event.user is None:
        return ""
    return _("сотрудник") if event.by_staff else _("клиент")
