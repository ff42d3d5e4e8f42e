"""The settings. Everything an installation may choose comes from the environment (or `.env`).

The embedded default needs nothing: SQLite, the queue and the files live in `DATA_DIR`. A value
that is missing or dangerous fails here, at start, and not at first use.
"""

import os
import secrets
import sys
from datetime import timedelta
from math import ceil
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")
env = environ.Env()

# Read straight from the environment, not through `env`: django-environ takes a value that starts
# with "$" for the name of another variable, and these may hold passwords.
DATA_DIR = Path(os.environ.get("DATA_DIR") or BASE_DIR / "var").resolve()
DATABASE_URL = os.environ.get("DATABASE_URL", "")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# The second one is what the demo writes: the key of its simulator.
environ.Env.read_env(DATA_DIR / ".env")
# Files hold names and days of people: nobody else on this machine has any business there.
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
(DATA_DIR / "static").mkdir(exist_ok=True)


def _secret_key() -> str:
    """The key from the environment, else one made once and kept in the data folder.

    It is never a random one per process: the queue signs its messages with it, and deletes those
    it cannot verify.
    """
    if key := os.environ.get("SECRET_KEY"):
        return key
    if DATABASE_URL:
        raise ImproperlyConfigured("SECRET_KEY is required when DATABASE_URL is set.")
    path = DATA_DIR / "secret_key"
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text()


def _database() -> dict[str, Any]:
    url = DATABASE_URL or f"sqlite:///{DATA_DIR / 'portal.sqlite3'}"
    config: dict[str, Any] = dict(environ.Env.db_url_config(url))
    if config["ENGINE"] == "django.db.backends.sqlite3":
        # IMMEDIATE takes the write lock at BEGIN, so that two writers queue instead of failing;
        # FULL, because a power cut must not lose the record of a request that was sent.
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
            "PRAGMA journal_size_limit=27103364;",
        }
    else:
        config["CONN_MAX_AGE"] = 60
        config["CONN_HEALTH_CHECKS"] = True
    return config


SECRET_KEY = _secret_key()
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "portal.User"

INSTALLED_APPS = [
    "portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_q",
    "portal.apps.PortalConfig",
    "imports.apps.ImportsConfig",
    "reports.apps.ReportsConfig",
    "schedules.apps.SchedulesConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "portal.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.language.users_language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

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
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Nothing inline and nothing from another host. The names are those of Django 6.
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Paris")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

MEDIA_ROOT = DATA_DIR / "files"
# 200 faulty lines of eight fields each are edited on one page.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

EMAIL_CONFIG = environ.Env.email_url_config(os.environ.get("EMAIL_URL") or "consolemail://")
vars().update(EMAIL_CONFIG)
# Without a server of one's own nobody is told anything by mail.
MAIL_IS_ON = bool(os.environ.get("EMAIL_URL"))
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="lucca-portal@localhost")
EMAIL_TIMEOUT = 10
# What ended sooner than this is not mailed, unless it went wrong: the person is still looking.
MAIL_AFTER = timedelta(seconds=env.int("MAIL_AFTER_SECONDS", default=60))


def _portal_url() -> str:
    """How people reach the portal, for the links in mails: as told, else the first origin from
    which forms are accepted."""
    origins = [one for one in CSRF_TRUSTED_ORIGINS if "*" not in one]
    url = os.environ.get("PORTAL_URL") or next(iter(origins), "")
    if url and not url.startswith(("https://", "http://")):
        raise ImproperlyConfigured("PORTAL_URL must begin with https:// or http://.")
    return url.rstrip("/")


PORTAL_URL = _portal_url()

QUEUE_BROKER = os.environ.get("QUEUE_BROKER") or "orm"
_workers, _queue_limit, _task_seconds = env.int("QUEUE_WORKERS", default=4), 4, 180
Q_CLUSTER: dict[str, Any] = {
    # Two portals on one Redis need two names.
    "name": os.environ.get("QUEUE_NAME") or "portal",
    "workers": _workers,
    "queue_limit": _queue_limit,
    "bulk": 1,
    "timeout": _task_seconds,
    # Above the longest time a message may wait for a worker, or it runs twice without any crash:
    # the clock of `retry` starts when a message is fetched. portal.E001 guards it.
    "retry": _task_seconds * (1 + ceil((_queue_limit + 1) / _workers)) + 120,
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": -1,
    "catch_up": False,
    "poll": 0.5,
    "recycle": 500,
    "max_rss": 300_000,
    "label": "Queue",
}
if QUEUE_BROKER == "orm":
    Q_CLUSTER["orm"] = "default"
else:
    Q_CLUSTER["redis"] = QUEUE_BROKER

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "stream": sys.stderr}
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
    # Its warnings quote whole addresses and what could not be read of an answer.
    "loggers": {"urllib3": {"level": "CRITICAL"}},
}

# How our own machinery waits. They are no promises to Lucca (those are fields of an Account).
BATCH_EXPIRES_AFTER = timedelta(days=env.int("BATCH_EXPIRES_AFTER_DAYS", default=14))
# Where people are, as read from Lucca for a preview or to be edited: no longer than needed.
READINGS_KEPT = timedelta(days=env.int("READINGS_KEPT_DAYS", default=7))
# What stood there before an import: so long it can be put back.
SNAPSHOTS_KEPT = timedelta(days=env.int("SNAPSHOTS_KEPT_DAYS", default=90))
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_BYTES", default=100 * 1024 * 1024)
# Polls begin this soon and slow down by half each time, to at most 20 s.
FIRST_POLL_SECONDS = env.float("FIRST_POLL_SECONDS", default=1.0)
# A new export is looked for this often during two minutes, then a quarter as often.
EXPORT_POLL_SECONDS = env.float("EXPORT_POLL_SECONDS", default=15.0)
# A report is looked for this often during ten minutes (Lucca asks for 10 s), then each minute.
REPORT_POLL_SECONDS = env.float("REPORT_POLL_SECONDS", default=10.0)
# Without an echo of the queue in this time it counts as dead: longer than a message may wait.
WATCHDOG_SECONDS = env.int("WATCHDOG_SECONDS", default=Q_CLUSTER["retry"] + 240)
