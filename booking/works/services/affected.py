"""Who is affected: found by machine, gone through by a person, frozen per version (notice-rules.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.catalogue import selectors as catalogue
from booking.foundation import text, vault
from booking.foundation.errors import Forbidden, Invalid, WrongState
from booking.organisations import selectors as organisations
from booking.organisations.followers import links
from booking.organisations.models import Organisation
from booking.works.models import (
    AffectedList,
    AffectedParty,
    AffectedState,
    Category,
    Impact,
    PartyKind,
    Works,
    WorksParty,
    WorksReport,
    WorksVersion,
)
from booking.works.rules import states
from booking.works.rulesets import engine
from booking.works.services import figures, finding
from booking.works.services.common import (
    PLANNING_ROLES,
    Actor,
    check_impartial,
    current,
    locked,
    log,
    planner,
    store,
    today_of,
)

ADDRESS = "works-report-address"
#: Zero matches by machine need no signature in these.
_SMALL = (Category.SHORT, Category.MINOR)


@transaction.atomic
def find_affected(works: Works, *, now: datetime, by: Any = None) -> AffectedList:
    """Look anew for who the current version affects. What a person has decided on it stands.

    Raises ``WrongState`` when the list of this version has been confirmed and is frozen, ``Forbidden``.
    """
    fresh = locked(works)
    if by is not None:
        planner(by, fresh.unit, now)
    return look(fresh, now=now)


def look(works: Works, *, now: datetime) -> AffectedList:
    """`find_affected` inside a transaction that holds the lock. A frozen list is answered as it is."""
    version = current(works)
    listing, _made = AffectedList.objects.get_or_create(version=version, defaults={"found_at": now})
    if listing.confirmed_at is not None:
        return listing
    rules = figures.figures(works)
    found = finding.matches(version)
    parties = _parties(works, found, now)
    before = {row.party_id: row for row in listing.rows.all()}
    earlier = _decided_before(version)
    rows = []
    for key, match in found.items():
        party = parties[key]
        row = before.pop(party.pk, None) or AffectedParty(listing=listing, party=party)
        _fill(row, match, version, rules)
        if row.pk is None and (decided := earlier.get(party.pk)) is not None:
            # On an earlier version somebody said whether they are affected: that holds for the same evidence.
            row.state, row.reason = decided.state, decided.reason
            row.decided_by, row.decided_at = decided.decided_by, decided.decided_at
        rows.append(row)
    _store_rows(rows)
    # By hand or by their own word: no match of a machine is needed. Others that nothing speaks for any more go.
    AffectedParty.objects.filter(pk__in=[row.pk for row in before.values() if not row.by_hand]).delete()
    _carry_by_hand(works, listing, earlier, {row.party_id for row in rows} | set(before))
    listing.found_at = now
    listing.save(update_fields=["found_at"])
    return listing


def reckon_anew(works: Works) -> None:
    """The category of the current version and what it asks for each party, by what stands around it now.

    Under the works' lock. Who is on a list that was frozen stays there; only by when they are to be told may change.
    """
    from booking.works.services import drafting  # it knows this module by way of the changes

    version = current(works)
    before = (version.category, version.requirement)
    drafting.reckon(version)
    if (version.category, version.requirement) == before:
        return
    rules = figures.figures(works)
    rows = list(AffectedParty.objects.filter(listing__version=version))
    for row in rows:
        row.requirement = need_json(rules.required(version.category, row.impact, row.uses), version, rules)
    AffectedParty.objects.bulk_update(rows, ["requirement"], batch_size=200)


def _parties(works: Works, found: Iterable[finding.Key], now: datetime) -> dict[finding.Key, WorksParty]:
    """The parties of these works, made where they are new. Who has merged into another is that one."""
    keys = set(found)
    known: dict[finding.Key, WorksParty] = {}
    for party in works.parties.all():
        known[_key_of(party)] = party
    for key in sorted(keys - known.keys()):
        known[key] = new_party(works, key, now)
    return known


def party_for(works: Works, key: finding.Key, now: datetime) -> WorksParty:
    """The party of somebody who has to do with these works, on a list or not. Under the works' lock."""
    return _parties(works, [key], now)[key]


def _key_of(party: WorksParty) -> finding.Key:
    if party.kind == PartyKind.ORGANISATION:
        return ("organisation", party.organisation_id or 0)
    if party.kind == PartyKind.PERSON:
        return ("person", party.user_id or 0)
    return (party.kind, party.report_id or 0)


