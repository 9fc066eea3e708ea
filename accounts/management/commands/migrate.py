"""`migrate`: the only command that acts as the owner of the tables; all other code acts as DATABASE_ROLE."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections, transaction

from sipcabinet.lib import tenant_proof, viewer_rights


class Command(migrate.Command):
    def execute(self, *args: Any, **options: Any) -> str | None:
        # Not only `handle`: the checks before `handle` connect too, and the role exists only after the first migration.
        connection = connections[options["database"]]
        role = connection.settings_dict["OPTIONS"].pop("assume_role", None)
        connection.close()
        try:
            said = super().execute(*args, **options)
            _store_keys(options["database"])
            with transaction.atomic(using=options["database"]), connections[options["database"]].cursor() as cursor:
                viewer_rights.mirror(cursor)
            return said
        finally:
            connection.settings_dict["OPTIONS"]["assume_role"] = role
            connection.close()


def _store_keys(alias: str) -> None:
    """Stores in the database the keys of SECRET_KEY and its fallbacks, which check the proof of the tenant.

    Does nothing if the table of keys is missing: the database was migrated back to before the proof.
    """
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SELECT to_regclass('sipcabinet_tenant_key') IS NOT NULL")
        if cursor.fetchone() == (True,):
            cursor.execute(tenant_proof.FORGET_KEYS)
            cursor.executemany(tenant_proof.STORE_KEY, list(tenant_proof.stored_keys()))
