"""Notes of staff about customers: a note is only added, or struck out once. Customers' pages cannot read the table."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import SharedTable

ONLY_STRUCK = """
CREATE FUNCTION desk_staffnote_only_struck() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE mark CONSTANT text[] := ARRAY['struck_at', 'struck_by_id', 'struck_why'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.struck_at IS NOT NULL OR to_jsonb(NEW) - mark <> to_jsonb(OLD) - mark THEN
        RAISE EXCEPTION 'a note of staff never changes, but may be struck out once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER only_struck BEFORE UPDATE OR DELETE ON desk_staffnote
    FOR EACH ROW EXECUTE FUNCTION desk_staffnote_only_struck();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON desk_staffnote
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_change();
"""
ANYTHING = """
DROP TRIGGER never_emptied ON desk_staffnote;
DROP TRIGGER only_struck ON desk_staffnote;
DROP FUNCTION desk_staffnote_only_struck();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0006_portal_reads_no_password"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="StaffNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=1000, verbose_name="заметка")),
                ("written_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="когда")),
                ("struck_at", models.DateTimeField(blank=True, null=True, verbose_name="зачёркнута")),
                ("struck_why", models.CharField(blank=True, max_length=200, verbose_name="почему зачёркнута")),
                ("dedupe_key", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="автор",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="staff_notes",
                        to="accounts.customer",
                        verbose_name="клиент",
                    ),
                ),
                (
                    "struck_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто зачеркнул",
                    ),
                ),
            ],
            options={
                "verbose_name": "заметка",
                "verbose_name_plural": "заметки",
                "indexes": [models.Index(fields=["customer", "-written_at", "-id"], name="staff_note_of_customer")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("struck_at__isnull", True), ("struck_by__isnull", True), ("struck_why", "")),
                            models.Q(
                                ("struck_at__isnull", False),
                                ("struck_by__isnull", False),
                                models.Q(("struck_why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="staff_note_struck",
                    )
                ],
            },
        ),
        SharedTable("desk_staffnote", app="SELECT, INSERT, UPDATE"),
        migrations.RunSQL(ONLY_STRUCK, ANYTHING),
    ]
