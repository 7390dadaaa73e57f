"""The municipality's own site around the Samskap plugin. Puts the repository root on the path."""

import sys
from pathlib import Path

_ROOT = str(Path(__file__).resolve().parents[2])
if _ROOT not in sys.path:
    sys.path.append(_ROOT)
