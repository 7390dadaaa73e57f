"""The worker that expands one file and may be killed: ``python -m booking.calendars.incoming.child START END SCHOOL
BYTES``: the horizon in seconds since 1970, the school, and how much memory it may have.

Reads the file from standard input, writes JSON to standard output. It knows no Django, no database and no secret.
"""

from __future__ import annotations

import json
import resource
import sys
from dataclasses import astuple
from datetime import UTC, datetime

MEMORY = 512 * 1024 * 1024
SECONDS = 30


def limit(memory: int = MEMORY) -> None:
    """So much memory, thirty seconds of work, and no picture of it on the disk."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Limit yourself, then read and expand."""
    limit(int(sys.argv[4]))
    # Read after the limits are set: the libraries are part of what is limited.
    from booking.calendars.incoming import expanding, reading

    start, end = (datetime.fromtimestamp(int(text), UTC) for text in sys.argv[1:3])
    try:
        found = expanding.expand(sys.stdin.buffer.read(reading.MAX_BYTES + 1), start, end, school=sys.argv[3])
    except reading.Unreadable as error:
        json.dump({"unreadable": error.code, "params": error.params}, sys.stdout)
        return
    json.dump(
        {
            "zone": found.zone,
            "events": found.events,
            "refused": found.refused[:500],
            "occurrences": [astuple(one) for one in found.occurrences],
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
