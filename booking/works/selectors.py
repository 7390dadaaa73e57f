"""Reading works: who may see which, what everybody sees, how they stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from booking.catalogue import rules as catalogue_rules
from booking.catalogue import selectors as catalogue
from booking.catalogue.rules import search_terms
from booking.foundation import vault
from booking.foundation.conf import booking_settings
from booking.foundation.errors import NotFound
from booking.organisations import selectors as organisations
from booking.organisations.followers import links
from booking.organisations.models import LEADING_ROLES, Organisation
from booking.works.models import (
    AffectedList,
    AffectedParty,
    AffectedState,
    Works,
    WorksAnswer,
    WorksParty,
    WorksPeriod,
    WorksState,
    WorksTarget,
    WorksVersion,
)
from booking.works.rules import states

#: Works that are over stay in the public list so long (notice-rules.md "Out").
KEPT = timedelta(days=30)
LINK = "works-link"


def is_on() -> bool:
    """Whether the municipality plans its works here at all (a switch)."""
    return booking_settings().is_on("works")


# --- who may see which -----------------------------------------------------------------------------------------------


def public_works() -> QuerySet[Works]:
    """Works that everybody may see: those that were announced."""
    return Works.objects.filter(state__in=states.PUBLIC) if is_on() else Works.objects.none()


def listed_works(now: datetime) -> QuerySet[Works]:
    """Works ahead and going on; those that are over for thirty days."""
    over = Q(state__in=states.OVER, revised_at__lte=now - KEPT)
    return public_works().exclude(over).exclude(state=WorksState.POSTPONED, revised_at__lte=now - KEPT)


def staff_works(user: Any, on: date, roles: Collection[str] | None = None) -> QuerySet[Works]:
    """Works of the units where ``user`` holds a role (one of ``roles``), child units included."""
    if not is_on() or not getattr(user, "is_authenticated", False) or not user.is_active:
        return Works.objects.none()
    return Works.objects.filter(unit__in=catalogue.units_of(user, on, roles=roles))


def visible_works(user: Any, on: date) -> QuerySet[Works]:
    """What everybody sees, and the drafts of one's own units."""
    mine = staff_works(user, on).order_by().values("pk")
    return Works.objects.filter(Q(pk__in=public_works().order_by().values("pk")) | Q(pk__in=mine))


def with_all(found: QuerySet[Works]) -> QuerySet[Works]:
    """With the current version, its places and times: a constant number of queries for any number of works."""
    return found.select_related("unit", "owner", "deputy", "current").prefetch_related(
        Prefetch("current__targets", WorksTarget.objects.select_related("resource")),
        Prefetch("current__periods", WorksPeriod.objects.order_by("start", "pk")),
    )


def search(found: QuerySet[Works], text: str) -> QuerySet[Works]:
    """``found`` narrowed to those in which every word occurs."""
    for word in search_terms(text):
        found = found.filter(search_text__contains=word)
    return found


def works_on(resource_ids: Iterable[int], start: datetime, end: datetime) -> list[Works]:
    """Announced works that touch these things in ``[start, end)``, by start: for pages, banners and calendars.

    Things that lie in a hit one, or share its ground, are hit too. A constant number of queries.
    """
    from booking.organisations.followers import selectors as followers

    ids = set(resource_ids)
    if not is_on() or not ids:
        return []
    around = set().union(*followers.reached_by(ids).values(), ids)
    versions = WorksVersion.objects.filter(
        current_of__state__in=[one for one in states.PUBLIC if one not in (*states.OVER, "postponed")],
        window_start__lt=end, window_end__gt=start,
    ).exclude(impact="none")  # fmt: skip
    hit = WorksTarget.objects.filter(
        Q(resource__in=ids) | Q(resource__in=around, subtree=True) | Q(resource__in=_sharing(ids)),
        version__in=versions.order_by().values("pk"),
    ).exclude(impact="none")
    rows = with_all(Works.objects.filter(current__in=hit.order_by().values("version_id")))
    return sorted(rows, key=lambda one: (one.current.window_start if one.current else one.created_at, one.pk))


