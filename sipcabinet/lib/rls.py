"""Migration operations that grant tables to the database roles and raise the second wall.

Kept apart from the apps, so that migrations never import them. What an operation does is fixed by its arguments.
"""

from typing import Any

from django.conf import settings
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

MINE = "NULLIF(current_setting('sipcabinet.account_id', true), '')::bigint"


class _SqlOperation(Operation):
    reduces_to_sql = True
    reversible = True
    atomic = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The models do not change."""

    def forwards(self) -> list[str]:
        raise NotImplementedError

    def backwards(self) -> list[str]:
        return []

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        for statement in self.forwards():
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        for statement in self.backwards():
            schema_editor.execute(statement, params=None)


class CreateRoles(_SqlOperation):
    """The application's and the portal's role. Roles belong to the whole cluster, so they may be there already."""

    def forwards(self) -> list[str]:
        app, portal = settings.DATABASE_ROLE, settings.PORTAL_ROLE
        create = [
            f"""DO $$ BEGIN CREATE ROLE {role} NOLOGIN NOINHERIT;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"""
            for role in (app, portal)
        ]
        # Two databases of one cluster may be migrated at the same moment: the advisory lock keeps GRANTs apart.
        lock = "SELECT pg_advisory_xact_lock(hashtext('sipcabinet roles'))"
        return [
            lock,
            *create,
            f"GRANT {portal} TO {app}",
            f"GRANT {app} TO CURRENT_USER",
            f"GRANT USAGE ON SCHEMA public TO {app}, {portal}",
        ]

    def describe(self) -> str:
        return "Create the database roles"


class TenantTable(_SqlOperation):
    """Rights and row-level policies of a table that belongs to accounts.

    `key` is the expression that names the row's account; `portal` lists what a customer's page may do; `app` what the
    application may do. TRUNCATE is granted to nobody.
    """

    def __init__(
        self,
        table: str,
        *,
        key: str = "account_id",
        portal: str = "SELECT",
        app: str = "SELECT, INSERT, UPDATE, DELETE",
    ) -> None:
        self.table, self.key, self.portal, self.app = table, key, portal, app

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__name__, [self.table], {"key": self.key, "portal": self.portal, "app": self.app})

    def forwards(self) -> list[str]:
        app, portal, table = settings.DATABASE_ROLE, settings.PORTAL_ROLE, self.table
        mine = f"{self.key} = {MINE}" if "{mine}" not in self.key else self.key.replace("{mine}", MINE)
        return [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY app_everything ON {table} TO {app} USING (true) WITH CHECK (true)",
            f"CREATE POLICY portal_own ON {table} TO {portal} USING ({mine}) WITH CHECK ({mine})",
            f"GRANT {self.app} ON {table} TO {app}",
            *([f"GRANT {self.portal} ON {table} TO {portal}"] if self.portal else []),
        ]

    def backwards(self) -> list[str]:
        app, portal, table = settings.DATABASE_ROLE, settings.PORTAL_ROLE, self.table
        return [
            f"REVOKE ALL ON {table} FROM {app}, {portal}",
            f"DROP POLICY portal_own ON {table}",
            f"DROP POLICY app_everything ON {table}",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ]

    def describe(self) -> str:
        return f"Grant {self.table} to the roles, an account's rows to the portal"


class AppendOnly(_SqlOperation):
    """Triggers that refuse every UPDATE, DELETE and TRUNCATE of a table, whoever asks: its owner too."""

    def __init__(self, table: str) -> None:
        self.table = table

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__name__, [self.table], {})

    def forwards(self) -> list[str]:
        refuse = "EXECUTE FUNCTION accounts_refuse_change()"
        return [
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {self.table} FOR EACH ROW {refuse}",
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {self.table} FOR EACH STATEMENT {refuse}",
        ]

    def backwards(self) -> list[str]:
        return [
            f"DROP TRIGGER append_only ON {self.table}",
            f"DROP TRIGGER never_emptied ON {self.table}",
        ]

    def describe(self) -> str:
        return f"Let rows of {self.table} never change"


class SharedTable(_SqlOperation):
    """Rights of a table that belongs to no account: the application works with it, the portal reads it at most."""

    def __init__(self, table: str, *, portal: str = "", app: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
        self.table, self.portal, self.app = table, portal, app

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__name__, [self.table], {"portal": self.portal, "app": self.app})

    def forwards(self) -> list[str]:
        grants = [f"GRANT {self.app} ON {self.table} TO {settings.DATABASE_ROLE}"]
        if self.portal:
            grants.append(f"GRANT {self.portal} ON {self.table} TO {settings.PORTAL_ROLE}")
        return grants

    def backwards(self) -> list[str]:
        return [f"REVOKE ALL ON {self.table} FROM {settings.DATABASE_ROLE}, {settings.PORTAL_ROLE}"]

    def describe(self) -> str:
        return f"Grant {self.table} to the roles"
