"""A document stores the phrase about up to when its calls are imported, for letters that send it again (2.3.4)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0019_payment_returns"),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="calls_known",
            field=models.CharField(blank=True, editable=False, max_length=100, verbose_name="полнота данных"),
        ),
    ]
