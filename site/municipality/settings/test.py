"""For the test suite: the same product, quick hashing, mail kept in memory unless EMAIL_URL names a real server."""

import os

from .base import *
from .base import BOOKING, EMAIL_URL, VAR, database, env

DEBUG = False
SECRET_KEY = "only-for-tests"  # noqa: S105
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
# Nobody collects static files for a test run; WhiteNoise warns when the folder is missing.
(VAR / "static").mkdir(parents=True, exist_ok=True)
WHITENOISE_AUTOREFRESH = False
MEDIA_ROOT = VAR / "test-media"
if not EMAIL_URL:
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
DATABASES = {"default": database(env.str("DATABASE_URL", default=f"sqlite:///{VAR / 'test.sqlite3'}"))}
# A real file, so that the tests see WAL and several connections, as the product does.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Its own per process, so that two runs at once don't take each other's database away.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR / f"test-run-{os.getpid()}.sqlite3")}
SAMSKAP_ALLOW_TIME_TRAVEL = True
BOOKING = BOOKING | {"demo": False, "switches": BOOKING["switches"] | {"webhooks": True}}
