from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0022_search_indexes"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="callrecord",
            options={
                "managed": False,
                "permissions": [("view_dialled_numbers", "Может видеть номера собеседников в звонках")],
                "verbose_name": "звонок",
                "verbose_name_plural": "звонки",
            },
        ),
    ]
