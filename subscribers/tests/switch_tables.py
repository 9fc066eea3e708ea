"""A switch's database for tests: a database of its own beside that of the portal, with the tables of records."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
from django.db import connection

# As `switch/kamailio/schema.sql` creates it, without the triggers.
ACC_CDRS = """
CREATE TABLE acc_cdrs (
    id SERIAL PRIMARY KEY, start_time TIMESTAMP DEFAULT '2000-01-01' NOT NULL,
    end_time TIMESTAMP DEFAULT '2000-01-01' NOT NULL, duration REAL DEFAULT 0 NOT NULL, setup_time TIMESTAMP,
    caller VARCHAR(64) DEFAULT '' NOT NULL, callee VARCHAR(64) DEFAULT '' NOT NULL,
    account_code VARCHAR(64) DEFAULT '' NOT NULL, sip_code VARCHAR(3) DEFAULT '' NOT NULL,
    call_id VARCHAR(255) DEFAULT '' NOT NULL, leg SMALLINT DEFAULT 0 NOT NULL
)
"""
MISSED_CALLS = """
CREATE TABLE missed_calls (
    id SERIAL PRIMARY KEY, method VARCHAR(16), from_tag VARCHAR(64), to_tag VARCHAR(64), callid VARCHAR(255),
    sip_code VARCHAR(3), sip_reason VARCHAR(128), time TIMESTAMP NOT NULL, src_user VARCHAR(64), dst_user VARCHAR(64)
)
"""
# The table of Asterisk's documentation for cdr_pgsql and cdr_adaptive_odbc, with a number of the row.
CDR = """
CREATE TABLE cdr (
    calldate TIMESTAMPTZ NOT NULL, clid VARCHAR(80), src VARCHAR(80), dst VARCHAR(80), dcontext VARCHAR(80),
    channel VARCHAR(80), dstchannel VARCHAR(80), lastapp VARCHAR(80), lastdata VARCHAR(80), duration INTEGER,
    billsec INTEGER, disposition VARCHAR(45), amaflags INTEGER, accountcode VARCHAR(20), uniqueid VARCHAR(150),
    userfield VARCHAR(255), id BIGSERIAL PRIMARY KEY
)
"""


class SwitchTables:
    """The tables, written as the switch would write them."""

    def __init__(self, url: str) -> None:
        self.url = url

    def run(self, statement: str, values: Any = None) -> None:
        with psycopg.connect(self.url, autocommit=True) as switch:
            switch.execute(statement, values)

    def add(self, table: str, **cells: Any) -> None:
        names, places = ", ".join(f'"{name}"' for name in cells), ", ".join(["%s"] * len(cells))
        self.run(f"INSERT INTO {table} ({names}) VALUES ({places})", list(cells.values()))


@contextmanager
def switch_database() -> Iterator[SwitchTables]:
    """An empty database on the server of the tests, gone afterwards."""
    about, name = connection.settings_dict, f"switch_{uuid4().hex[:12]}"
    server = {"user": about["USER"], "password": about["PASSWORD"], "host": about["HOST"], "port": about["PORT"]}
    told = {key: str(value) for key, value in server.items() if value}
    with psycopg.connect(psycopg.conninfo.make_conninfo(dbname="postgres", **told), autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name}")
        try:
            yield SwitchTables(psycopg.conninfo.make_conninfo(dbname=name, **told))
        finally:
            owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