def new_party(works: Works, key: finding.Key, now: datetime) -> WorksParty:
    """A party with a link of its own: it reads, replies and acknowledges by it, without an account."""
    kind, pk = key
    token = links.new_token()
    return WorksParty.objects.create(
        works=works,
        kind=kind,
        organisation_id=pk if kind == PartyKind.ORGANISATION else None,
        user_id=pk if kind == PartyKind.PERSON else None,
        report_id=pk if kind == PartyKind.DECLARED else None,
        link_hash=links.hash_of(token),
        link_sealed=vault.seal("works-link", token),
        created_at=now,
    )


def _fill(row: AffectedParty, match: finding.Match, version: WorksVersion, rules: figures.Figures) -> None:
    need = finding.needs_of(match, version, rules)
    row.evidence = match.evidence
    row.direct, row.impact, row.uses = match.direct, match.impact, sorted(match.uses)
    row.first_hit, row.count = match.first, match.count
    row.requirement = need_json(need, version, rules)


def need_json(need: engine.Requirement, version: WorksVersion, rules: figures.Figures) -> dict[str, Any]:
    """What the rules ask for one party, with the latest moment: kept with the list."""
    found = engine.deadline(figures.first_day_of(version), need, rules.calendar)
    return {
        "category": need.category, "calendar_days": need.calendar_days, "working_days": need.working_days,
        "hours_before": need.hours_before, "hours_after": need.hours_after, "reminders": list(need.reminders),
        "direct": need.acknowledged_direct, "others": need.acknowledged_others, "phone": need.phone,
        "inform_only": need.inform_only, "told": need.told, "ladder": list(need.ladder),
        "earlier": need.steps_earlier, "latest_notice": found.latest.isoformat() if found else None,
        # The holidays that were counted with: the proof of the date.
        "days_off": [[day.isoformat(), name] for day, name in found.days_off] if found else [],
    }  # fmt: skip


def need_of(row: AffectedParty) -> engine.Requirement:
    """The requirement as it was kept."""
    kept: Mapping[str, Any] = row.requirement
    return engine.Requirement(
        category=kept.get("category", Category.SHORT),
        calendar_days=kept.get("calendar_days", 0),
        working_days=kept.get("working_days", 0),
        hours_before=kept.get("hours_before"),
        hours_after=kept.get("hours_after"),
        reminders=tuple(kept.get("reminders", ())),
        acknowledged_direct=kept.get("direct", 0),
        acknowledged_others=kept.get("others", 0),
        phone=kept.get("phone", False),
        inform_only=kept.get("inform_only", False),
        told=kept.get("told", True),
        ladder=tuple(kept.get("ladder", ())),
        steps_earlier=kept.get("earlier", 0),
    )


def _decided_before(version: WorksVersion) -> dict[int, AffectedParty]:
    """What a person decided on the version before, by party."""
    rows = AffectedParty.objects.filter(
        listing__version__works=version.works_id, listing__version__number__lt=version.number
    )
    found: dict[int, AffectedParty] = {}
    for row in rows.exclude(state=AffectedState.FOUND).order_by("listing__version__number"):
        found[row.party_id] = row
    return found


def _store_rows(rows: list[AffectedParty]) -> None:
    AffectedParty.objects.bulk_create([row for row in rows if row.pk is None], batch_size=200)
    AffectedParty.objects.bulk_update(
        [row for row in rows if row.pk is not None],
        ["evidence", "direct", "impact", "uses", "first_hit", "count", "requirement", "state", "reason"],
        batch_size=200,
    )


def _carry_by_hand(
    works: Works, listing: AffectedList, earlier: Mapping[int, AffectedParty], there: Iterable[int]
) -> None:
    """Who was added by hand on an earlier version is on this one too."""
    known = set(there)
    version, rules = listing.version, figures.figures(works)
    for row in earlier.values():
        if row.by_hand and row.party_id not in known and row.state == AffectedState.CONFIRMED:
            match = finding.Match(impact=row.impact, direct=row.direct, uses=set(row.uses), evidence=row.evidence)
            new = AffectedParty(
                listing=listing, party_id=row.party_id, by_hand=True, state=row.state, reason=row.reason,
                decided_by=row.decided_by, decided_at=row.decided_at,
            )  # fmt: skip
            _fill(new, match, version, rules)
            new.save()


@transaction.atomic
def decide_affected(row: AffectedParty, *, affected: bool, reason: str = "", by: Any, now: datetime) -> AffectedParty:
    """A person confirms a match, or leaves it out with a reason.

    Who leads the organisation doesn't decide that (needs N10). Raises ``Forbidden``, ``Disqualified``, ``Invalid``
    without a reason, ``WrongState`` when the list is frozen.
    """
    why = text.clean(reason, max_length=300, loc=("reason",), required=not affected)
    works = locked(row.listing.version.works)
    actor = planner(by, works.unit, now)
    fresh = _open_row(works, row)
    if fresh.party.organisation is not None:
        check_impartial(by, [fresh.party.organisation], now)
    fresh.state = AffectedState.CONFIRMED if affected else AffectedState.LEFT_OUT
    fresh.reason, fresh.decided_by, fresh.decided_at = why, by, now
    fresh.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    log(works, "affected_decided", by=actor, now=now, public=False, party=fresh.party_id, affected=affected)
    return fresh


