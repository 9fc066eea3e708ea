"""Settings of the portal: everything an operator may change comes from the environment (see .env.example)."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from operator_profile import totp
from sipcabinet import schedule
from sipcabinet.lib.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()
Environment.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))

# --- Kind of installation --------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)  # opens the mailbox page and prints logins: never use it for real customers
SECRET_KEY = env.required("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Fernet keys, newest first: letters that hold a temporary password are sealed with the first one.
LETTER_KEYS = env.required_list("LETTER_KEYS")
# Fernet keys, newest first: SIP passwords are sealed with the first one (manage.py rotate_sip_keys).
SIP_KEYS = env.required_list("SIP_KEYS")
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
HTTPS = SITE_URL.startswith("https://")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
# How many proxies in front of the portal are trusted to report the client's address (0: none).
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))
FILES_DIR = Path(env.str("FILES_DIR", default=str(DATA_DIR / "files")))

# --- The operator ----------------------------------------------------------------------------------------------------
# The first values only: what an administrator puts in force at the desk («Вид кабинета», 4.16) counts instead.
OPERATOR_NAME = env.str("OPERATOR_NAME", default="Оператор SIP")
SUPPORT_PHONE = env.str("SUPPORT_PHONE", default="+375170000000")
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="support@operator.example")
SUPPORT_HOURS = env.str("SUPPORT_HOURS", default="ежедневно, круглосуточно")

# /.well-known/security.txt: contact for reports of vulnerabilities (an address with its scheme), and links for details.
# An empty contact is the support's e-mail.
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="")
SECURITY_POLICY_URL = env.str("SECURITY_POLICY_URL", default="")
SECURITY_ENCRYPTION_URL = env.str("SECURITY_ENCRYPTION_URL", default="")

# The operator as the supplier on invoices and acts; the values of the demo are invented.
OPERATOR_REQUISITES = {
    "name": env.str("OPERATOR_LEGAL_NAME", default=OPERATOR_NAME),
    "unp": env.str("OPERATOR_UNP", default="193704212" if DEMO else ""),
    "address": env.str("OPERATOR_ADDRESS", default="220030, г. Минск, ул. Октябрьская, 16" if DEMO else ""),
    "iban": env.str("OPERATOR_IBAN", default="BY27PRIM30120000000000000933" if DEMO else ""),
    "bank": env.str("OPERATOR_BANK", default="ОАО «Банк Пример»" if DEMO else ""),
    "bic": env.str("OPERATOR_BIC", default="PRIMBY2X" if DEMO else ""),
}

# --- Rules with numbers (a comment gives the row of the specification) -----------------------------------------------
TEMPORARY_PASSWORD_LIFETIME = timedelta(seconds=env.int("TEMPORARY_PASSWORD_SECONDS", default=24 * 3600))  # 1.1b
TEMPORARY_PASSWORDS_PER_HOUR = env.int("TEMPORARY_PASSWORDS_PER_HOUR", default=3)  # 1.1b
SESSION_IDLE = timedelta(seconds=env.int("SESSION_IDLE_SECONDS", default=30 * 60))  # 1.2
SESSION_LIFETIME = timedelta(seconds=env.int("SESSION_LIFETIME_SECONDS", default=12 * 3600))  # 1.2
CUSTOMER_VIEW_LIFETIME = timedelta(seconds=env.int("CUSTOMER_VIEW_SECONDS", default=30 * 60))  # 4.9
STEP_UP_LIFETIME = timedelta(seconds=env.int("STEP_UP_SECONDS", default=10 * 60))  # 4.10: for changes of staff's rights
SIGN_IN_LIMITS = {  # 1.2: attempts within SIGN_IN_WINDOW (accounts/services/budgets.py)
    "own": env.int("SIGN_IN_LIMIT_OWN", default=10),  # from a known device, a known address, a session
    "code": env.int("SIGN_IN_LIMIT_CODE", default=5),  # one-time codes of a login, from unknown devices
    # Attempts of strangers: for one number, from one client (an address or a /64), from its network (/24 or /48).
    "phone": env.int("SIGN_IN_LIMIT_PHONE", default=8),
    "address": env.int("SIGN_IN_LIMIT_ADDRESS", default=50),
    "network": env.int("SIGN_IN_LIMIT_NETWORK", default=150),
    # After so many attempts of strangers in all, the smaller limits (`scarce_`) apply.
    "overall": env.int("SIGN_IN_LIMIT_OVERALL", default=300),
    "scarce_phone": env.int("SIGN_IN_LIMIT_SCARCE_PHONE", default=3),
    "scarce_address": env.int("SIGN_IN_LIMIT_SCARCE_ADDRESS", default=3),
    "scarce_network": env.int("SIGN_IN_LIMIT_SCARCE_NETWORK", default=10),
    # Attempts with something like a temporary password, after the strangers' budget is used up.
    "temporary_address": env.int("SIGN_IN_LIMIT_TEMPORARY_ADDRESS", default=10),
    "temporary_network": env.int("SIGN_IN_LIMIT_TEMPORARY_NETWORK", default=30),
}
KNOWN_DEVICE_LIFETIME = timedelta(days=env.int("KNOWN_DEVICE_DAYS", default=180))
KNOWN_ADDRESS_LIFETIME = timedelta(days=env.int("KNOWN_ADDRESS_DAYS", default=30))
SIGN_IN_WINDOW = timedelta(seconds=env.int("SIGN_IN_WINDOW_SECONDS", default=15 * 60))
CALL_DETAIL_DELAY = timedelta(seconds=env.int("CALL_DETAIL_DELAY_SECONDS", default=86400))  # 2.3.4
ORDERS_AT_WORK = env.int("ORDERS_AT_WORK", default=10)  # 2.3: an account's orders that are not carried out yet
ORDERS_A_DAY = env.int("ORDERS_A_DAY", default=40)  # 2.3, 2.5: orders, letters sent again and links of an account
ATTACHMENT_LIMIT_BYTES = env.int("ATTACHMENT_LIMIT_BYTES", default=10 * 1024 * 1024)  # 2.3.4
LINK_LIFETIME = timedelta(days=env.int("LINK_LIFETIME_DAYS", default=14))  # 2.3.2
CHANNEL_CHANGE_INTERVAL = timedelta(seconds=env.int("CHANNEL_CHANGE_SECONDS", default=7 * 86400))  # 3.3
NUMBER_QUARANTINE = timedelta(days=env.int("NUMBER_QUARANTINE_DAYS", default=60))  # 4.13: after a disconnection
INVOICE_ISSUE_DAY = env.int("INVOICE_ISSUE_DAY", default=10)  # of the next month; shown before the month closes (2.3.1)
INVOICE_DUE_DAY = env.int("INVOICE_DUE_DAY", default=25)
GUARANTEE_LIFETIME = timedelta(days=env.int("GUARANTEE_DAYS", default=10))  # 2.2.3
GUARANTEE_CONTRACT_MONTHS = env.int("GUARANTEE_CONTRACT_MONTHS", default=3)  # 2.2.3
DEBT_NOTICE = timedelta(days=env.int("DEBT_NOTICE_DAYS", default=15))  # 4.8: from a debt's letter to its due day
# 4.12: changes of money above this sum (BYN) need a second person. The sum is what one person did alone with one
# account in these days, this change included: a large sum is not split into small ones.
SECOND_PERSON_LIMIT = Decimal(env.str("SECOND_PERSON_LIMIT", default="100.00"))
SECOND_PERSON_DAYS = timedelta(days=env.int("SECOND_PERSON_DAYS", default=30))
DUNNING = {  # 4.8: days from the due day of a debt
    "before": env.int("DUNNING_DAYS_BEFORE", default=3),
    "first": env.int("DUNNING_DAYS_FIRST", default=1),
    "second": env.int("DUNNING_DAYS_SECOND", default=7),
    "restrict": env.int("DUNNING_DAYS_RESTRICT", default=10),
}
# 4.8: calls are barred for debt between these hours of a working day; the end is not included.
RESTRICTION_HOURS = (env.int("RESTRICTION_HOUR_FROM", default=9), env.int("RESTRICTION_HOUR_UNTIL", default=12))
# 4.8: a statement that is imported on its last day covers this day completely only from this hour on.
BANK_DAY_ENDS = env.int("BANK_DAY_ENDS_HOUR", default=17)
# 4.8: statements are checked for gaps from this day on (2026-01-31); empty: from the first imported statement.
STATEMENTS_SINCE = date.fromisoformat(env.str("STATEMENTS_SINCE", default="") or "0001-01-01")
CALL_KEEPING_MONTHS = env.int("CALL_KEEPING_MONTHS", default=13)

# --- Import of calls (4.4) -------------------------------------------------------------------------------------------
CALLS_INBOX = env.str("CALLS_INBOX", default="")  # a folder with one subfolder per source; empty: no folder is watched
# 3.6: after so long without a call, pages say that later calls have not arrived yet. Switches send files at least once
# an hour, and one file may be late.
CALLS_LATE_AFTER = timedelta(minutes=env.int("CALLS_LATE_AFTER_MINUTES", default=120))
IMPORT_BATCH_ROWS = env.int("IMPORT_BATCH_ROWS", default=10_000)

# --- The switch (3.2-3.4) --------------------------------------------------------------------------------------------
# `recording` only stores the state for the switch; `kamailio` writes the state into tables of a Kamailio database.
PROVISIONING_BACKEND = env.str("PROVISIONING_BACKEND", default="recording")
KAMAILIO_DATABASE_URL = env.str("KAMAILIO_DATABASE_URL", default="")
# Databases of switches that write call records there: `{"kamailio-2": "postgres://…"}`, by the name of the source.
# A Kamailio source without an entry reads KAMAILIO_DATABASE_URL.
CALL_DATABASES: dict[str, str] = env.json("CALL_DATABASES", default={})
# 16.6: from how many paid calls of a trunk within an hour an alarm is raised. Night: hours in Minsk.
ALARMS = {
    "night_from": env.int("ALARM_NIGHT_FROM", default=23),
    "night_until": env.int("ALARM_NIGHT_UNTIL", default=6),
    "night_calls": env.int("ALARM_NIGHT_CALLS", default=10),
    "short_seconds": env.int("ALARM_SHORT_SECONDS", default=10),
    "short_calls": env.int("ALARM_SHORT_CALLS", default=30),
    "new_price": Decimal(env.str("ALARM_NEW_PRICE", default="1.00")),  # of a minute, BYN without VAT
    "new_calls": env.int("ALARM_NEW_CALLS", default=3),
    "at_once": env.int("ALARM_AT_ONCE", default=10),
}
ALARM_QUIET = timedelta(hours=env.int("ALARM_QUIET_HOURS", default=24))  # after a false alarm
# host:port where the demo's switch and the gateway of another network are (`bin/run --with-switch`).
SWITCH_ADDRESS = env.str("SWITCH_ADDRESS", default="")
SWITCH_GATEWAY = env.str("SWITCH_GATEWAY", default="")
KAMAILIO_DIGEST = env.str("KAMAILIO_DIGEST", default="md5")  # or sha-256: of password hashes, as kamailio.cfg says

# --- Durable work ----------------------------------------------------------------------------------------------------
DURABLE_MAX_CLAIMS = env.int("DURABLE_MAX_CLAIMS", default=8)
LETTER_DEADLINE = timedelta(seconds=env.int("LETTER_DEADLINE_SECONDS", default=60))
DRAIN_EVERY_SECONDS = env.float("DRAIN_EVERY_SECONDS", default=5.0)

# --- Applications ----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "sipcabinet.site",
    "desk",
    "announcements",
    "billing",
    "subscribers",
    "accounts",
    "notifications",
    "operator_profile",
    "sipcabinet.site.admin_config.OperatorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.forms",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
]
if DEMO:
    INSTALLED_APPS.insert(0, "sipcabinet.demo")

MIDDLEWARE = [
    "sipcabinet.lib.metrics.RequestMetricsMiddleware",
    "sipcabinet.lib.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "sipcabinet.lib.security.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "sipcabinet.lib.compression.PageCompressionMiddleware",
    "sipcabinet.lib.security.SameOriginMiddleware",
    "sipcabinet.lib.plain_input.PlainInputMiddleware",
    "accounts.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.PasswordChangeMiddleware",
    "accounts.viewing.CustomerViewMiddleware",
    "sipcabinet.lib.tenancy.TenantMiddleware",
]
ROOT_URLCONF = "sipcabinet.urls"
WSGI_APPLICATION = "sipcabinet.wsgi.application"
FORM_RENDERER = "sipcabinet.site.controls.Controls"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            # Each template is compiled once, and its constant parts are computed then (sipcabinet/lib/templates/).
            "loaders": [
                (
                    "sipcabinet.lib.templates.loader.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sipcabinet.site.context.portal",
            ],
            "builtins": ["sipcabinet.lib.query_tag"],
        },
    }
]

# --- Database --------------------------------------------------------------------------------------------------------
# The login of DATABASE_URL must own the tables or be a member of DATABASE_ROLE; every connection but `migrate` acts as
# DATABASE_ROLE, which owns nothing. Customers' pages have fewer rights: PORTAL_DATABASE_URL names a login that has the
# rights of PORTAL_ROLE and can take no other role (bin/web_login.sql, sipcabinet/lib/tenancy.py). Staff who view these
# pages have still fewer rights: those of VIEWER_ROLE, by the login of VIEWER_DATABASE_URL.
DATABASE_ROLE = "sipcabinet_app"
PORTAL_ROLE = "sipcabinet_portal"
VIEWER_ROLE = "sipcabinet_viewer"
# Whether this process reaches PostgreSQL through PgBouncer in transaction mode. A session then belongs to one
# transaction: the logins have their role and time limits by ALTER ROLE (docs/scaling.md).
DATABASE_POOLED = env.bool("DATABASE_POOLED", default=False)
DATABASE_OPTIONS: dict[str, Any] = {"connect_timeout": 5, "application_name": "sipcabinet"}
if not DATABASE_POOLED:
    DATABASE_OPTIONS["options"] = "-c statement_timeout=60000 -c idle_in_transaction_session_timeout=120000"
APPLICATION_OPTIONS = DATABASE_OPTIONS | ({} if DATABASE_POOLED else {"assume_role": DATABASE_ROLE})
DATABASES: dict[str, dict[str, Any]] = {"default": env.database("DATABASE_URL", APPLICATION_OPTIONS)}
DATABASES["default"].update(CONN_MAX_AGE=None, CONN_HEALTH_CHECKS=True, DISABLE_SERVER_SIDE_CURSORS=DATABASE_POOLED)


def _of_pages(name: str, application_name: str) -> dict[str, Any]:
    """A login of its own for customers' pages; empty without the setting."""
    if not env.str(name, default=""):
        return {}
    found = env.database(name, DATABASE_OPTIONS | {"application_name": application_name})
    return found | {"CONN_MAX_AGE": None, "DISABLE_SERVER_SIDE_CURSORS": DATABASE_POOLED}


