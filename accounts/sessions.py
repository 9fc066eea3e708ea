"""The session engine: Django's database store over our own table, which knows whose a session is and from where.

A session ends at its absolute end (`expire_date`, fixed at sign-in) or SESSION_IDLE after its last use (1.2).
"""

import uuid
from typing import Any, NamedTuple, cast

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
        self.row = live.filter(session_key=self.session_key).first()
        if self.row is None:
            self._session_key = None
        return self.row

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = cast(Session, super().create_model_instance(data))
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
        if row is None or row.session_key != self.session_key or (now - row.last_seen_at).total_seconds() < 1:
            return
        address, user_agent = self.origin
        row.last_seen_at = now  # also for a save of this same request
        Session.objects.filter(pk=row.pk).update(last_seen_at=now, address=address, user_agent=user_agent)


def _account_of(user_id: Any) -> int | None:
    return User.objects.filter(pk=user_id).values_list("account_id", flat=True).first()
