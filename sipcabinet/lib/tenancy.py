"""The two walls between tenants (accounts).

First wall: every selector starts at `of(account)`. Second wall: a customer's page runs in one transaction as the
database role `sipcabinet_portal`, whose row-level policies show and accept only rows of the account that the
transaction has proved (`tenant_proof`). Each wall alone must be enough.

With PORTAL_DATABASE_URL the page has a separate database login, which can take no other role. Without that setting the
page uses the application's login and takes the role for one transaction: this protects against a forgotten filter, but
an SQL statement injected into the page could leave the role again.

While staff view an account as its customer sees it (4.9), the second wall has the role `sipcabinet_viewer`, which may
only read: `viewer` takes the place of `portal`, also where a view opens `portal` itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from django.db.utils import ConnectionHandler
from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, get_urlconf, resolve
from django.utils.functional import LazyObject
from psycopg import pq

from sipcabinet.lib import live_connections, pipeline, prepared_statements, tenant_proof

_LONGEST_PATH = 200  # of those that are kept
# Statements of pages are planned once for any value (`prepared_statements`): otherwise PostgreSQL weighs a new plan for
# the values of each page, which takes longer than the answer.
SETTLED = "SELECT set_config($1, $2, true), set_config('plan_cache_mode', 'force_generic_plan', true)"
_BEGIN = pipeline.statement("BEGIN")
_SESSION = pipeline.statement("SELECT pg_backend_pid()")
M = TypeVar("M", bound=models.Model)
V = TypeVar("V", bound=Callable[..., Any])
# Connections of PORTAL_DATABASE_URL, one per thread, under the alias `default`: the code of pages uses no other alias.
_own_logins = ConnectionHandler({DEFAULT_DB_ALIAS: settings.PORTAL_DATABASE}) if settings.PORTAL_DATABASE else None
# The same of VIEWER_DATABASE_URL, for pages that staff view as the customer.
_viewer_logins = ConnectionHandler({DEFAULT_DB_ALIAS: settings.VIEWER_DATABASE}) if settings.VIEWER_DATABASE else None
# The account whose pages this thread shows to a viewer, if any.
_viewed: ContextVar[int | None] = ContextVar("viewed", default=None)


class OnlyViewedError(Exception):
    """Something would be written, outside of the database, while staff view the pages of a customer."""


class HasId(Protocol):
    """The part of an account that the walls need."""

    @property
    def pk(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Tenant:
    """The first wall: rows that belong to one account."""

    account_id: int

    def rows(self, model: type[M]) -> models.QuerySet[M]:
        """Rows of a tenant table that belong to this account."""
        return model._default_manager.filter(account_id=self.account_id)


def of(account: HasId) -> Tenant:
    """The tenant of an account: every read for a customer starts here."""
    return Tenant(account_id=account.pk)


@contextmanager
def portal(account_id: int) -> Iterator[None]:
    """The second wall: a transaction that sees and writes rows of this account alone.

    The proof ends with the transaction; releasing a savepoint inside does not undo the wall. A streamed answer is
    generated after the page's transaction, so it must open `portal` again. Raises OperationalError when the database
    cannot be reached. While staff view this account, the viewer's wall already stands and stays; another account is
    refused with PermissionDenied.
    """
    viewed = _viewed.get()
    if viewed is not None:
        if viewed != account_id:
            raise PermissionDenied
        yield
        return
    with _second_wall(account_id, settings.PORTAL_ROLE, _own_logins):
        yield


@contextmanager
def viewer(account_id: int) -> Iterator[None]:
    """The second wall for staff who view this account (4.9): a transaction that reads the account's rows and writes
    nothing. It always ends with a rollback.

    The role has no right to write. The transaction is also READ ONLY, which refuses what needs no right to a table.
    Raises OperationalError when the database cannot be reached.
    """
    token = _viewed.set(account_id)
    try:
        with _second_wall(account_id, settings.VIEWER_ROLE, _viewer_logins):
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION READ ONLY")
                yield
            finally:
                transaction.set_rollback(True)
    finally:
        _viewed.reset(token)


def refuse_to_write_as_viewer() -> None:
    """Raises OnlyViewedError while staff view an account. For writes that the database cannot refuse, such as files."""
    if _viewed.get() is not None:
        raise OnlyViewedError


@contextmanager
def _second_wall(account_id: int, role: str, logins: ConnectionHandler | None) -> Iterator[None]:
    with _role_for_a_transaction(account_id, role) if logins is None else _own_login(account_id, logins):
        try:
            yield
        finally:
            prepared_statements.forget_asked(connection)


@contextmanager
def _own_login(account_id: int, logins: ConnectionHandler) -> Iterator[None]:
    """Replaces the application's connection with the page's own connection while the block runs."""
    application, own = connections[DEFAULT_DB_ALIAS], logins[DEFAULT_DB_ALIAS]
    own.close_if_unusable_or_obsolete()
    if own.connection is not None and live_connections.was_ended(own.connection):
        own.close()
    connections[DEFAULT_DB_ALIAS] = own
    try:
        with transaction.atomic():
            _prove(account_id)
            yield
    finally:
        connections[DEFAULT_DB_ALIAS] = application


def _prove(account_id: int, role: str = "") -> None:
    """Gives the transaction its proof as a bound parameter (other sessions may see the text of a statement), and with
    it the role, if any. The beginning of the transaction goes to the server in the same round trip, and the page does
    not wait for the answer: without the proof PostgreSQL shows no row. The next statement raises what failed.

    Behind a pooler the session is known only within the transaction, which costs a round trip more (DATABASE_POOLED).
    """
    connection.ensure_connection()
    raw: Any = connection.connection
    settled = f"{SETTLED}, set_config('role', $3, true)" if role else SETTLED
    with connection.wrap_database_errors:
        begun = [] if raw.info.transaction_status != pq.TransactionStatus.IDLE else [_BEGIN]
        session: Any = raw.info.backend_pid
        if settings.DATABASE_POOLED:
            *_, asked = pipeline.send(raw, [*begun, _SESSION])
            begun, session = [], pipeline.answer(raw, asked).get_value(0, 0)
        given = [tenant_proof.SETTING, tenant_proof.of(account_id, int(session)), role]
        pipeline.send(raw, [*begun, pipeline.statement(settled, given if role else given[:2])])


@contextmanager
def _role_for_a_transaction(account_id: int, role: str) -> Iterator[None]:
    """Takes the role on the application's connection, and gives the role back at the end."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        _prove(account_id, role)
        yield
        if not outermost and not connection.needs_rollback:
            # The outer transaction (of a test) goes on in the application's role. A whole one ends with its settings.
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL ROLE {settings.DATABASE_ROLE}")
                cursor.execute("SELECT set_config(%s, '', true)", [tenant_proof.SETTING])


