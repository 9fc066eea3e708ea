"""The right to see the reports over all customers (4.15)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("desk", "0004_planned_changes")]

    operations = [
        migrations.AlterModelOptions(
            name="role",
            options={
                "permissions": [("view_reports", "Может смотреть отчёты")],
                "verbose_name": "роль",
                "verbose_name_plural": "роли",
            },
        ),
    ]
