"""The desk's search finds a payment by its document's number, and an account by an address for invoices (4.1)."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

from sipcabinet.lib.live_index import AddLiveIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0009_search_indexes"), ("billing", "0022_stopped_work")]
    operations = [
        AddLiveIndex(model_name="deliverychoice", index=GinIndex(fields=["addresses"], name="delivery_to_address")),
        AddLiveIndex(
            model_name="payment", index=models.Index(fields=["reference", "-id"], name="payment_by_reference")
        ),
        AddLiveIndex(
            model_name="suspensepayment",
            index=models.Index(fields=["reference", "-id"], name="suspense_by_reference"),
        ),
    ]