def exempt(view: V) -> V:
    """Marks a view that runs in the application's role: sign-in, sign-out, and pages that belong to no account."""
    view.tenancy_exempt = True  # type: ignore[attr-defined]
    return view


def _is_exempt(path: str) -> bool:
    if len(path) > _LONGEST_PATH:
        return _finds_exempt(path)
    return _known_exempt(path, get_urlconf() or settings.ROOT_URLCONF)


@lru_cache(maxsize=4_000)
def _known_exempt(path: str, _urlconf: str) -> bool:
    """`resolve` takes as long as a short query, and Django asks it again to find the view."""
    return _finds_exempt(path)


def _finds_exempt(path: str) -> bool:
    try:
        view = resolve(path).func
    except Resolver404:
        return True
    return bool(getattr(view, "tenancy_exempt", False))


class TenantMiddleware:
    """Runs a signed-in customer's page behind the second wall, rendering included.

    An error inside rolls back everything that the page wrote.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        account_id = getattr(getattr(request, "user", None), "account_id", None)
        if account_id is None or _is_exempt(request.path_info):
            return self.get_response(request)
        while isinstance(request.user, LazyObject):  # it has been read, and a template asks it for dozens of attributes
            request.user = request.user._wrapped  # noqa: SLF001
        with portal(account_id):
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response
