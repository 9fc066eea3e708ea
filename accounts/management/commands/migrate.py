"""`migrate` is the one command that acts as the owner of the tables; everything else acts as DATABASE_ROLE."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections


class Command(migrate.Command):
    def execute(self, *args: Any, **options: Any) -> str | None:
        # Not only `handle`: the checks before it connect too, and the very first migration has yet to make the role.
        connection = connections[options["database"]]
        role = connection.settings_dict["OPTIONS"].pop("assume_role", None)
        connection.close()
        try:
            return super().execute(*args, **options)
        finally:
            connection.settings_dict["OPTIONS"]["assume_role"] = role
            connection.close()
