"""Days moved by staff: working or off, contrary to the calendar. Customers' pages read them to name days."""

from django.db import migrations, models

from sipcabinet.lib.rls import SharedTable


class Migration(migrations.Migration):
    dependencies = [("billing", "0009_letters_to_own_addresses")]
    operations = [
        migrations.CreateModel(
            name="MovedDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True, verbose_name="день")),
                (
                    "is_working",
                    models.BooleanField(
                        default=False,
                        help_text="Без отметки это выходной: в него не ограничивают звонки и не ждут выписку",
                        verbose_name="рабочий",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="основание")),
            ],
            options={
                "verbose_name": "перенос рабочего дня",
                "verbose_name_plural": "переносы рабочих дней",
            },
        ),
        SharedTable("billing_movedday", portal="SELECT"),
    ]
