"""Rights to numbers, catalogue and calls; a customer's page reads only its own account's rows."""

from django.conf import settings
from django.db import migrations

from sipcabinet.lib.rls import SharedTable, TenantTable

FUNCTIONS = f"""
GRANT USAGE ON SEQUENCE subscribers_callrecord_id_seq TO {settings.DATABASE_ROLE};
GRANT EXECUTE ON FUNCTION subscribers_ensure_partition(date), subscribers_drop_partition(date)
    TO {settings.DATABASE_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0003_calls"), ("accounts", "0002_roles")]
    operations = [
        SharedTable("subscribers_tariffplan", portal="SELECT"),
        SharedTable("subscribers_planterms", portal="SELECT"),
        SharedTable("subscribers_destination", portal="SELECT"),
        SharedTable("subscribers_rate", portal="SELECT"),
        SharedTable("subscribers_billingmonth", portal="SELECT", app="SELECT, INSERT, UPDATE"),
        SharedTable("subscribers_callsource"),
        SharedTable("subscribers_callimport"),
        SharedTable("subscribers_callreject"),
        TenantTable("subscribers_subscriber"),
        TenantTable("subscribers_allowance"),
        TenantTable("subscribers_calldailytotal"),
        TenantTable("subscribers_callrecord"),
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
    ]