def _sharing(ids: Collection[int]) -> QuerySet[Any]:
    from booking.catalogue.models import Cover

    cells = Cover.objects.filter(resource__in=list(ids)).order_by().values("cell_id")
    return Cover.objects.filter(cell__in=cells).order_by().values("resource_id")


def find_public(reference: str) -> Works:
    """Raises ``NotFound`` for works that nobody has announced."""
    row = with_all(public_works()).filter(reference=reference).first()
    return _found(row)


def find_staff(user: Any, reference: str, on: date, roles: Collection[str] | None = None) -> Works:
    """Works of one's own units. Raises ``NotFound`` for all others."""
    return _found(with_all(staff_works(user, on, roles)).filter(reference=reference).first())


def _found(row: Works | None) -> Works:
    from django.utils.translation import gettext_lazy as _

    if row is None:
        raise NotFound("not_found", _("There are no such works."))
    return row


# --- who answers -----------------------------------------------------------------------------------------------------


def acting_for(works: Works, on: date) -> tuple[Any, str]:
    """Who answers for the works on that day, and why it isn't their planner (requests.md clock 7)."""
    absent = catalogue.missing(on)
    found = catalogue_rules.acting(
        works.owner,
        works.deputy,
        catalogue.leaders(works.unit, on),
        living=absent.living,
        present=absent.present,
        stand_in=lambda user: absent.away.get(user.pk),
    )
    return found.person, found.reason


# --- parties ---------------------------------------------------------------------------------------------------------


def list_of(version: WorksVersion) -> AffectedList | None:
    """The list of those affected by that very version."""
    return AffectedList.objects.filter(version=version).first()


def standing_list(works: Works) -> AffectedList | None:
    """The list that counts: of the current version when somebody has confirmed it, else the newest that was."""
    return (
        AffectedList.objects.filter(version__works=works, confirmed_at__isnull=False)
        .order_by("-version__number")
        .first()
    )


def affected_rows(listing: AffectedList | None) -> list[AffectedParty]:
    """Those who count, with their parties. One query."""
    if listing is None:
        return []
    rows = listing.rows.filter(state=AffectedState.CONFIRMED)
    return list(rows.select_related("party__organisation", "party__user", "party__report").order_by("pk"))


def party_by_token(token: str) -> WorksParty:
    """Whose link this is. Raises ``NotFound``."""
    party = (
        WorksParty.objects.select_related("works__unit", "works__current", "organisation", "user", "report")
        .filter(link_hash=links.hash_of(token))
        .first()
    )
    if party is None or not is_on():
        raise NotFound("unknown_link", "There is no such link.")
    return party


def token_of(party: WorksParty) -> str:
    """The secret of a party's link; "" when the key that sealed it was taken away."""
    try:
        return vault.open_sealed(LINK, party.link_sealed)
    except vault.Unreadable:
        return ""


def parties_of(user: Any, works: Works, on: date) -> list[WorksParty]:
    """The parties of these works for whom ``user`` may speak: their own, and organisations where they have a leading
    role."""
    if not getattr(user, "is_authenticated", False):
        return []
    groups = organisations.organisations_of(user, on, LEADING_ROLES).order_by().values("pk")
    return list(
        works.parties.filter(Q(organisation__in=groups) | Q(user=user)).select_related("organisation").order_by("pk")
    )


def party_of_organisation(works: Works, organisation: Organisation) -> WorksParty | None:
    """Its party in these works, when it is affected."""
    return works.parties.filter(organisation=organisation).first()


def on_list(party: WorksParty) -> AffectedParty | None:
    """The party's row on the list that counts; None when it isn't (or is no longer) affected."""
    listing = standing_list(party.works)
    if listing is None:
        return None
    return listing.rows.filter(party=party, state=AffectedState.CONFIRMED).first()


def story_of(works: Works) -> tuple[Works | None, Works | None]:
    """Which works these go on with, and which go on with them: of both only what everybody may see. Two queries."""
    before = public_works().filter(pk=works.continues_id).first() if works.continues_id else None
    return before, public_works().filter(continues=works.pk).order_by("-pk").first()


def you_said(works: Works) -> Sequence[WorksAnswer]:
    """The rows of "you said / we did", oldest first."""
    return list(works.answers.order_by("pk"))
