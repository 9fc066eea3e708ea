"""Since when a login's browsers and networks count as known, and an index to find the networks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_hashed_session_keys"),
    ]
    operations = [
        migrations.AddField(
            model_name="user",
            name="devices_since",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="signin",
            index=models.Index(
                condition=models.Q(("outcome__in", ["ok", "temporary"])),
                fields=["user", "address"],
                name="sign_in_known_address",
            ),
        ),
    ]
