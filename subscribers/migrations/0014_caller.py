"""What is known of a caller whom only the account code names (4.4, 3.6).

The column has a constant default, so no row is written anew. The key to the account goes: a call's subscriber, whose
key stays, belongs to that account and neither is ever deleted; the check of each row took a tenth of an import.
"""

from django.db import migrations

CALLER = """
SET LOCAL lock_timeout = '10s';
ALTER TABLE subscribers_callrecord ADD COLUMN caller varchar(32) NOT NULL DEFAULT '',
    DROP CONSTRAINT subscribers_callrecord_account_id_fkey;
"""
NO_CALLER = """
ALTER TABLE subscribers_callrecord DROP COLUMN caller,
    ADD CONSTRAINT subscribers_callrecord_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts_account (id);
"""


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0013_account_codes")]
    operations = [migrations.RunSQL(CALLER, NO_CALLER)]
