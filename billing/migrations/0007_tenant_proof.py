"""Policies of an installation from before the proof of the tenant ask for that proof (docs/security.md)."""

from django.db import migrations

from sipcabinet.lib.rls import ProveTenant


class Migration(migrations.Migration):
    # After the last table that had its policies before the proof, in whichever app.
    dependencies = [
        ("billing", "0006_customers_send_invoices_again"),
        ("subscribers", "0011_totals_charged_in"),
        ("notifications", "0003_tries"),
        ("accounts", "0003_grants_of_libraries"),
    ]
    operations = [ProveTenant()]
