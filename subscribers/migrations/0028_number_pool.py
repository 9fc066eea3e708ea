"""The operator's ranges of numbers, and holds of numbers; customers' pages have no right to read them (4.13).

Ranges are not invented for an older installation: while it has none, numbers are connected as before. Numbers that were
disconnected less than QUARANTINE_DAYS ago get the rest of their quarantine, for their last customer.
"""

import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models

import sipcabinet.lib.clock
import subscribers.models.pool
from sipcabinet.lib.rls import SharedTable

QUARANTINE_DAYS = int(settings.NUMBER_QUARANTINE.days)

# Both triggers read what is committed. The services hold the number's lock meanwhile, so nothing is missed.
GUARD = """
CREATE FUNCTION subscribers_number_is_free() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM subscribers_numberhold h WHERE h.phone = NEW.phone
        AND tstzrange(h.starts_at, LEAST(h.until, h.ended_at)) && tstzrange(NEW.connected_at, NEW.closed_at)) THEN
        RAISE EXCEPTION 'the number is held' USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'number_is_held';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION subscribers_number_is_unused() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT FROM subscribers_subscriber s WHERE s.phone = NEW.phone
        AND tstzrange(NEW.starts_at, LEAST(NEW.until, NEW.ended_at)) && tstzrange(s.connected_at, s.closed_at)) THEN
        RAISE EXCEPTION 'the number is used' USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'number_is_used';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER number_is_free BEFORE INSERT OR UPDATE OF phone, connected_at, closed_at ON subscribers_subscriber
    FOR EACH ROW EXECUTE FUNCTION subscribers_number_is_free();
CREATE TRIGGER number_is_unused BEFORE INSERT OR UPDATE OF phone, starts_at, until, ended_at ON subscribers_numberhold
    FOR EACH ROW EXECUTE FUNCTION subscribers_number_is_unused();
"""
NO_GUARD = """
DROP TRIGGER number_is_free ON subscribers_subscriber;
DROP TRIGGER number_is_unused ON subscribers_numberhold;
DROP FUNCTION subscribers_number_is_free(), subscribers_number_is_unused();
"""
QUARANTINES = f"""
INSERT INTO subscribers_numberhold (phone, kind, starts_at, until, customer_id, text, ended_why)
SELECT DISTINCT ON (s.phone) s.phone, 'quarantine', s.closed_at, s.closed_at + interval '{QUARANTINE_DAYS} days',
    a.customer_id, '', ''
FROM subscribers_subscriber s JOIN accounts_account a ON a.id = s.account_id
WHERE s.closed_at > now() - interval '{QUARANTINE_DAYS} days'
    AND NOT EXISTS (SELECT FROM subscribers_subscriber later WHERE later.phone = s.phone AND later.id <> s.id
                    AND (later.closed_at IS NULL OR later.closed_at > s.closed_at))
ORDER BY s.phone, s.closed_at DESC
"""  # noqa: S608 - a number of the settings


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0012_looks"),
        ("subscribers", "0027_reratings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL lock_timeout = '10s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="subscriber",
            name="ported_in",
            field=models.BooleanField(db_default=False, default=False, verbose_name="перенесён к нам"),
        ),
        migrations.CreateModel(
            name="NumberHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("phone", models.CharField(max_length=16, verbose_name="номер")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("reserved", "Зарезервирован"),
                            ("quarantine", "В карантине"),
                            ("ported_out", "Перенесён от нас"),
                        ],
                        max_length=10,
                        verbose_name="состояние",
                    ),
                ),
                ("starts_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="с")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="до")),
                ("text", models.CharField(blank=True, max_length=200, verbose_name="для кого, почему")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="снято")),
                ("ended_why", models.CharField(blank=True, max_length=200, verbose_name="почему снято")),
                ("dedupe_key", models.CharField(blank=True, editable=False, max_length=100, null=True, unique=True)),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.customer",
                        verbose_name="клиент",
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто снял",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто поставил",
                    ),
                ),
            ],
            options={
                "verbose_name": "занятый номер ёмкости",
                "verbose_name_plural": "занятые номера ёмкости",
                "indexes": [models.Index(fields=["phone", "starts_at"], name="number_hold_of_phone")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("until__isnull", True), ("until__gte", models.F("starts_at")), _connector="OR"),
                            models.Q(
                                ("ended_at__isnull", True), ("ended_at__gte", models.F("starts_at")), _connector="OR"
                            ),
                        ),
                        name="number_hold_period",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("phone", "="),
                            (
                                subscribers.models.pool.HoldSpan(
                                    "starts_at", django.db.models.functions.comparison.Least("until", "ended_at")
                                ),
                                "&&",
                            ),
                        ],
                        name="number_held_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NumberRange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", models.BigIntegerField(verbose_name="первый номер")),
                ("last", models.BigIntegerField(verbose_name="последний номер")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="примечание")),
                ("added_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="внесён")),
                (
                    "added_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто внёс",
                    ),
                ),
            ],
            options={
                "verbose_name": "диапазон номеров",
                "verbose_name_plural": "диапазоны номеров",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("last__gte", models.F("first")),
                            (
                                "last__lt",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("first"), "+", models.Value(100000)
                                ),
                            ),
                        ),
                        name="number_range_order",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[(subscribers.models.pool.NumberSpan("first", "last", models.Value("[]")), "&&")],
                        name="number_ranges_never_overlap",
                        violation_error_message="Эти номера уже есть в другом диапазоне",
                    ),
                ],
            },
        ),
        SharedTable("subscribers_numberrange", app="SELECT, INSERT, UPDATE"),
        SharedTable("subscribers_numberhold", app="SELECT, INSERT, UPDATE"),
        migrations.RunSQL(QUARANTINES, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
