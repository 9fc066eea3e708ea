"""A customer's page writes letters only to the account's own addresses, and cannot choose these addresses.

They are the registered e-mail, which staff change, and the delivery addresses, which are changed only with the
application's role, after the password (2.3.3).
"""

from django.conf import settings
from django.db import migrations

POLICY = f"""
CREATE POLICY portal_own_recipient ON notifications_letter AS RESTRICTIVE FOR INSERT TO {settings.PORTAL_ROLE}
    WITH CHECK (
        EXISTS (
            SELECT FROM accounts_account AS a WHERE a.id = account_id AND a.cabinet_email = recipient
        )
        OR recipient = ANY (
            (
                SELECT d.addresses FROM billing_deliverychoice AS d
                WHERE d.account_id = notifications_letter.account_id ORDER BY d.chosen_at DESC, d.id DESC LIMIT 1
            )::varchar[]
        )
    );
REVOKE INSERT ON billing_deliverychoice FROM {settings.PORTAL_ROLE};
"""  # noqa: S608 - constants
BACK = f"""
GRANT INSERT ON billing_deliverychoice TO {settings.PORTAL_ROLE};
DROP POLICY portal_own_recipient ON notifications_letter;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0008_references_of_own_account")]
    operations = [migrations.RunSQL(POLICY, BACK)]
