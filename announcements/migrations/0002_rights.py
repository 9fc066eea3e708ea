"""A customer's page sees the announcements of its account and may hide them; only the application does the rest."""

from django.db import migrations

from sipcabinet.lib.rls import SharedTable, TenantReference, TenantTable

MINE = "id IN (SELECT announcement_id FROM announcements_addressee WHERE account_id = {mine})"
SHOWN = "id, title, text, by_banner, shown_from, shown_until, started_at, stopped_at"


class Migration(migrations.Migration):
    dependencies = [("announcements", "0001_initial"), ("accounts", "0002_roles")]
    operations = [
        TenantTable("announcements_announcement", key=MINE, portal=f"SELECT ({SHOWN})"),
        TenantTable(
            "announcements_addressee",
            portal="SELECT (id, announcement_id, account_id, hidden_at), UPDATE (hidden_at)",
        ),
        SharedTable("announcements_sending"),
        TenantReference("announcements_addressee", "letter_id", "notifications_letter"),
    ]
