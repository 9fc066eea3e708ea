"""The caller of a call whose record names only the trunk's account code (4.4, 3.6).

The column has a constant default, so no row is rewritten. The foreign key to the account is dropped: the call's
subscriber, whose key stays, belongs to that account, and neither is ever deleted; checking the key for each row took a
tenth of an import.
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
