"""Settings of the web server in these tests: production's, without what only an installation has.

A folder of collected static files, a proxy that speaks TLS. The database is the one that the test names.
"""

import os

from municipality.settings.production import *  # noqa: F403
from municipality.settings.production import DATABASES, STORAGES

STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = False
if "SQLITE_PATIENCE" in os.environ:
    # Production waits 20 s for a writer that holds the file; a test that holds it doesn't want to wait as long.
    DATABASES["default"]["OPTIONS"]["timeout"] = float(os.environ["SQLITE_PATIENCE"])
