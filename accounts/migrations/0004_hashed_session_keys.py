"""Stores sessions under the SHA-256 of their keys. Browsers stay signed in: their cookies hold the keys.

The backward migration cannot restore the keys, so it ends all sessions.
"""

from django.db import migrations, models

HASH = "UPDATE accounts_session SET session_key = encode(sha256(convert_to(session_key, 'UTF8')), 'hex')"
END_ALL = "DELETE FROM accounts_session"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_grants_of_libraries")]
    operations = [
        migrations.AlterField(
            "session",
            "session_key",
            models.CharField(
                editable=False, max_length=64, primary_key=True, serialize=False, verbose_name="хеш ключа"
            ),
        ),
        migrations.RunSQL(HASH, END_ALL),
    ]
