"""A database with Kamailio's own schema for tests, from the scripts of its Debian package (bin/local/kamailio.py)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg

SCHEMA = "KAMAILIO_SCHEMA"
# `standard` creates the table of versions, into which the other scripts write.
SCRIPTS = ("standard", "auth_db", "alias_db", "avpops", "group", "permissions", "dialplan", "usrloc", "acc", "dialog",
           "dispatcher")  # fmt: skip


@contextmanager
def database(schema: Path) -> Iterator[str]:
    """Creates a database on the server of the tests; yields its URL and drops the database afterwards."""
    name, server = f"kamailio_{uuid4().hex[:12]}", os.environ["DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name}")
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    try:
        with psycopg.connect(url, autocommit=True) as owner:
            for script in SCRIPTS:
                owner.execute((schema / f"{script}-create.sql").read_bytes())
        yield url
    finally:
        with psycopg.connect(server, autocommit=True) as owner:
            owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
