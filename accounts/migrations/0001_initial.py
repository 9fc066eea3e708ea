import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import accounts.models.customer
import sipcabinet.lib.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=12, unique=True, verbose_name="номер лицевого счёта")),
                ("contract_number", models.CharField(max_length=40, verbose_name="номер договора")),
                ("contract_date", models.DateField(verbose_name="дата договора")),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Активен"), ("closed", "Закрыт")],
                        default="active",
                        max_length=8,
                        verbose_name="статус",
                    ),
                ),
                ("opened_on", models.DateField(default=sipcabinet.lib.clock.today, verbose_name="открыт")),
                ("closed_on", models.DateField(blank=True, null=True, verbose_name="закрыт")),
                (
                    "payment_terms",
                    models.CharField(
                        choices=[
                            ("prepaid", "предоплата"),
                            ("postpaid", "по факту"),
                            ("request", "платёжное требование с акцептом"),
                        ],
                        default="postpaid",
                        max_length=8,
                        verbose_name="форма оплаты",
                    ),
                ),
                (
                    "cabinet_email",
                    models.EmailField(
                        help_text="Из заявления на подключение личного кабинета SIP. Сюда приходят временные пароли и заказы.",
                        max_length=254,
                        verbose_name="E-mail личного кабинета",
                    ),
                ),
            ],
            options={
                "verbose_name": "лицевой счёт",
                "verbose_name_plural": "лицевые счета",
            },
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, verbose_name="наименование")),
                (
                    "unp",
                    models.CharField(
                        max_length=9,
                        unique=True,
                        validators=[accounts.models.customer.validate_unp],
                        verbose_name="УНП",
                    ),
                ),
                ("address", models.CharField(max_length=300, verbose_name="юридический адрес")),
                ("bank_name", models.CharField(blank=True, max_length=200, verbose_name="банк")),
                ("bank_bic", models.CharField(blank=True, max_length=11, verbose_name="БИК")),
                ("iban", models.CharField(blank=True, max_length=34, verbose_name="расчётный счёт (IBAN)")),
                ("contact_name", models.CharField(blank=True, max_length=200, verbose_name="контактное лицо")),
                ("contact_phone", models.CharField(blank=True, max_length=32, verbose_name="контактный телефон")),
                (
                    "created_at",
                    models.DateTimeField(default=sipcabinet.lib.clock.now, editable=False, verbose_name="создан"),
                ),
            ],
            options={
                "verbose_name": "клиент",
                "verbose_name_plural": "клиенты",
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("phone", models.CharField(max_length=16, verbose_name="номер телефона")),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="имя")),
                ("is_staff", models.BooleanField(default=False, verbose_name="сотрудник оператора")),
                ("is_active", models.BooleanField(default=True, verbose_name="вход разрешён")),
                (
                    "created_at",
                    models.DateTimeField(default=sipcabinet.lib.clock.now, editable=False, verbose_name="создан"),
                ),
                (
                    "password_changed_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="пароль изменён"),
                ),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="users",
                        to="accounts.account",
                        verbose_name="лицевой счёт",
                    ),
                ),
            ],
            options={
                "verbose_name": "логин",
                "verbose_name_plural": "логины",
            },
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("action", models.CharField(max_length=60, verbose_name="действие")),
                ("summary", models.CharField(max_length=300, verbose_name="описание")),
                ("details", models.JSONField(blank=True, default=dict, verbose_name="подробности")),
                ("at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="время")),
                ("address", models.GenericIPAddressField(blank=True, null=True, verbose_name="IP-адрес")),
                ("by_staff", models.BooleanField(default=False, verbose_name="сотрудником оператора")),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="accounts.account",
                        verbose_name="лицевой счёт",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="кто",
                    ),
                ),
            ],
            options={
                "verbose_name": "событие журнала",
                "verbose_name_plural": "журнал действий",
            },
        ),
        migrations.AddField(
            model_name="account",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="accounts",
                to="accounts.customer",
                verbose_name="клиент",
            ),
        ),
        migrations.CreateModel(
            name="PasswordRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="срок")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "ожидает"),
                            ("done", "выполнено"),
                            ("refused", "не доставлено"),
                            ("parked", "ошибка"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="состояние",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="попыток")),
                ("claim_token", models.UUIDField(blank=True, editable=False, null=True)),
                ("claimed_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("last_error", models.TextField(blank=True, verbose_name="последняя ошибка")),
                ("dedupe_key", models.CharField(blank=True, editable=False, max_length=200, null=True, unique=True)),
                (
                    "created_at",
                    models.DateTimeField(default=sipcabinet.lib.clock.now, editable=False, verbose_name="создано"),
                ),
                ("finished_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="завершено")),
                ("phone", models.CharField(max_length=16, verbose_name="номер телефона")),
                ("address", models.GenericIPAddressField(verbose_name="IP-адрес")),
            ],
            options={
                "verbose_name": "запрос временного пароля",
                "verbose_name_plural": "запросы временных паролей",
                "abstract": False,
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["due_at"], name="passwordrequest_due"
                    ),
                    models.Index(fields=["phone", "created_at"], name="passwordrequest_phone"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("started_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="начата")),
                (
                    "last_seen_at",
                    models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="последнее действие"),
                ),
                ("address", models.GenericIPAddressField(null=True, verbose_name="IP-адрес")),
                ("user_agent", models.CharField(blank=True, max_length=300, verbose_name="устройство")),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.account",
                        verbose_name="лицевой счёт",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="логин",
                    ),
                ),
            ],
            options={
                "verbose_name": "сеанс",
                "verbose_name_plural": "сеансы",
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SignIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("ok", "вход"),
                            ("temporary", "вход с временным паролем"),
                            ("refused", "отказ: неверный пароль"),
                            ("code", "отказ: неверный код"),
                        ],
                        max_length=9,
                        verbose_name="результат",
                    ),
                ),
                ("at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="время")),
                ("address", models.GenericIPAddressField(verbose_name="IP-адрес")),
                ("user_agent", models.CharField(blank=True, max_length=300, verbose_name="устройство")),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.account",
                        verbose_name="лицевой счёт",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_ins",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="логин",
                    ),
                ),
            ],
            options={
                "verbose_name": "вход",
                "verbose_name_plural": "входы",
            },
        ),
        migrations.CreateModel(
            name="TemporaryPassword",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(editable=False, max_length=128)),
                ("issued_at", models.DateTimeField(default=sipcabinet.lib.clock.now, verbose_name="выдан")),
                ("expires_at", models.DateTimeField(verbose_name="действует до")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="использован")),
                ("voided_at", models.DateTimeField(blank=True, null=True, verbose_name="отменён")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="temporary_passwords",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="логин",
                    ),
                ),
            ],
            options={
                "verbose_name": "временный пароль",
                "verbose_name_plural": "временные пароли",
            },
        ),
        migrations.CreateModel(
            name="Throttle",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("window_start", models.DateTimeField()),
                ("count", models.PositiveIntegerField(default=0)),
            ],
            options={
                "indexes": [models.Index(fields=["window_start"], name="throttle_age")],
            },
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account__isnull", True), ("is_staff", True)),
                    models.Q(("account__isnull", False), ("is_staff", False)),
                    _connector="OR",
                ),
                name="user_is_staff_or_of_an_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_active", True)),
                fields=("phone",),
                name="one_open_login_of_a_phone",
                violation_error_message="Вход с этим номером уже открыт",
            ),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["account", "-at", "-id"], name="audit_of_account"),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_on__isnull", True), ("status", "active")),
                    models.Q(("closed_on__isnull", False), ("status", "closed")),
                    _connector="OR",
                ),
                name="account_closed_has_date",
            ),
        ),
        migrations.AddIndex(
            model_name="signin",
            index=models.Index(fields=["user", "-at"], name="sign_in_latest"),
        ),
        migrations.AddIndex(
            model_name="signin",
            index=models.Index(fields=["at"], name="sign_in_age"),
        ),
        migrations.AddConstraint(
            model_name="temporarypassword",
            constraint=models.UniqueConstraint(
                condition=models.Q(("used_at__isnull", True), ("voided_at__isnull", True)),
                fields=("user",),
                name="one_live_temporary_password",
            ),
        ),
    ]
