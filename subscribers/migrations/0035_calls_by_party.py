"""Index of calls by the other party: a search finds the calls of the numbers that it has found (3.6).

Each partition's index is built without blocking imports; an index left unfinished is built again. Partitions created
later are made LIKE the table, so they have the index too.
"""

from typing import Any

from django.db import migrations

PARENT = "CREATE INDEX IF NOT EXISTS call_of_party ON ONLY subscribers_callrecord (subscriber_id, other_party)"
PARTITIONS = """
SELECT c.relname, c.relname || '_of_party', NOT coalesce(x.indisvalid, true)
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
LEFT JOIN pg_index x ON x.indexrelid = to_regclass(c.relname || '_of_party')
WHERE i.inhparent = 'subscribers_callrecord'::regclass AND NOT EXISTS (
    SELECT FROM pg_inherits own JOIN pg_index ox ON ox.indexrelid = own.inhrelid
    WHERE own.inhparent = 'call_of_party'::regclass AND ox.indrelid = c.oid
)
ORDER BY c.relname
"""


def make(_apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(PARENT)
        cursor.execute(PARTITIONS)
        for partition, index, unfinished in cursor.fetchall():
            if unfinished:
                cursor.execute(f"DROP INDEX CONCURRENTLY {index}")
            cursor.execute(
                f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index} ON {partition} (subscriber_id, other_party)"
            )
            cursor.execute(f"ALTER INDEX call_of_party ATTACH PARTITION {index}")
        cursor.execute("RESET statement_timeout")


def drop(_apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP INDEX call_of_party")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("subscribers", "0034_party_totals")]
    operations = [migrations.RunPython(make, drop)]
