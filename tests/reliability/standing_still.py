"""The product's own WSGI application; the one file STAND_STILL says before which write a request must stand still.

Nothing of the product is replaced: a statement that would write is held back before it goes to the database, as a slow
disk or a lock holds it back, so that the test knows where the process is when it kills it.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.reliability.production_like")

from django.core.signals import request_started
from django.db.backends.signals import connection_created

from municipality.wsgi import application as product

ORDER = Path(os.environ["STAND_STILL"])
_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH)\b", re.I)
_count = 0


def _begin(**kwargs: Any) -> None:
    global _count
    _count = 0


def _hold(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    global _count
    if _WRITES.match(sql):
        _count += 1
        try:
            wanted = int(ORDER.read_text())
        except (OSError, ValueError):
            wanted = 0
        if _count == wanted:
            here = ORDER.with_suffix(".part")
            here.write_text(f"{os.getpid()} {sql[:120]}")
            here.rename(ORDER.with_suffix(".here"))
            time.sleep(120)
    return execute(sql, params, many, context)


def _connected(connection: Any, **kwargs: Any) -> None:
    if _hold not in connection.execute_wrappers:
        connection.execute_wrappers.append(_hold)


request_started.connect(_begin, dispatch_uid="standing-still")
connection_created.connect(_connected, dispatch_uid="standing-still")
application = product
