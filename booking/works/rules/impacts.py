"""What works do to a place, the mildest first (notice-rules.md "Rules are data")."""

from __future__ import annotations

IMPACTS = ("none", "nuisance", "access_limited", "partial", "closed", "permanent")
