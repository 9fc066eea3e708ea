"""A credit that looks like a booked payment waits in suspense; staff may resolve it as the same payment."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0017_statement_lines")]
    operations = [
        migrations.AddField(
            model_name="suspensepayment",
            name="is_same",
            field=models.BooleanField(default=False, editable=False, verbose_name="тот же платёж"),
        ),
        migrations.AddField(
            model_name="suspensepayment",
            name="resembles",
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.AddConstraint(
            model_name="suspensepayment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_same", False),
                    models.Q(("resolved_at__isnull", False), models.Q(("resembles", ""), _negated=True)),
                    _connector="OR",
                ),
                name="suspense_same_is_resolved",
            ),
        ),
    ]
