"""Rights: a customer's page may order a letter and read its state; only the application sends letters."""

from django.db import migrations

from sipcabinet.lib.rls import TenantTable


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), ("accounts", "0002_roles")]
    operations = [
        TenantTable("notifications_letter", portal="SELECT, INSERT"),
        TenantTable("notifications_letterattachment", portal="SELECT, INSERT"),
    ]
