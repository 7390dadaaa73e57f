"""Which step leads where: the state machine of works, as one table. Pure.

Source: notice-rules.md "Objects". ``needs`` names what must hold before the step; `rules.gate` says what is unmet.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import WrongState

BEFORE_ACTIVE = ("draft", "planned", "consulting", "noticed", "ready")
#: Those affected have been told by a notice: nothing is changed without a word to them.
NOTICED = ("noticed", "ready", "active", "paused", "overrunning")
GOING_ON = ("active", "active_emergency", "paused", "overrunning")
OVER = ("completed", "closed", "cancelled")
#: Everybody may see these.
PUBLIC = ("planned", "consulting", *NOTICED, "active_emergency", "completed", "closed", "postponed", "cancelled")
#: They take time: as notes only, or as blocks too.
SHOWN_AS_NOTES = ("planned", "consulting")
BLOCKING = ("noticed", "ready", *GOING_ON)


@dataclass(frozen=True, slots=True)
class Step:
    """From ``source`` to ``target``. ``needs``: affected, consulted, answered, notice, report, restored."""

    source: str
    target: str
    event: str
    needs: frozenset[str] = frozenset()


def _step(sources: str, target: str, event: str, needs: str = "") -> list[Step]:
    return [Step(source, target, event, frozenset(needs.split())) for source in sources.split()]


STEPS: tuple[Step, ...] = (
    *_step("draft postponed", "planned", "planned"),
    *_step("planned", "consulting", "consultation_opened", "affected"),
    # Minor and short works go straight on: `consulted` says whether these may.
    *_step("planned consulting", "noticed", "noticed", "affected consulted answered"),
    *_step("noticed", "ready", "set_ready", "affected answered notice"),
    *_step("ready", "active", "started", "affected answered notice"),
    # The plan changed so that the time it was set to start at doesn't hold any more.
    *_step("ready", "noticed", "start_dropped"),
    *_step("draft", "active_emergency", "emergency_declared"),
    *_step("active overrunning", "paused", "paused"),
    *_step("paused", "active", "resumed"),
    *_step("active paused", "overrunning", "overrun"),
    *_step("active active_emergency paused overrunning", "completed", "completed"),
    *_step("completed", "closed", "closed", "report restored"),
    *_step(" ".join(BEFORE_ACTIVE), "postponed", "postponed"),
    *_step(" ".join((*BEFORE_ACTIVE, "postponed")), "cancelled", "cancelled"),
)

_BY_PAIR = {(step.source, step.target): step for step in STEPS}


def step_for(source: str, target: str) -> Step | None:
    """The step; None when the works stand there already. Raises ``WrongState`` when the table has no such step."""
    if source == target:
        return None
    step = _BY_PAIR.get((source, target))
    if step is None:
        raise WrongState(
            "wrong_state",
            _("Works that are “%(state)s” can't become “%(to)s”."),
            params={"state": _Label(source), "to": _Label(target)},
            extra={"state": source},
        )
    return step


def targets_from(source: str) -> list[str]:
    """Where works in that state can go next, in the order of the table."""
    return [step.target for step in STEPS if step.source == source]


class _Label:
    """The state in words, in the language of whoever reads the error."""

    def __init__(self, state: str) -> None:
        self.state = state

    def __str__(self) -> str:
        return str(LABELS.get(self.state, self.state))


LABELS = {
    "draft": _("Draft"),
    "planned": _("Planned"),
    "consulting": _("Those affected are asked"),
    "noticed": _("Notice is given"),
    "ready": _("Set to start"),
    "active": _("Going on"),
    "active_emergency": _("Emergency, going on"),
    "paused": _("Paused"),
    "overrunning": _("Takes longer than told"),
    "completed": _("Done"),
    "closed": _("Closed"),
    "postponed": _("Postponed"),
    "cancelled": _("Cancelled"),
}
