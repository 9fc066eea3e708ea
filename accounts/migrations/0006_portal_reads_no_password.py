"""A customer's page reads all columns of its account's logins except the password's hash.

The page may store in journal events only logins of its own account, or none.
"""

from django.conf import settings
from django.db import migrations

from sipcabinet.lib.rls import OwnLogin

SHOWN_OF_LOGIN = (
    "id, last_login, is_superuser, phone, account_id, name, is_staff, is_active, created_at, password_changed_at,"
    " devices_since"
)
HIDE = f"""
REVOKE SELECT ON accounts_user FROM {settings.PORTAL_ROLE};
GRANT SELECT ({SHOWN_OF_LOGIN}) ON accounts_user TO {settings.PORTAL_ROLE};
"""  # noqa: S608 - constants
SHOW = f"""
REVOKE SELECT ({SHOWN_OF_LOGIN}) ON accounts_user FROM {settings.PORTAL_ROLE};
GRANT SELECT ON accounts_user TO {settings.PORTAL_ROLE};
"""  # noqa: S608 - constants


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_known_devices")]
    operations = [
        migrations.RunSQL(HIDE, SHOW),
        OwnLogin("accounts_auditevent", "user_id"),
    ]
