"""Secrets of links stay out of logs, whoever writes the line: Django itself writes the path of what it refuses."""

from __future__ import annotations

import logging
import re

#: A part of a path as long and as random as the secrets of our links and feeds. Slugs with words in them are shorter
#: or have their words parted by hyphens all along; should one look like a secret, only a log line is poorer.
_SECRET = re.compile(r"(?<=/)[A-Za-z0-9_-]{40,}(?=[/\s?#\"']|$)")


class HideSecrets(logging.Filter):
    """Puts ``…`` in the place of long random parts of addresses; never stops a line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """The message as it would be written, without secrets."""
        try:
            message = record.getMessage()
        except (
            TypeError,
            ValueError,
            KeyError,
        ):  # a line that can't be formatted is the writer's fault, and logging says so itself
            return True
        hidden = _SECRET.sub("…", message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True