def _open_row(works: Works, row: AffectedParty) -> AffectedParty:
    fresh = AffectedParty.objects.select_related("listing", "party__organisation").get(pk=row.pk)
    if works.current_id != fresh.listing.version_id or fresh.listing.confirmed_at is not None:
        raise WrongState("frozen", _("This list has been confirmed. It doesn't change any more."))
    return fresh


@transaction.atomic
def add_affected(
    works: Works, *, organisation: Organisation, reason: str, direct: bool = False, by: Any, now: datetime
) -> AffectedParty:
    """Put an organisation on the list by hand. Later than the confirmation too: then it is told on its own.

    Raises ``Forbidden``, ``Invalid``, ``WrongState`` for works that are over.
    """
    why = text.clean(reason, max_length=300, loc=("reason",), required=True)
    fresh = locked(works)
    actor = planner(by, fresh.unit, now)
    row = put_on_list(fresh, ("organisation", organisation.pk), why, direct=direct, actor=actor, now=now)
    store(fresh, now)
    return row


def put_on_list(
    works: Works, key: finding.Key, why: str, *, direct: bool, actor: Actor, now: datetime, source: str = "hand"
) -> AffectedParty:
    """A confirmed row for that party. Under the works' lock."""
    if works.state in states.OVER:
        raise WrongState("wrong_state", _("These works are over."))
    version = current(works)
    listing, _made = AffectedList.objects.get_or_create(version=version, defaults={"found_at": now})
    party = _parties(works, [key], now)[key]
    row = AffectedParty.objects.filter(listing=listing, party=party).first()
    if row is None:
        row = AffectedParty(listing=listing, party=party, by_hand=True)
        match = finding.Match(first=figures.first_day_of(version))
        match.add(source, version.impact if version.impact != Impact.NONE else Impact.NUISANCE, direct=direct)
        _fill(row, match, version, figures.figures(works))
    row.state, row.reason, row.decided_by, row.decided_at = AffectedState.CONFIRMED, why, actor.user, now
    row.direct = row.direct or direct
    row.save()
    log(works, "affected_added", by=actor, now=now, public=False, party=party.pk)
    if listing.confirmed_at is not None and works.state in states.NOTICED:
        from booking.works.services import telling  # said to the new one at once; telling knows this module

        telling.notice_to(works, [row], actor, now=now)
    return row


@transaction.atomic
def confirm_affected(works: Works, *, by: Any, now: datetime, if_version: int | None = None) -> AffectedList:
    """A person has gone through the list: everybody left on it is affected, and it is frozen for this version.

    In works that have been noticed already, those who are new are told now. Raises ``Forbidden``, ``Disqualified``
    when the person leads somebody who was left out.
    """
    fresh = locked(works, if_version=if_version)
    actor = planner(by, fresh.unit, now)
    return freeze(fresh, actor, now=now)


def freeze(works: Works, actor: Actor, *, now: datetime) -> AffectedList:
    """`confirm_affected` under the lock."""
    listing = look(works, now=now)
    if listing.confirmed_at is not None:
        return listing
    listing.rows.filter(state=AffectedState.FOUND).update(
        state=AffectedState.CONFIRMED, decided_by=actor.user, decided_at=now
    )
    listing.confirmed_at, listing.confirmed_by, listing.confirmed_hat = now, actor.user, actor.hat
    if listing.signed_by_id is not None and listing.signed_by_id == listing.confirmed_by_id:
        listing.signed_by = listing.signed_at = None
    listing.save()
    log(works, "affected_confirmed", by=actor, now=now, public=False, count=confirmed(listing).count())
    if works.state in states.NOTICED:
        from booking.works.services import telling

        telling.notice_to_new(works, listing, actor, now=now)
    store(works, now)
    return listing


def confirmed(listing: AffectedList) -> Any:
    """The rows that count."""
    return listing.rows.filter(state=AffectedState.CONFIRMED)


def needs_signature(version: WorksVersion, listing: AffectedList) -> bool:
    """ "Nobody is affected" must be signed by another: a person removed a match, or nothing was given to match with.

    Zero matches by machine in short and minor works need none.
    """
    if confirmed(listing).exists():
        return False
    if listing.rows.filter(state=AffectedState.LEFT_OUT).exists():
        return True
    if not version.targets.exists() and not version.footprint and not version.notify_area:
        return True
    return version.category not in _SMALL


