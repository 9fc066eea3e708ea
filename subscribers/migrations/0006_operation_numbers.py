"""The sequence for numbers of operations, `О-2026-000123`; a refused operation may leave a gap."""

from django.conf import settings
from django.db import migrations

SEQUENCE = f"""
CREATE SEQUENCE subscribers_operation_number_seq AS bigint;
GRANT USAGE ON SEQUENCE subscribers_operation_number_seq TO {settings.DATABASE_ROLE}, {settings.PORTAL_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0005_services_channels_sip")]
    operations = [migrations.RunSQL(SEQUENCE, "DROP SEQUENCE subscribers_operation_number_seq")]
