"""The database requires that a letter, its repeats and its attachments belong to one account."""

from django.db import migrations

from sipcabinet.lib.rls import TenantReference


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_tries")]
    operations = [
        TenantReference("notifications_letter", "resend_of_id", "notifications_letter"),
        TenantReference("notifications_letterattachment", "letter_id", "notifications_letter"),
    ]
