"""Large files that staff upload are kept in the storage between their check and their import (4.4)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0005_reports"),
    ]

    operations = [
        migrations.AddField(
            model_name="tableimport",
            name="path",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=300),
        ),
    ]
