"""Loads of customers that a person has stopped."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0007_customer_loads"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="customerload",
            name="stopped_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="остановлена"),
        ),
        migrations.AddField(
            model_name="customerload",
            name="stopped_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="кто остановил",
            ),
        ),
    ]
