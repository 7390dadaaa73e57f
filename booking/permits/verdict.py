"""`permits`: what a loan takes that isn't in place yet; the same for preview, submission, decision and API (N11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.cases.verdicts import About, Asked, Situation, Verdict
from booking.catalogue.rules import Requirement, outstanding
from booking.permits.models import Permit

NAME = "permits"
_NEEDED: dict[str, Any] = {
    "permit": _("This takes a permit: %(what)s. It is granted by: %(who)s."),
    "condition": _("This is lent on a condition: %(what)s."),
    "document": _("This takes a document: %(what)s. It goes to: %(who)s."),
}
_APPLIED = _("Not granted yet: %(what)s. It is granted by: %(who)s.")
_REFUSED = _("Refused: %(what)s. It is granted by: %(who)s.")
_RUN_OUT = _("This does not hold that long: %(what)s.")
_SUGGESTIONS: dict[str, Any] = {
    "info": _("You can do it after you have asked. It must be in place before the loan."),
    "needs_officer": _("You can do it after you have asked. A case officer looks at it before the loan is granted."),
    "block": _("Get it first. Or ask anyway, and say how it stands."),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What each thing takes with what is to happen there, and where that stands in the case."""

    takes: Mapping[int, tuple[Requirement, ...]]
    standing: Mapping[int, tuple[str, date | None]]
    #: The same verdict object for the same facts: it is said once for forty dates.
    said: dict[tuple[int, str], Verdict] = field(default_factory=dict)


def load(about: About) -> Facts:
    """One query for a stored case, none for a request that isn't."""
    takes = {pk: about.terms.requirements(pk, about.uses) for pk in about.resource_ids}
    standing: dict[int, tuple[str, date | None]] = {}
    if about.case is not None and about.case.pk and any(takes.values()):
        rows = Permit.objects.filter(case=about.case).values_list("requirement_id", "state", "valid_to")
        standing = {pk: (state, valid_to) for pk, state, valid_to in rows}
    return Facts(takes, standing)


def permits(asked: Asked, situation: Situation) -> Iterable[Verdict]:
    """`permits`: one verdict for each permit, condition or document that isn't in place on that day."""
    facts: Facts = situation.facts[NAME]
    found = []
    for one in facts.takes.get(asked.resource.pk, ()):
        state, valid_to = facts.standing.get(one.id, ("needed", None))
        if not outstanding(state, valid_to, asked.local_start.date()):
            continue
        key = (one.id, state)
        if key not in facts.said:
            facts.said[key] = _verdict(one, state)
        found.append(facts.said[key])
    return found


def _verdict(one: Requirement, state: str) -> Verdict:
    severity: Any = one.severity
    message: Any = _NEEDED[one.kind]
    if state == "refused":
        message = _REFUSED
        if one.blocking and severity == "info":
            severity = "needs_officer"
    elif state == "granted":
        message = _RUN_OUT
    elif state == "applied" and one.kind != "condition":
        message = _APPLIED
    return Verdict(
        NAME,
        message,
        severity,
        suggestion=_SUGGESTIONS[severity],
        params={"what": str(one.what), "who": str(one.who), "requirement": one.id, "state": state},
        loc=("uses",),
    )
