"""What a calculation says about itself, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.seasons.models import DraftRun, RunState
from booking.seasons.shown import hours_words

#: How long a calculation may take: deterministic seconds, near a second of a machine of today each.
BUDGET_WORDS = {
    10.0: _("Quick: about ten seconds"),
    60.0: _("Usual: about a minute"),
    300.0: _("Thorough: about five minutes"),
    1800.0: _("Overnight: about half an hour"),
}


def facts_words(facts: Mapping[str, Any], seed: int | None) -> list[str]:
    """Method, how good it is known to be, and how to get the same again."""
    words = []
    method = facts.get("method")
    if method == "greedy":
        words.append(
            gettext(
                "Calculated with the simple method, since the solver isn't installed here: the next hours go to whoever"
                " has the lowest coverage."
            )
        )
    elif method == "order":
        words.append(gettext("Served one after the other, as the rules say."))
    elif method:
        words.append(gettext("Calculated by the solver, which looks for the fairest timetable."))
    levels = facts.get("levels") or []
    if levels and levels[0] >= 100:
        words.append(gettext("Every organisation that comes first by the rules has its whole share."))
    elif levels:
        words.append(gettext("The worst-off organisation has %(percent)s %% of its share.") % {"percent": levels[0]})
    if facts.get("bound") is not None and (not levels or levels[0] < 100):
        words.append(
            gettext("It is proven that nobody could give everybody more than %(percent)s %%.")
            % {"percent": facts["bound"]}
        )
    if facts.get("stopped"):
        words.append(gettext("It was stopped before it was done: this is the best it had."))
    if seed is not None:
        words.append(
            gettext("Number of the draw: %(seed)s. The same number gives the same timetable.") % {"seed": seed}
        )
    return words


def progress_words(run: DraftRun) -> str:
    """Where a calculation is."""
    progress = run.progress
    if run.state == RunState.QUEUED:
        return gettext("Waits for the worker. It begins within seconds; if not, the worker isn't running.")
    if "worst" not in progress:
        return gettext("Has begun.")
    words = {
        "worst": progress["worst"],
        "hours": hours_words(int(progress.get("minutes", 0))),
        "without": progress.get("unserved", 0),
    }
    return (
        gettext(
            "Best so far: the worst-off organisation has %(worst)s %%, %(hours)s in all, %(without)s teams without."
        )
        % words
    )


def done_percent(run: DraftRun) -> int:
    """For a progress bar."""
    return round(100 * float(run.progress.get("done", 0)))
