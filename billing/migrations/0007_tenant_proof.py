"""Rewrites row-level policies of older installations so that they require the tenant's proof (docs/security.md)."""

from django.db import migrations

from sipcabinet.lib.rls import ProveTenant


class Migration(migrations.Migration):
    # After the last table, in any app, whose policies were created before the proof.
    dependencies = [
        ("billing", "0006_customers_send_invoices_again"),
        ("subscribers", "0011_totals_charged_in"),
        ("notifications", "0003_tries"),
        ("accounts", "0003_grants_of_libraries"),
    ]
    operations = [ProveTenant()]
