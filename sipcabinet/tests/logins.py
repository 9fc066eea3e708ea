"""The login of customers' pages on the tests' server; in an installation `bin/web_login.sql` creates this login."""

from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings

from sipcabinet.lib import locks

LOGIN, PASSWORD = "sipcabinet_pages", "pages"
MAKE = f"""
DO $$ BEGIN CREATE ROLE {LOGIN} LOGIN INHERIT PASSWORD '{PASSWORD}';
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
GRANT {settings.PORTAL_ROLE} TO {LOGIN} WITH INHERIT TRUE, SET FALSE;
"""


def of_pages(owner_url: str) -> str:
    """PORTAL_DATABASE_URL for the database of `owner_url`; `migrate` must have created the roles before."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(f"SELECT pg_advisory_lock({locks.KEY})", ["sipcabinet roles"])
        owner.execute(MAKE.encode())
    parts = urlsplit(owner_url)
    return urlunsplit(parts._replace(netloc=f"{LOGIN}:{PASSWORD}@{parts.hostname}:{parts.port}"))
