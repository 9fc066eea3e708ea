"""The session engine: Django's database store over our own table, which knows whose a session is and from where.

A session ends at its absolute end (`expire_date`, fixed at sign-in) or SESSION_IDLE after its last use (1.2).

The browser's cookie holds the key, the table only its SHA-256: who reads the table gets nobody's session. A key has 165
random bits, so a plain digest cannot be guessed backwards; a secret of ours in it would end every session at each
change of that secret.
"""

import hashlib
import uuid
from typing import Any, NamedTuple, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from accounts.models import Session, User
from sipcabinet.lib import clock


class Origin(NamedTuple):
    """From where a request comes."""

    address: str = "0.0.0.0"  # noqa: S104 - what requests.client_address calls unknown
    user_agent: str = ""


class SessionStore(DatabaseStore):
    """Keeps user, account, address and times in columns, so that they can be shown, searched and ended."""

    origin = Origin()
    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        """The row, unless one of its two ends has come."""
        now = clock.now()
        live = Session.objects.filter(expire_date__gt=now, last_seen_at__gt=now - settings.SESSION_IDLE)
        self.row = live.filter(session_key=digest_of(self.session_key)).first() if self.session_key else None
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
        """Ends the session with this key of a browser, or the one at hand."""
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
        session.account_id = _account_of(session.user_id) if session.user_id else None
        if self.row is not None and self.row.session_key == session.session_key:
            session.public_id = self.row.public_id
            session.last_seen_at = self.row.last_seen_at
        # What starts at sign-in ends SESSION_LIFETIME later, also after its key was changed.
        session.started_at = session.expire_date - settings.SESSION_LIFETIME
        self.row = session
        return session

    @property
    def public_id(self) -> uuid.UUID | None:
        """The name of a signed-in session on pages."""
        self._get_session()  # type: ignore[attr-defined]
        return self.row.public_id if self.row is not None else None

    def touch(self) -> None:
        """Notes that the session was used just now, from where; one short UPDATE, at most once a second."""
        row, now = self.row, clock.now()
        if row is None or not self.session_key or row.session_key != digest_of(self.session_key):
            return
        if (now - row.last_seen_at).total_seconds() < 1:
            return
        address, user_agent = self.origin
        row.last_seen_at = now  # also for a save of this same request
        Session.objects.filter(pk=row.pk).update(last_seen_at=now, address=address, user_agent=user_agent)


def digest_of(session_key: str) -> str:
    """What the table keeps of a key: 64 hexadecimal digits, as PostgreSQL's `encode(sha256(…), 'hex')` writes them."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def _account_of(user_id: Any) -> int | None:
    return User.objects.filter(pk=user_id).values_list("account_id", flat=True).first()
