"""The two walls between tenants.

First: every selector starts at `of(account)`. Second: a customer's page runs in one transaction as the database role
`sipcabinet_portal`, whose row-level policies show and take only rows of the account named in a transaction-local
setting. Either wall alone must hold.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.db import connection, models, transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve

M = TypeVar("M", bound=models.Model)
V = TypeVar("V", bound=Callable[..., Any])
SETTING = "sipcabinet.account_id"


class HasId(Protocol):
    """An account, as far as the walls need to know it."""

    @property
    def pk(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Tenant:
    """The first wall: what belongs to one account."""

    account_id: int

    def rows(self, model: type[M]) -> models.QuerySet[M]:
        """Rows of a tenant table that belong to this account."""
        return model._default_manager.filter(account_id=self.account_id)


def of(account: HasId) -> Tenant:
    """Start of every read that serves a customer."""
    return Tenant(account_id=account.pk)


@contextmanager
def portal(account_id: int) -> Iterator[None]:
    """The second wall: a transaction that sees and writes this account alone.

    `SET LOCAL` ends with the transaction; a savepoint released inside does not undo it. A streamed answer is made
    after the page's transaction, so it opens a scope of its own.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, str(account_id)])
        cursor.execute(f"SET LOCAL ROLE {settings.PORTAL_ROLE}")
        yield
        if not connection.needs_rollback:
            # Back to the application's role, also where an outer transaction goes on (tests).
            cursor.execute(f"SET LOCAL ROLE {settings.DATABASE_ROLE}")
            cursor.execute("SELECT set_config(%s, '', true)", [SETTING])


def exempt(view: V) -> V:
    """Marks a view that runs as the application's role: signing in and out, and pages of nobody."""
    view.tenancy_exempt = True  # type: ignore[attr-defined]
    return view


def _is_exempt(path: str) -> bool:
    try:
        view = resolve(path).func
    except Resolver404:
        return True
    return bool(getattr(view, "tenancy_exempt", False))


class TenantMiddleware:
    """Runs a signed-in customer's page behind the second wall, rendering included.

    An error inside rolls the page's transaction back; what must survive it (an audit row of a refusal) is queued with
    `after_page` and written afterwards as the application's role.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        account_id = getattr(getattr(request, "user", None), "account_id", None)
        if account_id is None or _is_exempt(request.path_info):
            return self.get_response(request)
        response = self._behind_the_wall(request, account_id)
        for write in getattr(request, "after_page", ()):
            write()
        return response

    def _behind_the_wall(self, request: HttpRequest, account_id: int) -> HttpResponseBase:
        with portal(account_id):
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response


def after_page(request: HttpRequest, write: Callable[[], object]) -> None:
    """Queues a write for after the page's transaction, whether it was kept or rolled back."""
    queue: list[Callable[[], object]] = getattr(request, "after_page", [])
    queue.append(write)
    request.after_page = queue  # type: ignore[attr-defined]
