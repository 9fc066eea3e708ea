"""Why staff have dismissed a rejected line (4.4)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0029_former_plans"),
    ]

    operations = [
        migrations.AddField(
            model_name="callreject",
            name="note",
            field=models.CharField(blank=True, db_default="", default="", max_length=300, verbose_name="пояснение"),
        ),
    ]
