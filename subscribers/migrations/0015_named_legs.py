"""Index of calls by the leg that they name: the row of that leg is the same call (4.4).

Each partition's index is built without blocking imports; an index left unfinished is built again.
"""

from typing import Any

from django.db import migrations

PARENT = "CREATE INDEX IF NOT EXISTS call_names_leg ON ONLY subscribers_callrecord (leg) WHERE leg <> ''"
PARTITIONS = """
SELECT c.relname, c.relname || '_names_leg', NOT coalesce(x.indisvalid, true)
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
LEFT JOIN pg_index x ON x.indexrelid = to_regclass(c.relname || '_names_leg')
WHERE i.inhparent = 'subscribers_callrecord'::regclass AND NOT EXISTS (
    SELECT FROM pg_inherits own JOIN pg_index ox ON ox.indexrelid = own.inhrelid
    WHERE own.inhparent = 'call_names_leg'::regclass AND ox.indrelid = c.oid
)
ORDER BY c.relname
"""


def make(_apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(PARENT)
        cursor.execute(PARTITIONS)
        for partition, index, unfinished in cursor.fetchall():
            if unfinished:
                cursor.execute(f"DROP INDEX CONCURRENTLY {index}")
            cursor.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index} ON {partition} (leg) WHERE leg <> ''")
            cursor.execute(f"ALTER INDEX call_names_leg ATTACH PARTITION {index}")


def drop(_apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP INDEX call_names_leg")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("subscribers", "0014_caller")]
    operations = [migrations.RunPython(make, drop)]