PORTAL_DATABASE = _of_pages("PORTAL_DATABASE_URL", "sipcabinet-portal")
VIEWER_DATABASE = _of_pages("VIEWER_DATABASE_URL", "sipcabinet-viewer")
# A streaming replica for exports and reports, and how long they wait until it knows what the primary knows.
REPLICA_DATABASE: dict[str, Any] = {}
if env.str("REPLICA_DATABASE_URL", default=""):
    REPLICA_DATABASE |= {**DATABASES["default"], **env.database("REPLICA_DATABASE_URL", APPLICATION_OPTIONS)}
    REPLICA_DATABASE["CONN_HEALTH_CHECKS"] = False
REPLICA_WAIT_SECONDS = env.float("REPLICA_WAIT_SECONDS", default=3.0)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The model of the tenant, for foreign keys of apps below `accounts`.
ACCOUNT_MODEL = "accounts.Account"

# --- Bounds (docs/security.md, «Bounds») ------------------------------------------------------------------------------
WEB_WORKERS = env.int("WEB_WORKERS", default=2)  # processes of the web server
WEB_THREADS = {  # of each process: requests that it works on at once, and how many more may wait for a page
    "pages": env.int("WEB_PAGE_THREADS", default=3),
    "documents": env.int("WEB_DOCUMENT_THREADS", default=2),
    "desk": env.int("WEB_DESK_THREADS", default=2),
    "room": env.int("WEB_PAGE_ROOM", default=48),
}
WEB_WAIT_SECONDS = env.float("WEB_WAIT_SECONDS", default=0.5)  # for a free page thread, then «503»
WEB_CONNECTIONS = env.int("WEB_CONNECTIONS", default=1024)  # of visitors, for each process
TASK_WORKERS = env.int("TASK_WORKERS", default=2)  # processes of the Celery worker
DATABASE_RESERVE = env.int("DATABASE_RESERVE", default=5)  # connections for people's psql and commands

