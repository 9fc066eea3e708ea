"""The session engine: Django's database store over our own table, which also stores the login and the address.

A session ends at its absolute end (`expire_date`, fixed at sign-in) or SESSION_IDLE after its last use (1.2).

The browser's cookie holds the key, the table only its SHA-256: reading the table gives access to no session. A key has
165 random bits, so a plain digest cannot be reversed by guessing; a keyed digest would end every session at each change
of its secret.
"""

import hashlib
import uuid
from typing import Any, NamedTuple, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import QuerySet

from accounts.models import Session, User
from sipcabinet.lib import clock
from sipcabinet.lib.prepared import Prepared


def _live(digest: Any, now: Any, idle_since: Any) -> QuerySet[Session]:
    """A session with its login, account and customer: every page needs all of them."""
    rows = Session.objects.select_related("user__account__customer")
    return rows.filter(session_key=digest, expire_date__gt=now, last_seen_at__gt=idle_since)


_LIVE = Prepared(_live, 3)


class Origin(NamedTuple):
    """The network address and the User-Agent of a request."""

    address: str = "0.0.0.0"  # noqa: S104 - what requests.client_address calls unknown
    user_agent: str = ""


class SessionStore(DatabaseStore):
    """Stores user, account, address and times in columns, so that sessions can be shown, searched and ended."""

    origin = Origin()
    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        """The session's row, or None after its absolute end or SESSION_IDLE without use."""
        now = clock.now()
        found = (digest_of(self.session_key), now, now - settings.SESSION_IDLE) if self.session_key else None
        self.row = _LIVE.first(*found) if found else None
        if self.row is None:
            self._session_key = None
        return self.row

    async def _aget_session_from_db(self) -> Session | None:
        return await sync_to_async(self._get_session_from_db)()

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=digest_of(session_key)).exists()

    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    def delete(self, session_key: str | None = None) -> None:
        """Ends the session with this browser key, or the current session."""
        key = session_key or self.session_key
        if key:
            Session.objects.filter(session_key=digest_of(key)).delete()

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)

    async def acreate_model_instance(self, data: dict[str, Any]) -> Session:
        return await sync_to_async(self.create_model_instance)(data)

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = cast(Session, super().create_model_instance(data))
        session.session_key = digest_of(session.session_key)
        session.address, session.user_agent = self.origin
        session.user_id = data.get(SESSION_KEY)
        session.account_id = self._account_of(session.user_id)
        if self.row is not None and self.row.session_key == session.session_key:
            session.public_id = self.row.public_id
            session.last_seen_at = self.row.last_seen_at
        # `expire_date` is the sign-in plus SESSION_LIFETIME, also after a change of the key.
        session.started_at = session.expire_date - settings.SESSION_LIFETIME
        self.row = session
        return session

    def save(self, must_create: bool = False) -> None:
        """Saves the session. A change of a session that exists is one UPDATE, without Django's transaction around it.
        Raises UpdateError for a session that was ended meanwhile."""
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        row = self.create_model_instance(self._get_session())  # type: ignore[attr-defined]
        changed = {field.attname: getattr(row, field.attname) for field in Session._meta.concrete_fields}
        if not Session.objects.filter(pk=changed.pop("session_key")).update(**changed):
            raise UpdateError

    def _account_of(self, user_id: Any) -> int | None:
        """The account of a login, which mostly came with the session's row."""
        if not user_id:
            return None
        row = self.row
        if row is not None and str(row.user_id) == str(user_id) and Session.user.is_cached(row):
            return row.user.account_id  # type: ignore[union-attr]
        return User.objects.filter(pk=user_id).values_list("account_id", flat=True).first()

    @property
    def public_id(self) -> uuid.UUID | None:
        """The identifier of a signed-in session on pages."""
        self._get_session()  # type: ignore[attr-defined]
        return self.row.public_id if self.row is not None else None

    def touch(self, *, is_saved_next: bool = False) -> None:
        """Records the time and origin of the session's use; one short UPDATE, at most once a second. A save that comes
        next in the same request writes them too."""
        row, now = self.row, clock.now()
        if row is None or not self.session_key or row.session_key != digest_of(self.session_key):
            return
        if (now - row.last_seen_at).total_seconds() < 1:
            return
        address, user_agent = self.origin
        row.last_seen_at = now  # also used by a later save in the same request
        if not is_saved_next:
            Session.objects.filter(pk=row.pk).update(last_seen_at=now, address=address, user_agent=user_agent)


def digest_of(session_key: str) -> str:
    """The stored hash of a key: 64 hexadecimal digits, the same as PostgreSQL's `encode(sha256(…), 'hex')`."""
    return hashlib.sha256(session_key.encode()).hexdigest()
