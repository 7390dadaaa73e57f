"""Who looked at whose contact data, what a leader agreed to, and what is old enough to go: so that no list is empty."""

from __future__ import annotations

from datetime import timedelta

from booking.cases.models import Case
from booking.organisations.models import LEADING_ROLES, Membership, OrganisationState
from booking.organisations.services import update_organisation
from booking.privacy.services import choose_days, ensure_rules, note_look
from municipality.lilleby.builders.life import Town

#: Case officers open what is new most.
_OPENED = 40


def build_privacy(town: Town) -> None:
    """After everything else: it is about what is there."""
    _looks(town)
    _consents(town)
    ensure_rules()
    # Shorter than as delivered: waits for the administrator's yes, and the page shows what that looks like.
    choose_days(name="letters", days=60, by=town.people["admin"], now=town.now - timedelta(days=1))


def _looks(town: Town) -> None:
    cases = Case.objects.select_related("officer").exclude(officer=None).order_by("-received_at", "-pk")[:_OPENED]
    for number, case in enumerate(cases):
        # The day after it came, and again when it was answered.
        for days in (1, 5) if number % 3 == 0 else (1,):
            at = min(case.received_at + timedelta(days=days, minutes=13 * number % 60), town.now)
            facts = {"kind": "case", "pk": case.pk, "label": case.reference, "unit_id": case.unit_id}
            note_look(viewer=case.officer, now=at, **facts)


def _consents(town: Town) -> None:
    """Leaders of listed organisations ticked the box themselves: off and on again, as the form does it."""
    rows = Membership.objects.filter(
        role=LEADING_ROLES[0], end=None, organisation__listed=True, organisation__state=OrganisationState.VERIFIED
    )
    for row in rows.select_related("organisation", "user").order_by("pk"):
        for days, on in ((91, False), (90, True)):
            update_organisation(
                organisation=row.organisation,
                changes={"listed": on},
                by=row.user,
                now=town.now - timedelta(days=days),
            )
