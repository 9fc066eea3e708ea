"""Просмотр кабинета: staff look at the pages of an account as its customer, and write nothing (4.9).

The session holds the number of the view; the row decides whether the view is still open. So a view that has ended in
one tab, or by the clock, is over in all tabs. The journal of the account says that staff looked; the operator's own
journal also says why, from where, and when and how the view ended.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import Account, CustomerView, User, ViewEnd
from accounts.services import audit
from sipcabinet.lib import clock, requests
from sipcabinet.lib.errors import DomainError
from sipcabinet.lib.words import counted

log = structlog.get_logger(__name__)
KEY = "customer_view"  # of the session: the primary key of its view
PERMISSION = "accounts.view_as_customer"
# Who may see whom a customer called. A view shows calls only to staff who also see them at the desk.
DIALLED_NUMBERS = "subscribers.view_dialled_numbers"


class ViewEndedError(DomainError):
    """The view of this session is over; `account_id` is the account that was viewed."""

    def __init__(self, message: str, account_id: int | None = None) -> None:
        super().__init__(message, code="customer_view.ended")
        self.account_id = account_id


@dataclass(frozen=True, slots=True)
class Viewing:
    """An open view, for the pages of the account: `staff` looks, `customer` is the login that the pages show."""

    view: CustomerView
    staff: User
    customer: User

    @property
    def account(self) -> Account:
        return self.view.account

    @property
    def left(self) -> str:
        """The time left of the view in words: `29 минут`; a part of a minute counts as a minute."""
        minutes = max(1, -(-int((self.view.until - clock.now()).total_seconds()) // 60))
        return counted(minutes, _("минута"), _("минуты"), _("минут"))

    @property
    def sees_dialled_numbers(self) -> bool:
        return self.staff.has_perm(DIALLED_NUMBERS)


def may_view(user: Any) -> bool:
    """Whether the user may view accounts now: a person of the staff with the right and a proven second factor."""
    verified = getattr(user, "is_verified", lambda: False)
    return bool(user.is_active and user.is_staff and user.has_perm(PERMISSION) and verified())


@transaction.atomic
def begin(*, request: HttpRequest, account: Account, reason: str) -> CustomerView:
    """Begins a view of the account in this session, for CUSTOMER_VIEW_LIFETIME; a former view of the session ends.

    Records it in both journals. Raises PermissionDenied without the right, DomainError without a reason.
    """
    staff = request.user
    if not isinstance(staff, User) or not may_view(staff):
        raise PermissionDenied
    reason = " ".join(reason.split())
    if not reason:
        raise DomainError(_("Укажите причину просмотра"), code="customer_view.no_reason")
    end(request=request, how=ViewEnd.OTHER_VIEW)
    now = clock.now()
    view = CustomerView.objects.create(
        staff=staff,
        account=account,
        reason=reason,
        address=requests.client_address(request),
        started_at=now,
        until=now + settings.CUSTOMER_VIEW_LIFETIME,
    )
    request.session[KEY] = view.pk
    audit.record(action=audit.Action.CABINET_VIEWED, account=account, user=staff, request=request)
    _record(audit.Action.VIEW_BEGUN, view, {"until": view.until.isoformat()}, view.address, reason)
    log.info("customer_view.begun", view_id=view.pk, account_id=account.pk, user_id=staff.pk)
    return view


def of(request: HttpRequest) -> Viewing | None:
    """The open view of this session; None if it has none. Ends a view whose time is over or whose right is lost.

    Raises ViewEndedError, once, if the session's view has ended.
    """
    pk = request.session.get(KEY)
    if pk is None or not isinstance(request.user, User):
        return None
    staff = request.user
    view = CustomerView.objects.select_related("account__customer").filter(pk=pk, staff=staff).first()
    if view is not None and view.ended_at is None:
        if view.until <= clock.now():
            _end(view, ViewEnd.EXPIRED, at=view.until)
        elif not may_view(staff):
            _end(view, ViewEnd.RIGHT_LOST, address=requests.client_address(request))
        else:
            return Viewing(view, staff, _administrator(view.account))
    del request.session[KEY]
    if view is None:
        raise ViewEndedError(_("Просмотр кабинета закончен."))
    raise ViewEndedError(_words_of_end(view), None if view.ended_by == ViewEnd.RIGHT_LOST else view.account_id)


def still_open(request: HttpRequest) -> CustomerView | None:
    """The open view of this session, for the page that would begin another one; changes nothing."""
    pk, now = request.session.get(KEY), clock.now()
    rows = CustomerView.objects.select_related("account__customer").filter(ended_at=None, until__gt=now)
    return rows.filter(pk=pk, staff=request.user.pk).first() if pk is not None else None


def end(*, request: HttpRequest, how: ViewEnd) -> CustomerView | None:
    """Ends the view of this session; returns it, or None if the session has no view of its user."""
    pk = request.session.pop(KEY, None)
    if pk is None or not isinstance(request.user, User):
        return None
    view = CustomerView.objects.select_related("account__customer").filter(pk=pk, staff=request.user).first()
    if view is not None and view.ended_at is None:
        _end(view, how, address=requests.client_address(request))
    return view


def end_overdue() -> int:
    """Ends the views whose time is over and whose sessions ask for no more pages; returns how many."""
    overdue = CustomerView.objects.select_related("account__customer", "staff").filter(
        ended_at=None, until__lte=clock.now()
    )
    return sum(_end(view, ViewEnd.EXPIRED, at=view.until) for view in overdue)


@transaction.atomic
def _end(view: CustomerView, how: ViewEnd, *, at: datetime | None = None, address: str | None = None) -> bool:
    """Ends the view and records this once, whoever comes first; False if the view had ended already."""
    view.ended_at, view.ended_by = at or clock.now(), how
    changed = CustomerView.objects.filter(pk=view.pk, ended_at=None).update(ended_at=view.ended_at, ended_by=how)
    if not changed:
        view.refresh_from_db(fields=["ended_at", "ended_by"])
        return False
    seconds = int((view.ended_at - view.started_at) / timedelta(seconds=1))
    _record(audit.Action.VIEW_ENDED, view, {"how": str(how), "seconds": seconds}, address, str(how.label))
    log.info("customer_view.ended", view_id=view.pk, how=str(how))
    return True


def _record(action: audit.Action, view: CustomerView, details: dict[str, Any], address: str | None, words: str) -> None:
    """Writes into the operator's own journal: the customer's journal shows neither the reason nor the end."""
    account = view.account
    summary = f"{action.label}: {_('л/с')} {account.number}, {account.customer.name}: {words}"
    facts = {"view": view.pk, "account": account.pk, "reason": view.reason, **details}
    audit.record(action=action, user=view.staff, summary=summary, details=facts, address=address)


def _administrator(account: Account) -> User:
    """The first open login of the account, or an unsaved one: the pages of an account without a login can be viewed
    too."""
    found = User.objects.filter(account=account, is_active=True).defer("password").order_by("pk").first()
    user = found or User(is_active=False)
    user.account = account
    return user


def _words_of_end(view: CustomerView) -> str:
    return _("Просмотр кабинета л/с %(number)s закончен: %(how)s.") % {
        "number": view.account.number,
        "how": view.get_ended_by_display(),
    }
