"""How often a letter was tried, apart from the claims that guard against a poison letter."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_grants")]
    operations = [
        migrations.AddField(
            model_name="letter",
            name="tries",
            field=models.PositiveSmallIntegerField(default=0, editable=False, verbose_name="попыток отправки"),
        ),
    ]
