"""A customer's page may send an invoice again to the delivery addresses: it may link new letters to the mailing."""

from django.conf import settings
from django.db import migrations

RIGHT = f"INSERT ON billing_mailingletter {{}} {settings.PORTAL_ROLE}"


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_who_lifted")]
    operations = [migrations.RunSQL(f"GRANT {RIGHT.format('TO')}", f"REVOKE {RIGHT.format('FROM')}")]
