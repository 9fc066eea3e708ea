"""A counter of a letter's attempts, separate from the count of claims that stops a poison letter."""

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
