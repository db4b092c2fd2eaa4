"""All settings in one file. What differs between homes is read from the environment, on top; everything else is fixed.

`./station` writes the environment of a home into `$STATION_HOME/station.env` (mode 0600); a real environment variable wins.
"""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
HOME = Path(env.str("STATION_HOME", str(BASE_DIR / ".run")))
if (HOME / "station.env").exists():
    environ.Env.read_env(HOME / "station.env")

SECRET_KEY = env.str("STATION_SECRET_KEY", "")
if len(SECRET_KEY) < 32 or "change" in SECRET_KEY.lower():
    raise ImproperlyConfigured(
        "STATION_SECRET_KEY: expected at least 32 random characters, found "
        f"{len(SECRET_KEY)} or a placeholder. ./station up makes one."
    )
PORT = env.int("STATION_PORT", 8000)
IS_TOWN = env.bool("STATION_TOWN", False)  # a demo town home: demo accounts exist, other addresses than loopback do not
LAN = env.bool("STATION_LAN", False)  # HTTPS for the LAN; else plain HTTP on the loopback address and nowhere else
LAN_HOSTS = [host for host in env.str("STATION_HOSTS", "").split(",") if host]  # names and addresses it has there
VERSION = env.str("STATION_VERSION", "")  # of the code that runs: pages that were loaded from another one load anew
REDIS_SOCKET = env.str("REDIS_SOCKET", "")
PICTURES_SOCKET = env.str("PICTURES_SOCKET", "")  # the same of the process that passes pictures on
INGEST_SOCKET = env.str("INGEST_SOCKET", "")  # asked by /health alone; "" where no ingest is meant to run
TILE_CACHE = HOME / "tiles"
UPLOADS = HOME / "uploads"  # extracts on their way to be maps
EXTRACTS = HOME / "maps"  # what maps were imported from: the routing engine's tiles are built of it
RECORDINGS = Path(
    env.str("STATION_RECORDINGS", str(HOME / "recordings"))
)  # of pictures; may lie on a disk of their own
PHOTOS = HOME / "photos"  # of notes; named by tables, served by a view that asks for rights
TURNS = HOME / "turns"  # what was said in talk groups; as photos are
ROADS = HOME / "roads"  # what the routing engine runs on, and where it says how it is
SIGNING_KEY = HOME / "audit" / "key.pem"
ARCHIVE = Path(env.str("STATION_ARCHIVE", str(HOME / "archive")))  # log and erasures; should lie on another machine
AUDIT_HEADS = Path(env.str("STATION_AUDIT_HEADS", str(HOME / "audit" / "heads")))  # should lie on another machine
RECORDS = env.str("STATION_RECORDS", "")  # the agency's records: dotted path of a class, see dispatch/records.py

DEBUG = False
HOSTS = ["127.0.0.1", "localhost", "[::1]", *(f"[{host}]" if ":" in host else host for host in LAN_HOSTS if LAN)]
ALLOWED_HOSTS = list(dict.fromkeys(HOSTS))
CSRF_TRUSTED_ORIGINS = [f"{'https' if LAN else 'http'}://{host}:{PORT}" for host in ALLOWED_HOSTS]
CSRF_TRUSTED_ORIGINS += [f"https://{host}" for host in ALLOWED_HOSTS if LAN and PORT == 443]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # nginx sets it whatever a client says
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LAN
SECURE_REDIRECT_EXEMPT = [r"^lan/"]  # phones come here before they can trust anything (docs/decisions/own-authority.md)

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin.apps.SimpleAdminConfig",  # read only: command/admin.py
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "rest_framework",
    "drf_spectacular",
    "command",
    "command.places",
    "devices",
    "dispatch",
]
SILENCED_SYSTEM_CHECKS = [
    "gis.W001",  # no text of a user ever reaches GDAL, which is what the check warns of
    "axes.W006",  # the lock is on the account, whatever address the guesses come from
    "security.W004",  # HSTS binds every port of a name, others' too, and no bare address: docs/decisions/own-authority.md
    *(
        ()
        if LAN
        else (  # plain HTTP on the loopback address and nowhere else: there is no TLS that these could ask for
            "security.W008",  # redirect to HTTPS
            "security.W012",  # session cookie over HTTPS only
            "security.W016",  # CSRF cookie over HTTPS only
        )
    ),
]

