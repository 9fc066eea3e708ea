"""The operator's face, his requisites and the pictures of both (4.16)."""

import django.contrib.postgres.constraints
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import sipcabinet.lib.clock
from sipcabinet.lib.rls import AppendOnly, SharedTable
from sipcabinet.lib.validity import DateRange

# Nothing of a row changes but its end: what a document of a past day says stays so.
ONLY_THE_END = """
CREATE FUNCTION operator_profile_only_the_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'valid_until' = to_jsonb(NEW) - 'valid_until' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER only_the_end BEFORE UPDATE OR DELETE ON operator_profile_requisites
    FOR EACH ROW EXECUTE FUNCTION operator_profile_only_the_end();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON operator_profile_requisites
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_change();
"""
NOT_ONLY = """
DROP TRIGGER never_emptied ON operator_profile_requisites;
DROP TRIGGER only_the_end ON operator_profile_requisites;
DROP FUNCTION operator_profile_only_the_end();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("accounts", "0002_roles")]

    operations = [
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(editable=False, max_length=64, unique=True)),
                ("content_type", models.CharField(editable=False, max_length=20)),
                ("content", models.BinaryField()),
                ("width", models.PositiveIntegerField(verbose_name="ширина, точек")),
                ("height", models.PositiveIntegerField(verbose_name="высота, точек")),
            ],
            options={
                "verbose_name": "картинка",
                "verbose_name_plural": "картинки",
            },
        ),
        migrations.CreateModel(
            name="FaceDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="Название оператора")),
                ("mark", models.CharField(max_length=4, verbose_name="Знак")),
                ("accent", models.CharField(blank=True, max_length=7, verbose_name="Основной цвет")),
                ("accent_dark", models.CharField(blank=True, max_length=7, verbose_name="Основной цвет в тёмной теме")),
                ("support_phone", models.CharField(max_length=20, verbose_name="Телефон поддержки")),
                ("support_email", models.EmailField(max_length=254, verbose_name="E-mail поддержки")),
                ("support_hours", models.CharField(max_length=100, verbose_name="Часы работы поддержки")),
                ("contract_url", models.URLField(blank=True, verbose_name="Публичный договор")),
                ("privacy_url", models.URLField(blank=True, verbose_name="Политика обработки персональных данных")),
                ("sign_in_lead", models.CharField(blank=True, max_length=200, verbose_name="Строка под заголовком")),
                ("sign_in_note", models.CharField(blank=True, max_length=500, verbose_name="Текст под формой входа")),
                (
                    "sign_in_claim",
                    models.CharField(blank=True, max_length=120, verbose_name="Крупная строка рядом с формой"),
                ),
                ("sign_in_points", models.TextField(blank=True, max_length=600, verbose_name="Пункты под ней")),
                ("only", models.BooleanField(default=True, editable=False, unique=True)),
                ("revision", models.PositiveIntegerField(default=1, editable=False)),
                ("edited_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="изменён")),
                ("edited_by", models.CharField(max_length=150, verbose_name="кто изменил")),
                ("restored_from", models.PositiveIntegerField(blank=True, null=True, verbose_name="взята версия")),
                (
                    "logo",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operator_profile.picture",
                        verbose_name="Логотип",
                    ),
                ),
            ],
            options={
                "verbose_name": "черновик вида кабинета",
                "verbose_name_plural": "черновик вида кабинета",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Face",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="Название оператора")),
                ("mark", models.CharField(max_length=4, verbose_name="Знак")),
                ("accent", models.CharField(blank=True, max_length=7, verbose_name="Основной цвет")),
                ("accent_dark", models.CharField(blank=True, max_length=7, verbose_name="Основной цвет в тёмной теме")),
                ("support_phone", models.CharField(max_length=20, verbose_name="Телефон поддержки")),
                ("support_email", models.EmailField(max_length=254, verbose_name="E-mail поддержки")),
                ("support_hours", models.CharField(max_length=100, verbose_name="Часы работы поддержки")),
                ("contract_url", models.URLField(blank=True, verbose_name="Публичный договор")),
                ("privacy_url", models.URLField(blank=True, verbose_name="Политика обработки персональных данных")),
                ("sign_in_lead", models.CharField(blank=True, max_length=200, verbose_name="Строка под заголовком")),
                ("sign_in_note", models.CharField(blank=True, max_length=500, verbose_name="Текст под формой входа")),
                (
                    "sign_in_claim",
                    models.CharField(blank=True, max_length=120, verbose_name="Крупная строка рядом с формой"),
                ),
                ("sign_in_points", models.TextField(blank=True, max_length=600, verbose_name="Пункты под ней")),
                ("put_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="действует с")),
                ("put_by", models.CharField(max_length=150, verbose_name="кто ввёл")),
                (
                    "restored_from",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="вернули версию",
                    ),
                ),
                (
                    "logo",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operator_profile.picture",
                        verbose_name="Логотип",
                    ),
                ),
            ],
            options={
                "verbose_name": "вид кабинета",
                "verbose_name_plural": "версии вида кабинета",
            },
        ),
        migrations.CreateModel(
            name="RequisitesDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="Полное наименование")),
                ("unp", models.CharField(max_length=9, verbose_name="УНП")),
                ("address", models.CharField(max_length=300, verbose_name="Юридический адрес")),
                ("iban", models.CharField(max_length=150, verbose_name="Расчётные счета (IBAN)")),
                ("bank", models.CharField(max_length=200, verbose_name="Банк")),
                ("bic", models.CharField(max_length=11, verbose_name="БИК")),
                ("signatory", models.CharField(blank=True, max_length=100, verbose_name="Кто подписывает")),
                ("position", models.CharField(blank=True, max_length=150, verbose_name="Должность")),
                ("basis", models.CharField(blank=True, max_length=200, verbose_name="На основании чего")),
                ("only", models.BooleanField(default=True, editable=False, unique=True)),
                ("revision", models.PositiveIntegerField(default=1, editable=False)),
                ("valid_from", models.DateField(verbose_name="Действуют с")),
                ("edited_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="изменён")),
                ("edited_by", models.CharField(max_length=150, verbose_name="кто изменил")),
                (
                    "signature",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operator_profile.picture",
                        verbose_name="Факсимиле подписи",
                    ),
                ),
                (
                    "stamp",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operator_profile.picture",
                        verbose_name="Оттиск печати",
                    ),
                ),
            ],
            options={
                "verbose_name": "черновик реквизитов",
                "verbose_name_plural": "черновик реквизитов",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Requisites",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="Полное наименование")),
                ("unp", models.CharField(max_length=9, verbose_name="УНП")),
                ("address", models.CharField(max_length=300, verbose_name="Юридический адрес")),
                ("iban", models.CharField(max_length=150, verbose_name="Расчётные счета (IBAN)")),
                ("bank", models.CharField(max_length=200, verbose_name="Банк")),
                ("bic", models.CharField(max_length=11, verbose_name="БИК")),
                ("signatory", models.CharField(blank=True, max_length=100, verbose_name="Кто подписывает")),
                ("position", models.CharField(blank=True, max_length=150, verbose_name="Должность")),
                ("basis", models.CharField(blank=True, max_length=200, verbose_name="На основании чего")),
                ("valid_from", models.DateField(verbose_name="действуют с")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="действуют до (не включая)")),
                ("added_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="введены")),
                ("added_by", models.CharField(max_length=150, verbose_name="кто ввёл")),
                (
                    "signature",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operator_profile.picture",
                        verbose_name="Факсимиле подписи",
                    ),
                ),
                (
                    "stamp",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operator_profile.picture",
                        verbose_name="Оттиск печати",
                    ),
                ),
            ],
            options={
                "verbose_name": "реквизиты оператора",
                "verbose_name_plural": "реквизиты оператора",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="requisites_dates",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[(DateRange("valid_from", "valid_until"), "&&")],
                        name="requisites_never_overlap",
                        violation_error_message="На этот день реквизиты уже есть",
                    ),
                ],
            },
        ),
        AppendOnly("operator_profile_picture"),
        AppendOnly("operator_profile_face"),
        migrations.RunSQL(ONLY_THE_END, NOT_ONLY),
        # Customers' pages show the face and print the requisites; drafts are for the desk alone.
        SharedTable("operator_profile_picture", portal="SELECT", app="SELECT, INSERT"),
        SharedTable("operator_profile_face", portal="SELECT", app="SELECT, INSERT"),
        SharedTable("operator_profile_requisites", portal="SELECT", app="SELECT, INSERT, UPDATE (valid_until)"),
        SharedTable("operator_profile_facedraft"),
        SharedTable("operator_profile_requisitesdraft"),
    ]
