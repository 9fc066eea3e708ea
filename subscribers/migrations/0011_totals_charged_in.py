"""Adds the charging month to daily totals and to their unique key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0010_charged_in")]
    operations = [
        migrations.AlterField("calldailytotal", "charged_in", models.DateField(verbose_name="начислены в месяце")),
        migrations.RemoveConstraint("calldailytotal", "one_total_per_day"),
        migrations.AddConstraint(
            "calldailytotal",
            models.UniqueConstraint(
                fields=["subscriber", "day", "direction", "destination", "charged_in"],
                nulls_distinct=False,
                name="one_total_per_day",
            ),
        ),
        migrations.AddConstraint(
            "calldailytotal",
            models.CheckConstraint(name="daily_total_charged_in_month", condition=models.Q(charged_in__day=1)),
        ),
        migrations.AddIndex(
            "calldailytotal",
            models.Index(fields=["account", "charged_in", "subscriber"], name="daily_total_charged"),
        ),
    ]
