"""Rights to charges: they are written once, when an account's month closes, and never change."""

from django.db import migrations

from sipcabinet.lib.rls import AppendOnly, TenantTable


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0008_charges"), ("accounts", "0002_roles")]
    operations = [
        TenantTable("subscribers_accountmonth", app="SELECT, INSERT"),
        TenantTable("subscribers_charge", app="SELECT, INSERT"),
        AppendOnly("subscribers_accountmonth"),
        AppendOnly("subscribers_charge"),
    ]