@transaction.atomic
def sign_nobody(works: Works, *, by: Any, now: datetime) -> AffectedList:
    """Somebody other than the works' owner signs that nobody is affected.

    Raises ``Forbidden`` for the owner, for who went through the list, and for who has no part in the unit;
    ``WrongState`` when the list isn't confirmed, or somebody stands on it.
    """
    fresh = locked(works)
    actor = planner(by, fresh.unit, now, roles=(*PLANNING_ROLES, "officer"))
    listing = AffectedList.objects.filter(version=fresh.current).first()
    if listing is None or listing.confirmed_at is None:
        raise WrongState("not_confirmed", _("Somebody must go through the list first."))
    if confirmed(listing).exists():
        raise WrongState("somebody", _("Somebody is affected. This can't be signed."))
    if by.pk in (fresh.owner_id, listing.confirmed_by_id):
        raise Forbidden("own_works", _("Somebody else must sign that nobody is affected."))
    listing.signed_at, listing.signed_by = now, by
    listing.save(update_fields=["signed_at", "signed_by"])
    log(fresh, "nobody_signed", by=actor, now=now)
    store(fresh, now)
    return listing


# --- "we are affected too" -------------------------------------------------------------------------------------------


@transaction.atomic
def report_affected(
    works: Works,
    *,
    name: str,
    how: str,
    email: str = "",
    organisation: Organisation | None = None,
    by: Any = None,
    language: str = "nb",
    now: datetime,
) -> WorksReport:
    """Somebody says on the public page that they are affected too. A planner looks at it.

    ``organisation``: only by who leads it. The address is sealed. Raises ``Invalid``, ``Forbidden``, ``WrongState``.
    """
    who = text.clean(name, max_length=150, loc=("name",), required=True)
    what = text.clean(how, max_length=text.MESSAGE, loc=("how",), multiline=True, required=True)
    address = text.clean(email, max_length=254, loc=("email",))
    if address:
        try:
            validate_email(address)
        except ValidationError as error:
            raise Invalid("bad_email", _("This is no e-mail address."), loc=("email",)) from error
    fresh = locked(works)
    if fresh.state not in states.PUBLIC or fresh.state in states.OVER:
        raise WrongState("wrong_state", _("These works are over."))
    if (
        organisation is not None
        and not organisations.organisations_of(by, today_of(now)).filter(pk=organisation.pk).exists()
    ):
        raise Forbidden("forbidden", _("Only those who act for the organisation can do this."))
    row = WorksReport.objects.create(
        works=fresh, organisation=organisation, user=by if getattr(by, "is_authenticated", False) else None, name=who,
        address_sealed=vault.seal(ADDRESS, address) if address else "", key_id=vault.key_id() if address else "",
        language=language, how=what, at=now,
    )  # fmt: skip
    log(fresh, "affected_reported", now=now, public=False, report=row.pk)
    store(fresh, now)
    return row


@transaction.atomic
def decide_report(report: WorksReport, *, affected: bool, reason: str = "", by: Any, now: datetime) -> WorksReport:
    """A planner confirms somebody who said so themselves, or says why not. Confirmed, they are on the list.

    Their replies gate from then on. Raises ``Forbidden``, ``Invalid``, ``WrongState`` when it was decided.
    """
    why = text.clean(reason, max_length=300, loc=("reason",), required=not affected)
    works = locked(report.works)
    actor = planner(by, works.unit, now)
    fresh = WorksReport.objects.select_related("organisation").get(pk=report.pk)
    if fresh.verdict:
        if (fresh.verdict == "confirmed") == affected:
            return fresh
        raise WrongState("wrong_state", _("This has been decided already."))
    if fresh.organisation is not None:
        check_impartial(by, [fresh.organisation], now)
    fresh.verdict = "confirmed" if affected else "left_out"
    fresh.verdict_reason, fresh.decided_by, fresh.decided_at = why, by, now
    fresh.save()
    if affected:
        if fresh.organisation_id is not None:
            key: finding.Key = ("organisation", fresh.organisation_id)
        else:
            key = ("declared", fresh.pk)
        row = put_on_list(works, key, why or fresh.how[:300], direct=False, actor=actor, now=now, source="report")
        works.replies.filter(report=fresh).update(party=row.party)
    log(works, "report_decided", by=actor, now=now, public=False, report=fresh.pk, affected=affected)
    store(works, now)
    return fresh


def other_people(works: Works, now: datetime) -> list[Any]:
    """Who could sign or review for these works: planners and leaders of the unit but the owner."""
    people = catalogue.people_of(works.unit, today_of(now), PLANNING_ROLES)
    return [one for one in people if one.pk != works.owner_id]
