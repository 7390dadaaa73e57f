"""Production: refuses to start with a default secret, debug, or an unprotected host list."""

from django.core.exceptions import ImproperlyConfigured

from .base import *
from .base import ALLOWED_HOSTS, SECRET_KEY, env

DEBUG = False
if env.bool("DEBUG", default=False):
    raise ImproperlyConfigured("DEBUG must not be on in production.")
if len(SECRET_KEY) < 40 or SECRET_KEY.startswith(("only-for", "django-insecure")):
    raise ImproperlyConfigured("SECRET_KEY must be set to a long random value in production.")
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts of this site in production.")
if not env.str("EMAIL_URL", default=""):
    raise ImproperlyConfigured("EMAIL_URL must name the mail server in production: receipts are promises.")

# Officers read the contact details of a whole town: a mailbox alone must not open that.
SECOND_FACTOR_FOR_STAFF = env.bool("SECOND_FACTOR_FOR_STAFF", default=True)
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
# Calendar programs that take webcal: for http give up at a redirect (feeds.md); public feeds hold no secret.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^feeds/resource-"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_SUBDOMAINS", default=False)
