"""The rights of `sipcabinet_viewer`, the role in which staff view an account as its customer sees it (4.9).

They are made from the rights of `sipcabinet_portal` after every `migrate`: the viewer may SELECT what the portal may
SELECT, by the same row-level condition, and nothing else. So a migration of a new table says nothing about the viewer,
and a viewer can never read more than the customer's own page, or write anything.
"""

from typing import Any

from django.conf import settings

from sipcabinet.lib import locks

POLICY = "viewer_own"
_MAY_BE_MADE = "SELECT to_regrole(%s) IS NOT NULL AND to_regprocedure('sipcabinet_tenant()') IS NOT NULL"
_EXISTS = "SELECT to_regrole(%s) IS NOT NULL"
# Pairs of a table and a column; an empty column stands for the whole table.
_READABLE = """
SELECT c.relname, '' FROM pg_class c, aclexplode(c.relacl) a
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
   AND a.grantee = %(role)s::regrole AND a.privilege_type = 'SELECT'
UNION
SELECT c.relname, t.attname FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT t.attisdropped
   AND a.grantee = %(role)s::regrole AND a.privilege_type = 'SELECT'
"""
_CONDITIONS = "SELECT tablename, qual FROM pg_policies WHERE schemaname = 'public' AND policyname = %s"


def mirror(cursor: Any) -> None:
    """Brings the viewer's rights into line with those of the portal; changes nothing where they are in line already.

    Call it as the owner of the tables, in a transaction. Does nothing before the migration that makes the portal's
    role.
    """
    portal, viewer = settings.PORTAL_ROLE, settings.VIEWER_ROLE
    cursor.execute(_MAY_BE_MADE, [portal])
    if cursor.fetchone() != (True,):
        return
    cursor.execute(locks.HOLD, ["sipcabinet roles"])
    cursor.execute(_EXISTS, [viewer])
    if cursor.fetchone() != (True,):
        cursor.execute(f"CREATE ROLE {viewer} NOLOGIN NOINHERIT")
    for statement in (
        f"GRANT {viewer} TO {settings.DATABASE_ROLE}",
        f"GRANT USAGE ON SCHEMA public TO {viewer}",
        f"GRANT EXECUTE ON FUNCTION sipcabinet_tenant() TO {viewer}",
        *_grants(cursor),
        *_policies(cursor),
    ):
        cursor.execute(statement)


def _grants(cursor: Any) -> list[str]:
    wanted, present = (_readable(cursor, role) for role in (settings.PORTAL_ROLE, settings.VIEWER_ROLE))
    # Revoking a right to the whole table also revokes the rights to its columns: such tables are granted anew.
    changed = {table for table, _column_name in present - wanted}
    missing = {(table, column) for table, column in wanted if table in changed or (table, column) not in present}
    return [
        *(f"REVOKE SELECT ON {_quoted(table)} FROM {settings.VIEWER_ROLE}" for table in changed),  # noqa: S608
        *(f"GRANT SELECT{_column(column)} ON {_quoted(table)} TO {settings.VIEWER_ROLE}" for table, column in missing),
    ]


def _policies(cursor: Any) -> list[str]:
    wanted, present = (_conditions(cursor, name) for name in ("portal_own", POLICY))
    changed = [table for table, condition in wanted.items() if present.get(table) != condition]
    stale = [table for table in present if table not in wanted]
    reads = f"FOR SELECT TO {settings.VIEWER_ROLE}"
    return [
        *(f"DROP POLICY IF EXISTS {POLICY} ON {_quoted(table)}" for table in [*stale, *changed]),
        *(f"CREATE POLICY {POLICY} ON {_quoted(table)} {reads} USING ({wanted[table]})" for table in changed),
    ]


def _readable(cursor: Any, role: str) -> set[tuple[str, str]]:
    cursor.execute(_READABLE, {"role": role})
    return set(cursor.fetchall())


def _conditions(cursor: Any, policy: str) -> dict[str, str]:
    cursor.execute(_CONDITIONS, [policy])
    return dict(cursor.fetchall())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _column(name: str) -> str:
    return f" ({_quoted(name)})" if name else ""
