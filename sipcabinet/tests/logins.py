"""The logins of pages on the tests' server; in an installation `bin/web_login.sql` creates these logins."""

from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings

from sipcabinet.lib import locks

LOGIN, PASSWORD = "sipcabinet_pages", "pages"
VIEWER = "sipcabinet_viewing"
MAKE = """
DO $$ BEGIN CREATE ROLE {login} LOGIN INHERIT PASSWORD '{password}';
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
GRANT {role} TO {login} WITH INHERIT TRUE, SET FALSE;
"""


def of_pages(owner_url: str) -> str:
    """PORTAL_DATABASE_URL for the database of `owner_url`; `migrate` must have created the roles before."""
    return _made(owner_url, LOGIN, settings.PORTAL_ROLE)


def of_viewers(owner_url: str) -> str:
    """VIEWER_DATABASE_URL, like `of_pages`."""
    return _made(owner_url, VIEWER, settings.VIEWER_ROLE)


def _made(owner_url: str, login: str, role: str) -> str:
    with psycopg.connect(owner_url) as owner:
        owner.execute("RESET ROLE")
        owner.execute(f"SELECT pg_advisory_xact_lock({locks.KEY})", ["sipcabinet roles"])
        owner.execute(MAKE.format(login=login, password=PASSWORD, role=role).encode())
    parts = urlsplit(owner_url)
    return urlunsplit(parts._replace(netloc=f"{login}:{PASSWORD}@{parts.hostname}:{parts.port}"))
