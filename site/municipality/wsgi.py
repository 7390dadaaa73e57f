"""WSGI entry: `gunicorn --chdir site municipality.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "municipality.settings.production")
application = get_wsgi_application()


def _warm() -> None:
    """Load the code of all pages and the texts of all languages now: nobody waits for it at a first visit, and with
    `--preload` it is done once for all processes, also for one that takes the place of one that died."""
    from django.conf import settings
    from django.urls import get_resolver
    from django.utils import translation

    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            translation.gettext("")
            get_resolver().reverse_dict  # noqa: B018 - reading it makes it


_warm()
