"""Settings of the portal, read from the environment; every default suits `make run` on one machine."""

from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from eurocluster_portal import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Where and how it runs -------------------------------------------------------------------
PORTAL_ENV = env.str("PORTAL_ENV", default="development")  # development | test | production
IS_PRODUCTION = PORTAL_ENV == "production"
DEBUG = env.bool("DEBUG", default=False)
VAR_DIR = embedded.VAR_DIR  # PORTAL_VAR_DIR, or var/ beside manage.py
SECRET_KEY = env.str("SECRET_KEY", default="development-only-key-never-use-it-in-production-0123456789")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if IS_PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PORTAL_URL = env.str("PORTAL_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}")
PORTAL_NAME = "Eurocluster portal"

INSTALLED_APPS = [
    "eurocluster_portal",
    "vouchers",
    "evaluation",
    "applications",
    "calls",
    "accounts",
    "documents",
    "notifications",
    "audit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "eurocluster_portal.middleware.ArrivalMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "eurocluster_portal.middleware.PrivatePagesMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "eurocluster_portal.middleware.TypedWordsMiddleware",
    "eurocluster_portal.middleware.SecondLookMiddleware",
]

ROOT_URLCONF = "eurocluster_portal.urls"
WSGI_APPLICATION = "eurocluster_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "eurocluster_portal.context_processors.portal",
            ],
            "builtins": ["eurocluster_portal.templatetags.portal", "django.templatetags.i18n"],
        },
    },
]

# --- Data ------------------------------------------------------------------------------------
DATABASE_URL = env.str("DATABASE_URL", default="") or embedded.default_address("database_url", IS_PRODUCTION)
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if PORTAL_ENV == "test":  # tests empty the append-only tables between them; nothing else may
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c portal.allow_truncate=on"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="") or embedded.default_address("redis_url", IS_PRODUCTION)
CACHES = {
    "default": {  # what all web processes count together; see docs/adr/0011-shared-limits.md
        "BACKEND": "accounts.shared_cache.SharedCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "portal",
    },
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},  # what each process keeps for itself
}
DOCUMENTS_DIR = Path(env.str("DOCUMENTS_DIR", default=str(VAR_DIR / "documents")))

# --- Rules of the programme ------------------------------------------------------------------
SME_CEILING_EUR = "60000.00"  # per third party over all calls of a Eurocluster, unless a call says otherwise

# --- People ----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupDetailsForm"
ACCOUNT_FORMS = {"signup": "accounts.signup.SignupForm"}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip"}  # all of one address; wrong passwords are counted apart, and more strictly
ACCOUNT_OPEN_FOR_SIGNUP = env.bool("ACCOUNT_OPEN_FOR_SIGNUP", default=True)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = PORTAL_NAME
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_REQUIRED_FOR_TEAMS = env.bool("MFA_REQUIRED_FOR_TEAMS", default=IS_PRODUCTION)
SECOND_FACTOR_REQUIRED_FOR = "eurocluster_portal.second_factor.is_required"

# --- Language and time -----------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Brussels"  # what people type and read; the database holds UTC instants
FORMAT_MODULE_PATH = ["eurocluster_portal.formats"]

# --- Static files ----------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
#: Files are compressed, named by their content and sent from STATIC_ROOT, as `collectstatic` left them there.
STATIC_COLLECTED = env.bool("STATIC_COLLECTED", default=IS_PRODUCTION)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_COLLECTED
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Mail ------------------------------------------------------------------------------------
# Every mail, also allauth's, becomes an outbox row; the worker delivers it through MAIL_DELIVERY.
EMAIL_BACKEND = "notifications.mail.OutboxEmailBackend"
if env.str("EMAIL_URL", default=""):
    _mail = env.email("EMAIL_URL")
    MAIL_DELIVERY = {
        "BACKEND": _mail["EMAIL_BACKEND"],
        "OPTIONS": {
            "host": _mail["EMAIL_HOST"],
            "port": _mail["EMAIL_PORT"],
            "username": _mail["EMAIL_HOST_USER"],
            "password": _mail["EMAIL_HOST_PASSWORD"],
            "use_tls": _mail.get("EMAIL_USE_TLS", False),
            "use_ssl": _mail.get("EMAIL_USE_SSL", False),
            "timeout": 10,
        },
    }
else:
    MAIL_DELIVERY = {"BACKEND": "notifications.mail.FolderEmailBackend", "OPTIONS": {}}
EMAIL_TIMEOUT = 10
MAIL_FOLDER = VAR_DIR / "mail"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Eurocluster portal <portal@eurocluster.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
DEVELOPER_PAGES = not IS_PRODUCTION and env.bool("DEVELOPER_PAGES", default=True)

# --- Background work -------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "retry_on_timeout": False,
    "max_retries": 0,
    "visibility_timeout": 300,
}
CELERY_TIMEZONE = "UTC"
OUTBOX_NUDGE = env.bool("OUTBOX_NUDGE", default=PORTAL_ENV != "test")  # tests run the outbox themselves
OUTBOX_JOB_SECONDS = env.int("OUTBOX_JOB_SECONDS", default=120)  # what any job has at least, before it counts as hung
CELERY_BEAT_SCHEDULE = {
    "sweep the outbox": {
        "task": "notifications.tasks.sweep_outbox",
        "schedule": timedelta(seconds=10),
        "options": {"expires": 10},  # a worker that comes back sweeps once, not once per missed beat
    },
    "remind of clarifications": {
        "task": "applications.tasks.remind_of_clarifications",
        "schedule": timedelta(minutes=10),
        "options": {"expires": 600},
    },
    "remind of deadlines": {
        "task": "applications.tasks.remind_of_deadlines",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
}

# --- Protection ------------------------------------------------------------------------------
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_PRODUCTION
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=IS_PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^healthz/"]  # asked from inside, without TLS
SECURE_HSTS_SECONDS = 31_536_000 if IS_PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
    }
}
FORMS_URLFIELD_ASSUME_HTTPS = True  # Django's coming default; the setting goes with Django 6
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "documents.arriving.TemporaryFiles",  # a full disk is told to the person
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # without files
DATA_UPLOAD_MAX_NUMBER_FILES = 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3000  # a work plan of 30 packages, each with its milestones and deliverables
UPLOAD_REQUEST_MAX_BYTES = 120 * 1024 * 1024  # one request with all its files; more is refused before it is read
UPLOAD_QUOTA_BYTES = 100 * 1024 * 1024  # files of one application
CLAMD_ADDRESS = env.str("CLAMD_ADDRESS", default="")  # host:port of a virus scanner; empty: files are not scanned
SEAL_CERTIFICATE = env.str("SEAL_CERTIFICATE", default="")  # PEM file; empty: a certificate for development, made here
SEAL_KEY = env.str("SEAL_KEY", default=SEAL_CERTIFICATE)  # PEM file
SEAL_PASSPHRASE = env.str("SEAL_PASSPHRASE", default="")
SEAL_TIMESTAMP_URL = env.str("SEAL_TIMESTAMP_URL", default="")  # RFC 3161; empty: seals without time stamp
SEAL_TIMESTAMP_USER = env.str("SEAL_TIMESTAMP_USER", default="")
SEAL_TIMESTAMP_PASSWORD = env.str("SEAL_TIMESTAMP_PASSWORD", default="")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json" if IS_PRODUCTION else "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "gunicorn.http.wsgi": {
            "level": "ERROR"
        },  # it warns of every HEAD answer that it cuts the body off, which is its job
        "weasyprint": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
    },
}
