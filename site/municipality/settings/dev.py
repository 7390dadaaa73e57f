"""For the demo and for developers: SQLite under var/, mail to the console and to the "sent mail" page."""

from .base import *
from .base import BOOKING, CONTENT_SECURITY_POLICY, env  # noqa: F401

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = env.str("SECRET_KEY", default="only-for-development-and-the-demo-never-in-production")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
INTERNAL_IPS = ["127.0.0.1"]

# A receiver on one's own machine can be tried out.
BOOKING = BOOKING | {
    "demo": True,
    "switches": BOOKING["switches"] | {"webhooks": env.bool("WEBHOOKS", default=True)},
    "webhook_networks": env.list("WEBHOOK_NETWORKS", default=["127.0.0.0/8", "::1/128"]),
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
