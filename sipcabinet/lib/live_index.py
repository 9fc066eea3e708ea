"""A migration operation that builds an index while the portal works: rows can be written during the build."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class AddLiveIndex(AddIndexConcurrently):
    """Django's `AddIndexConcurrently`, which can be run again: an interrupted build leaves an invalid index of the same
    name, and the next `migrate` removes it first. Its migration must have `atomic = False`."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        self._ensure_not_in_transaction(schema_editor)
        name = schema_editor.quote_name(self.index.name)
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
