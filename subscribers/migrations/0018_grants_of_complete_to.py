"""A customer's page reads which sources have its account's calls and up to when; it reads nothing else of a source."""

from django.conf import settings
from django.db import migrations

from sipcabinet.lib.rls import TenantTable

COLUMNS = "SELECT (id, complete_to) ON subscribers_callsource"
GIVE = f"GRANT {COLUMNS} TO {settings.PORTAL_ROLE}"
TAKE = f"REVOKE {COLUMNS} FROM {settings.PORTAL_ROLE}"


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0017_complete_to"), ("accounts", "0002_roles")]
    operations = [TenantTable("subscribers_accountsource"), migrations.RunSQL(GIVE, TAKE)]
