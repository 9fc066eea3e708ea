"""The desk's search finds letters to an address, the newest first (4.1). Letters are sent while the index is built."""

from django.db import migrations, models
from django.db.models import F

from sipcabinet.lib.live_index import AddLiveIndex
from sipcabinet.lib.spelling import Plain


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0009_search_indexes"), ("notifications", "0005_stopped_work")]
    operations = [
        AddLiveIndex(
            model_name="letter",
            index=models.Index(Plain(F("recipient")), F("id").desc(), name="letter_to_address"),
        ),
    ]
