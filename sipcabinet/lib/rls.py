"""Migration operations that grant tables to the database roles and create the second wall between tenants.

They are kept outside the apps, so that migrations never import an app. The arguments alone define what an operation
does.
"""

from typing import Any

from django.conf import settings
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from sipcabinet.lib import locks, tenant_proof

# The account that the page's transaction has proved; NULL without a proof. The subquery makes PostgreSQL call the
# function once per statement, not once per row.
MINE = "(SELECT sipcabinet_tenant())"
# The condition of older policies, in the form in which PostgreSQL returns it.
FORMER_MINE = "(NULLIF(current_setting('sipcabinet.account_id'::text, true), ''::text))::bigint"


class _SqlOperation(Operation):
    reduces_to_sql = True
    reversible = True
    atomic = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Changes nothing: the models stay the same."""

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
    """Creates the application's and the portal's role. Roles belong to the whole cluster, so they may exist already."""

    def forwards(self) -> list[str]:
        app, portal = settings.DATABASE_ROLE, settings.PORTAL_ROLE
        create = [
            f"""DO $$ BEGIN CREATE ROLE {role} NOLOGIN NOINHERIT;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"""
            for role in (app, portal)
        ]
        # Two databases of one cluster may be migrated at the same moment: the advisory lock makes their GRANTs wait.
        lock = locks.HOLD.replace("%s", "'sipcabinet roles'")
        return [
            lock,
            *create,
            f"GRANT {portal} TO {app}",
            f"GRANT {app} TO CURRENT_USER",
            f"GRANT USAGE ON SCHEMA public TO {app}, {portal}",
            *tenant_proof.INSTALL,
        ]

    def describe(self) -> str:
        return "Create the database roles"


class ProveTenant(_SqlOperation):
    """Changes the policies of an older installation: they check the proof of `tenant_proof`, not the bare setting.

    A new installation has such policies from the start; there the operation changes no policy.
    """

    def forwards(self) -> list[str]:
        former, now = (text.replace("'", "''") for text in (FORMER_MINE, MINE))
        return [
            *tenant_proof.INSTALL,
            f"""DO $$ DECLARE policy record; BEGIN
            FOR policy IN SELECT tablename, replace(qual, '{former}', '{now}') AS condition
                FROM pg_policies WHERE policyname = 'portal_own' AND strpos(qual, '{former}') > 0
            LOOP
                EXECUTE format('ALTER POLICY portal_own ON %I USING (%s) WITH CHECK (%s)',
                               policy.tablename, policy.condition, policy.condition);
            END LOOP;
            IF EXISTS (SELECT FROM pg_policies WHERE strpos(qual, 'current_setting') > 0) THEN
                RAISE EXCEPTION 'a policy still asks for the bare setting';
            END IF; END $$""",  # noqa: S608 - constants
        ]

    def describe(self) -> str:
        return "Ask for a proof of the tenant in every policy"


class TenantReference(_SqlOperation):
    """A composite foreign key `(account_id, column)` beside Django's key: a row cannot refer to another account's row.

    For this the referenced table gets a unique key over `(account_id, its key)`. As in every foreign key, rows with a
    NULL in either column are not checked.
    """

    def __init__(self, table: str, column: str, to: str, to_column: str = "id") -> None:
        self.table, self.column, self.to, self.to_column = table, column, to, to_column

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__name__, [self.table, self.column, self.to, self.to_column], {})

    @property
    def _name(self) -> str:
        return f"{self.table}_{self.column}_of_account"

    def forwards(self) -> list[str]:
        key = f"{self.to}_of_account"
        exists = f"SELECT FROM pg_constraint WHERE conname = '{key}'"
        return [
            f"""DO $$ BEGIN IF NOT EXISTS ({exists}) THEN
            ALTER TABLE {self.to} ADD CONSTRAINT {key} UNIQUE (account_id, {self.to_column});
            END IF; END $$""",
            (
                f"ALTER TABLE {self.table} ADD CONSTRAINT {self._name} FOREIGN KEY (account_id, {self.column})"
                f" REFERENCES {self.to} (account_id, {self.to_column})"
            ),
        ]

    def backwards(self) -> list[str]:
        return [f"ALTER TABLE {self.table} DROP CONSTRAINT {self._name}"]

    def describe(self) -> str:
        return f"Keep {self.table}.{self.column} within the row's own account"


class TenantTable(_SqlOperation):
    """Rights and row-level policies of a table whose rows belong to accounts.

    `key` is the expression for the row's account; `portal` lists the rights of a customer's page, `app` those of the
    application. TRUNCATE is granted to nobody.
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


class OwnLogin(_SqlOperation):
    """A policy: a customer's page may insert only a login of its own account, or NULL, into `column`.

    A composite foreign key cannot check this: the same column also holds logins of staff, who have no account.
    """

    def __init__(self, table: str, column: str) -> None:
        self.table, self.column = table, column

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (type(self).__name__, [self.table, self.column], {})

    @property
    def _name(self) -> str:
        return f"portal_own_{self.column}"

    def forwards(self) -> list[str]:
        # Row-level policies apply inside the condition too: the page sees only the logins of its account.
        known = f"EXISTS (SELECT FROM accounts_user WHERE accounts_user.id = {self.column})"
        return [
            (
                f"CREATE POLICY {self._name} ON {self.table} AS RESTRICTIVE FOR INSERT TO {settings.PORTAL_ROLE}"
                f" WITH CHECK ({self.column} IS NULL OR {known})"
            )
        ]

    def backwards(self) -> list[str]:
        return [f"DROP POLICY {self._name} ON {self.table}"]

    def describe(self) -> str:
        return f"Let customers' pages name own logins alone in {self.table}.{self.column}"


class AppendOnly(_SqlOperation):
    """Triggers that refuse every UPDATE, DELETE and TRUNCATE of a table, even by the table's owner."""

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
    """Rights of a table whose rows belong to no account: `app` for the application, `portal` for customers' pages."""

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
