"""WSGI entry: `gunicorn --chdir site municipality.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "municipality.settings.production")
application = get_wsgi_application()
