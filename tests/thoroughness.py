"""How many examples a property test tries: fewer in `make quick`, the usual number in `make test`, more on request.

``HYPOTHESIS_PROFILE`` says which: quick, suite (the usual), thorough.
"""

from __future__ import annotations

import os

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "suite")
#: What Hypothesis itself takes for usual.
USUAL = 100
_LEAST = 8


def examples(usual: int = USUAL) -> int:
    """So many where ``usual`` are tried in a whole run."""
    return {"quick": max(min(usual, _LEAST), usual // 5), "thorough": usual * 10}.get(PROFILE, usual)