# --- Sign-in ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "site:home"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
AUTHENTICATION_BACKENDS = ["accounts.backends.PortalBackend"]
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # a phone is unique among open logins: numbers move between customers
PASSWORD_HASHERS = ["accounts.hashers.PortalArgon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "accounts.validators.MaximumLengthValidator", "OPTIONS": {"max_length": 128}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.validators.OwnNamesValidator"},
]
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = int(SESSION_LIFETIME.total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
DEVICE_COOKIE_NAME = "__Host-devices" if HTTPS else "devices"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "sipcabinet.site.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
MESSAGE_STORAGE = "sipcabinet.lib.messages.PortalCookieStorage"
MESSAGES_COOKIE_NAME = "__Host-messages" if HTTPS else "messages"
THEME_COOKIE_NAME = "__Host-theme" if HTTPS else "theme"
OTP_TOTP_ISSUER = totp.issuer
OTP_TOTP_THROTTLE_FACTOR = OTP_STATIC_THROTTLE_FACTOR = 0  # accounts/services/throttles.py counts instead

# --- Security of the transport ---------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS
# A telephone that asks for its settings over http gets nothing: a redirect would hide that its secret was in clear.
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^healthz$", r"^readyz$", r"^phones/"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31536000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 12_000

# --- Letters ---------------------------------------------------------------------------------------------------------
_email = env.email_url("EMAIL_URL", default="smtp://127.0.0.1:1025")
EMAIL_BACKEND = _email.get("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST = _email.get("EMAIL_HOST", "127.0.0.1")
EMAIL_PORT = int(_email.get("EMAIL_PORT") or 25)
EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = bool(_email.get("EMAIL_USE_TLS", False))
EMAIL_USE_SSL = bool(_email.get("EMAIL_USE_SSL", False))
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Личный кабинет SIP <cabinet@operator.example>")
MAILBOX_DIR = Path(env.str("MAILBOX_DIR", default=str(DATA_DIR / "mail")))  # the demo's mailbox (a Maildir)

# --- Celery ----------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = TASK_WORKERS
CELERY_BROKER_POOL_LIMIT = env.int("BROKER_CONNECTIONS", default=4)  # connections of each process to Valkey
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A publisher gives up at once when Redis is away (max_retries): a page must not wait for a hint that may be lost.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "max_retries": 0,
}
CELERY_TIMEZONE = "Europe/Minsk"

CELERY_BEAT_SCHEDULE = schedule.tasks(DRAIN_EVERY_SECONDS)

# --- Monitoring (docs/operations.md) ----------------------------------------------------------------------------------
METRICS_PORT = int(env.str("METRICS_PORT", default="") or 0)  # of Prometheus metrics; 0 or empty: nothing is counted
METRICS_HOST = env.str("METRICS_HOST", default="127.0.0.1")
METRICS_DIR = Path(env.str("METRICS_DIR", default=str(DATA_DIR / "metrics")))  # counts of the running processes
READY_DUE_SECONDS = env.int("READY_DUE_SECONDS", default=1800)  # /readyz: due work may wait so long for a worker
BUILD_COMMIT = env.str("BUILD_COMMIT", default="")  # shown in the metrics; the image sets it

# --- Language and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", _("русский"))]
USE_I18N = USE_TZ = True
TIME_ZONE = "Europe/Minsk"
FORMAT_MODULE_PATH = ["sipcabinet.formats"]

# --- Static files ----------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": FILES_DIR}},
    "staticfiles": {
        "BACKEND": env.str("STATICFILES_STORAGE", default="sipcabinet.lib.static_files.PortalStaticFilesStorage")
    },
}

# --- Logs ------------------------------------------------------------------------------------------------------------
LOG_FORMAT = env.str("LOG_FORMAT", default="json")
LOGGING_CONFIG = "sipcabinet.lib.logs.configure"
LOGGING = {"format": LOG_FORMAT, "level": env.str("LOG_LEVEL", default="INFO")}
