"""What Django loads as the engine."""

from typing import Any

from django.db.backends.postgresql import base

from sipcabinet.lib import pipeline


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's connection. It reads what is on its way before a server-side cursor, which psycopg would refuse."""

    def chunked_cursor(self) -> Any:
        with self.wrap_database_errors:
            if self.connection is not None:
                pipeline.read_all(self.connection)
        return super().chunked_cursor()