MIDDLEWARE = [
    "command.middleware.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "command.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "command.middleware.DatabaseLostMiddleware",
    "command.middleware.GeometryMiddleware",
]
ROOT_URLCONF = "command.urls"
ASGI_APPLICATION = "command.asgi.application"
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
                "django.template.context_processors.i18n",
                "command.navigation.context",
                "command.first_run.context",
            ]
        },
    }
]

# Its own attempts to reconnect come ever more rarely; given up with the request that waits, each request begins anew
POOL = {"min_size": 1, "max_size": 8, "timeout": 5, "reconnect_timeout": 5}
DATABASES = {
    "default": {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": env.str("PGDATABASE", "station"),
        "USER": env.str("PGUSER", "station"),
        "PASSWORD": env.str("PGPASSWORD", ""),
        "HOST": env.str("PGHOST", ""),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,  # after a restart of the database nobody is handed a dead connection
        "OPTIONS": {"pool": POOL, "connect_timeout": 5},
        "DISABLE_SERVER_SIDE_CURSORS": False,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CELERY_BROKER_URL = f"redis+socket://{REDIS_SOCKET}"

AUTH_USER_MODEL = "command.Officer"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 1 / 6  # hours: 10 minutes
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # an attacker must not be able to keep an officer out for ever
AXES_ENABLE_ADMIN = False
AXES_CLIENT_IP_CALLABLE = "command.clients.client_ip"
AXES_LOCKOUT_CALLABLE = "command.entrance.locked_out"

OTP_TOTP_ISSUER = "Station Command"
OTP_TOTP_THROTTLE_FACTOR = 0  # wrong codes count towards the one lock-out, as wrong passwords do

SESSION_ENGINE = "command.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # a shift
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "command.error_pages.out_of_date"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],  # MapLibre sets styles inline
        "img-src": ["'self'", "data:", "blob:"],
        "media-src": ["'self'", "blob:"],  # recordings, put together in the page
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "command.api.as_problem",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Station Command",
    "DESCRIPTION": "Incidents, units, alarms and positions of a police station.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "command.openapi.complete"],
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [HOME / "locale"]  # compiled by ./station from locale/
USE_TZ = True
TIME_ZONE = "UTC"  # stored and sent in UTC; shown in the station's zone

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [folder for folder in (BASE_DIR / "static" / "public", HOME / "front" / "dist") if folder.is_dir()]

_TO_ROOT = {"handlers": [], "propagate": True, "level": "WARNING"}  # whatever a server has set up for itself
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "command.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {
        "django": {**_TO_ROOT, "level": "INFO"},
        "django.server": _TO_ROOT,
        "uvicorn": _TO_ROOT,
        "celery": _TO_ROOT,
        "kombu": _TO_ROOT,
        "axes": _TO_ROOT,  # it announces itself at every start
    },
    "root": {"handlers": ["console"], "level": "INFO"},
}

CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_MAX_TASKS_PER_CHILD = (
    5_000  # then another takes its place: what a worker hoards goes with it every few hours
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE = {
    "pulse": {"task": "command.tasks.pulse", "schedule": 10.0, "options": {"expires": 30}},
    "work": {"task": "command.tasks.work", "schedule": 1.0, "options": {"expires": 5}},
    "watch": {"task": "dispatch.tasks.watch", "schedule": 10.0, "options": {"expires": 20}},
    "partitions": {"task": "devices.tasks.keep_partitions", "schedule": 3600.0},
    "quarantine": {"task": "devices.tasks.look_at_quarantine", "schedule": 20.0, "options": {"expires": 40}},
    "uploads": {"task": "command.places.tasks.import_uploads", "schedule": 5.0, "options": {"expires": 5}},
    "heads": {"task": "command.tasks.sign_heads", "schedule": 60.0, "options": {"expires": 50}},
    "disk": {"task": "command.tasks.look_at_disk", "schedule": 30.0, "options": {"expires": 25}},
    "certificate": {"task": "command.tasks.renew_certificate", "schedule": 3600.0},
    "terms": {"task": "command.tasks.end_terms", "schedule": 3600.0},
    "fix terms": {"task": "devices.tasks.end_terms", "schedule": 3600.0},
    "place terms": {"task": "dispatch.tasks.end_terms", "schedule": 3600.0},
    "look after": {"task": "dispatch.tasks.look_after", "schedule": 5.0, "options": {"expires": 5}},
    "roads": {"task": "dispatch.tasks.measure_roads", "schedule": 15.0, "options": {"expires": 10}},
    "holds": {"task": "dispatch.tasks.hold_tracks", "schedule": 600.0},
}
