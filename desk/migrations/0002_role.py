"""Roles of the staff: which group of this installation is which role (4.10)."""

import django.db.models.deletion
from django.db import migrations, models

from sipcabinet.lib.rls import SharedTable


class Migration(migrations.Migration):
    dependencies = [("desk", "0001_staff_notes"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.CreateModel(
            name="Role",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20, unique=True, verbose_name="код")),
                (
                    "group",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="role",
                        to="auth.group",
                        verbose_name="группа",
                    ),
                ),
            ],
            options={"verbose_name": "роль", "verbose_name_plural": "роли"},
        ),
        SharedTable("desk_role", app="SELECT, INSERT"),
    ]
