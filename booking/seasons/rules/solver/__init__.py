"""A draft of the season: the fairest timetable that a budget of work finds, the same for the same input and seed.

``draft`` is the one door. It takes the fair greedy method as a start and improves on it with OR-Tools, which is loaded
only here; without that package the greedy result is the draft, and ``Draft.method`` says so.
"""

from __future__ import annotations

from booking.seasons.rules.solver.drafting import available, draft
from booking.seasons.rules.solver.values import Budget, Draft, Progress

__all__ = ["Budget", "Draft", "Progress", "available", "draft"]
