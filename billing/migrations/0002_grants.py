"""A customer's page may order a document and read its state; order numbers come from a sequence."""

from django.conf import settings
from django.db import migrations

from sipcabinet.lib.rls import TenantTable

NUMBERS = f"""
CREATE SEQUENCE billing_order_number_seq;
GRANT USAGE ON SEQUENCE billing_order_number_seq TO {settings.DATABASE_ROLE}, {settings.PORTAL_ROLE};
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("accounts", "0002_roles")]
    operations = [
        migrations.RunSQL(NUMBERS, "DROP SEQUENCE billing_order_number_seq"),
        TenantTable("billing_documentorder", portal="SELECT, INSERT"),
        TenantTable("billing_orderletter", portal="SELECT, INSERT"),
        TenantTable("billing_document"),
    ]
