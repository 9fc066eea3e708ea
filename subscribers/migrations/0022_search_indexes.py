"""The desk's search finds a number by any part of it (4.1). Calls are imported while the index is built."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

from sipcabinet.lib.live_index import AddLiveIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0009_search_indexes"), ("subscribers", "0021_stopped_work")]
    operations = [
        AddLiveIndex(
            model_name="subscriber",
            index=GinIndex(fields=["phone"], name="subscriber_phone_parts", opclasses=["gin_trgm_ops"]),
        ),
    ]
