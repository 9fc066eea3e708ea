"""Rights on the tables of the admin's log and of the second factor.

A customer's page may read that the account's logins have devices and recovery codes, but not the keys and the codes.
"""

from django.db import migrations

from sipcabinet.lib.rls import SharedTable, TenantTable

MY_USERS = "user_id IN (SELECT id FROM accounts_user WHERE account_id = {mine})"
MY_CODES = f"device_id IN (SELECT id FROM otp_static_staticdevice WHERE {MY_USERS})"  # noqa: S608 - constants
SHOWN_OF_DEVICE = "id, user_id, name, confirmed, created_at, last_used_at"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_roles"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("otp_totp", "0003_add_timestamps"),
        ("otp_static", "0003_add_timestamps"),
    ]
    operations = [
        SharedTable("django_admin_log"),
        TenantTable("otp_totp_totpdevice", key=MY_USERS, portal=f"SELECT ({SHOWN_OF_DEVICE})"),
        TenantTable("otp_static_staticdevice", key=MY_USERS, portal=f"SELECT ({SHOWN_OF_DEVICE})"),
        TenantTable("otp_static_statictoken", key=MY_CODES, portal="SELECT (id, device_id)"),
    ]
