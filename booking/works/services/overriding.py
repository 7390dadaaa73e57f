"""Going on without what the rules ask: an early start, signed by two in public; an emergency, never held up.

Source: notice-rules.md "Who may", needs N6.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource, Unit
from booking.foundation import text
from booking.foundation.errors import Forbidden, Invalid, RuleBroken, Unmet, WrongState
from booking.foundation.i18n import localized
from booking.works import selectors
from booking.works.models import (
    CallLog,
    EmergencyCause,
    Haste,
    Impact,
    NoticeKind,
    OverrideKind,
    Works,
    WorksFact,
    WorksOverride,
    WorksParty,
    WorksReceipt,
    WorksState,
)
from booking.works.rules import gate
from booking.works.services import affected, conflicts, drafting, figures, gating, occupying, telling
from booking.works.services.common import (
    EMERGENCY_ROLES,
    PLANNING_ROLES,
    current,
    leader,
    locked,
    log,
    planner,
    store,
    today_of,
)
from booking.works.services.facts import note_fact
from booking.works.services.moving import report_day
from booking.works.services.specs import TargetSpec, WorksSpec, check

#: Two tries by phone, and the leader's signature, stand in for a party that can't be reached.
TRIES = 2
#: An emergency may be written down so long after it began.
LATEST = timedelta(days=14)


# --- emergency -------------------------------------------------------------------------------------------------------


@transaction.atomic
def declare_emergency(
    *,
    unit: Unit,
    cause: str,
    resources: Sequence[Resource],
    by: Any,
    now: datetime,
    started_at: datetime | None = None,
    hours: int = 24,
    title: str = "",
    words: str = "",
    footprint: Any = None,
    submission_key: str | None = None,
) -> Works:
    """Danger: cause, place, go. Nothing holds it up; those affected are told at once, reason and report follow.

    ``started_at``: it may be written down late. ``hours``: how long the place is expected to be closed. Everything in
    its way is displaced and comes back. Raises ``Forbidden`` for who has no role in the unit, ``Invalid``.
    """
    if cause not in EmergencyCause.values:
        params = {"choices": ", ".join(EmergencyCause.values)}
        raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), params=params, loc=("cause",))
    if not resources and not footprint:
        raise Invalid("required", _("Say where it is."), loc=("resources",))
    if not 1 <= hours <= 24 * 60:
        raise Invalid("out_of_range", _("Give 1 to %(most)s hours."), params={"most": 24 * 60}, loc=("hours",))
    if submission_key and (there := Works.objects.filter(submission_key=submission_key).first()):
        return there
    begun = (started_at or now).replace(second=0, microsecond=0)
    if begun > now:
        raise Invalid("future", _("This hasn't happened yet."), loc=("started_at",))
    if begun < now - LATEST:
        raise Invalid("too_long_ago", _("This is more than two weeks ago."), loc=("started_at",))
    actor = planner(by, unit, now, roles=EMERGENCY_ROLES)
    label = str(EmergencyCause(cause).label)
    places = ", ".join(str(localized(one, "name")) for one in resources[:3])
    spec = WorksSpec(
        title=title or f"{label}: {places}"[:150] if places else title or label,
        reason=words or label,
        window_start=begun,
        window_end=max(begun, now.replace(second=0, microsecond=0)) + timedelta(hours=hours),
        targets=[TargetSpec(one, Impact.CLOSED) for one in {one.pk: one for one in resources}.values()],
        haste=Haste.EMERGENCY,
        footprint=footprint,
        contact_name=str(by) if getattr(by, "pk", None) else "",
        contact_phone=str(getattr(by, "phone", "") or unit.phone),
    )
    works = drafting.new_works(unit, actor, now=now, submission_key=submission_key)
    version = drafting.write_version(works, check(spec), actor, now)
    version.announced_at = now
    version.save(update_fields=["announced_at"])
    note_fact(works, WorksFact.Kind.STARTED, begun, actor, now)
    works.state = WorksState.ACTIVE_EMERGENCY
    WorksOverride.objects.create(
        works=works, version=version, kind=OverrideKind.EMERGENCY, cause=cause, reason=text.clean(
            words, max_length=text.GROUNDS, loc=("words",), multiline=True
        ), asked_by=by, asked_hat=actor.hat, asked_at=now, granted_by=by, granted_at=now, report_due=report_day(now),
    )  # fmt: skip
    log(works, "emergency_declared", by=actor, now=now, cause=cause)
    store(works, now)
    listing = affected.freeze(works, actor, now=now)
    rows = selectors.affected_rows(listing)
    telling.say(works, NoticeKind.EMERGENCY, rows, key=f"emergency:{works.pk}", now=now, actor=actor)
    conflicts.find_conflicts(works, now=now)
    occupying.take_time(works, now=now, displacing=None)
    return works


# --- early start -----------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_early_start(works: Works, *, reason: str, by: Any, now: datetime) -> WorksOverride:
    """Ask to start before the notice period is over. Somebody else, who leads the unit, grants it.

    An overdue report anywhere blocks early starts. Raises ``RuleBroken``, ``Forbidden``, ``Invalid``, ``WrongState``.
    """
    words = text.clean(reason, max_length=text.GROUNDS, loc=("reason",), multiline=True, required=True)
    fresh = locked(works)
    actor = planner(by, fresh.unit, now)
    _check_no_overdue(now)
    if fresh.state not in (WorksState.NOTICED, WorksState.READY):
        raise WrongState("wrong_state", _("Give notice first: then an early start can be asked for."))
    version = current(fresh)
    there = fresh.overrides.filter(kind=OverrideKind.EARLY_START, version=version, refused_at__isnull=True).first()
    if there is not None:
        return there
    row = WorksOverride.objects.create(
        works=fresh, version=version, kind=OverrideKind.EARLY_START, reason=words, asked_by=by, asked_hat=actor.hat,
        asked_at=now,
    )  # fmt: skip
    from booking.works import letters

    letters.to_leaders(fresh, "early_start_asked", f"early-start:{row.pk}", now=now, override=row.pk)
    log(fresh, "early_start_asked", by=actor, now=now, public=False, override=row.pk)
    store(fresh, now)
    return row


def _check_no_overdue(now: datetime) -> None:
    late = gating.overdue_reports(now).select_related("works").first()
    if late is not None:
        raise RuleBroken(
            "report_overdue",
            _(
                "The report about %(reference)s, or its review, is overdue. Until both are there nobody gets an early "
                "start."
            ),
            params={"reference": late.works.reference},
        )


@transaction.atomic
def log_call(
    override: WorksOverride,
    *,
    party: WorksParty,
    reached: bool,
    consents: bool = False,
    note: str = "",
    by: Any,
    now: datetime,
) -> CallLog:
    """A try to reach a direct party by phone before an early start.

    Raises ``Invalid``, ``Forbidden``, ``WrongState``.
    """
    words = text.clean(note, max_length=300, loc=("note",))
    if consents and not reached:
        raise Invalid("not_reached", _("Who wasn't reached can't have agreed."), loc=("consents",))
    works = locked(override.works)
    planner(by, works.unit, now, roles=(*PLANNING_ROLES, "officer"))
    row = WorksOverride.objects.get(pk=override.pk)
    if row.granted_at is not None or row.refused_at is not None:
        raise WrongState("wrong_state", _("This has been decided already."))
    if party.works_id != works.pk:
        raise Invalid("unknown_party", _("They are not affected by these works."), loc=("party",))
    call = CallLog.objects.create(
        override=row, party=party, reached=reached, consents=consents, note=words, by=by, at=now
    )
    store(works, now)
    return call


@transaction.atomic
def consent(party: WorksParty, *, by: Any = None, hat: str = "", now: datetime) -> WorksReceipt:
    """A direct party agrees to an early start of the works as they stand. Not the same as having received a notice."""
    works = locked(party.works)
    if not works.overrides.filter(
        kind=OverrideKind.EARLY_START, version=works.current_id, granted_at__isnull=True, refused_at__isnull=True
    ).exists():
        raise WrongState("not_asked", _("Nobody asks for that now."))
    receipt, made = WorksReceipt.objects.get_or_create(
        party=party, version=current(works), how=WorksReceipt.How.CONSENT,
        defaults={"at": now, "by": by if getattr(by, "is_authenticated", False) else None, "hat": hat},
    )  # fmt: skip
    if made:
        log(works, "consented", now=now, public=False, party=party.pk)
        store(works, now)
    return receipt


def consents_missing(override: WorksOverride) -> list[gate.Missing]:
    """The direct parties who have neither agreed nor been tried twice in vain.

    Tries stand in for who can't be reached. Who was reached and said no has answered: that isn't a try, and their last
    word counts.
    """
    works = override.works
    consents = WorksReceipt.objects.filter(
        party__works=works, how=WorksReceipt.How.CONSENT, version=override.version_id
    )
    # (when, whom, yes or no), the last word of each counts.
    said = [(one.at, one.party_id, True) for one in consents]
    tries: dict[int, int] = {}
    for call in override.calls.all():
        if call.reached:
            said.append((call.at, call.party_id, call.consents))
        else:
            tries[call.party_id] = tries.get(call.party_id, 0) + 1
    answers = {party: yes for _at, party, yes in sorted(said)}
    found = []
    for row in selectors.affected_rows(selectors.list_of(override.version)):
        pk, so_far = row.party_id, tries.get(row.party_id, 0)
        if not row.direct or answers.get(pk):
            continue
        if pk in answers:
            found.append(gate.Missing("refused_consent", party=pk))
        elif so_far < TRIES:
            found.append(gate.Missing("no_consent", party=pk, params={"tries": so_far}))
    return found


@transaction.atomic
def grant_override(override: WorksOverride, *, by: Any, now: datetime) -> WorksOverride:
    """The unit's leader signs an early start, in public. Everybody affected is told at once.

    Raises ``Unmet`` while a direct party has neither agreed nor been tried twice by phone, ``Forbidden`` for who asked
    for it and for who doesn't lead the unit, ``RuleBroken``, ``WrongState``.
    """
    works = locked(override.works)
    actor = leader(by, works.unit, now)
    row = WorksOverride.objects.select_related("version", "works").get(pk=override.pk)
    if row.granted_at is not None:
        return row
    if row.asked_by_id == by.pk:
        raise Forbidden("own_request", _("Whoever asks can't be the one who grants."))
    if row.refused_at is not None or row.version_id != works.current_id:
        raise WrongState("wrong_state", _("The works have changed since this was asked for."))
    _check_no_overdue(now)
    missing = consents_missing(row)
    if missing:
        raise Unmet("unmet", _("Something must be done first."), items=missing)
    at = works.starts_at or figures.first_day_of(current(works))
    unmet = gating.unmet_requirements(works, frozenset({"notice"}), start=at, now=now)
    row.granted_by, row.granted_at, row.unmet = by, now, sorted({one.code for one in unmet})
    row.save(update_fields=["granted_by", "granted_at", "unmet"])
    rows = selectors.affected_rows(selectors.list_of(row.version))
    telling.say(works, NoticeKind.EARLY_START, rows, key=f"early:{row.pk}", now=now, actor=actor)
    log(works, "early_start_granted", by=actor, now=now, override=row.pk, unmet=row.unmet)
    store(works, now)
    return row


@transaction.atomic
def refuse_override(override: WorksOverride, *, by: Any, now: datetime) -> WorksOverride:
    """No early start. Twice is the same as once."""
    works = locked(override.works)
    actor = leader(by, works.unit, now)
    row = WorksOverride.objects.get(pk=override.pk)
    if row.refused_at is not None:
        return row
    if row.granted_at is not None:
        raise WrongState("wrong_state", _("This has been decided already."))
    row.refused_at = now
    row.save(update_fields=["refused_at"])
    log(works, "early_start_refused", by=actor, now=now, public=False, override=row.pk)
    store(works, now)
    return row


# --- reports ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def write_report(override: WorksOverride, *, reason: str, report: str, by: Any, now: datetime) -> WorksOverride:
    """What happened, why it couldn't wait, and what was done: two working days after, and public.

    Raises ``Invalid``, ``Forbidden``, ``WrongState`` when it was reviewed.
    """
    why = text.clean(reason, max_length=text.GROUNDS, loc=("reason",), multiline=True, required=True)
    words = text.clean(report, max_length=text.GROUNDS, loc=("report",), multiline=True, required=True)
    works = locked(override.works)
    actor = planner(by, works.unit, now, roles=EMERGENCY_ROLES)
    row = WorksOverride.objects.get(pk=override.pk)
    if row.report_due is None:
        raise WrongState("no_report", _("This needs no report."))
    if row.reviewed_at is not None:
        raise WrongState("reviewed", _("This report has been reviewed. It doesn't change any more."))
    late = row.reported_at is None and today_of(now) > row.report_due
    row.reason, row.report, row.reported_by, row.reported_at = why, words, by, row.reported_at or now
    row.save(update_fields=["reason", "report", "reported_by", "reported_at"])
    from booking.works import letters

    letters.to_leaders(works, "report_written", f"report:{row.pk}", now=now, override=row.pk)
    log(works, "reported", by=actor, now=now, override=row.pk, late=late)
    store(works, now)
    return row


@transaction.atomic
def review_report(override: WorksOverride, *, review: str, by: Any, now: datetime) -> WorksOverride:
    """A second person has gone through it. Raises ``Forbidden`` for who declared or wrote it, ``WrongState``."""
    words = text.clean(review, max_length=text.GROUNDS, loc=("review",), multiline=True, required=True)
    works = locked(override.works)
    actor = planner(by, works.unit, now)
    row = WorksOverride.objects.get(pk=override.pk)
    if row.reported_at is None:
        raise WrongState("no_report", _("There is no report to review yet."))
    if row.reviewed_at is not None:
        return row
    if by.pk in (row.asked_by_id, row.reported_by_id):
        raise Forbidden("own_report", _("A second person must review this."))
    row.review, row.reviewed_by, row.reviewed_at = words, by, now
    row.save(update_fields=["review", "reviewed_by", "reviewed_at"])
    log(works, "reviewed", by=actor, now=now, override=row.pk)
    store(works, now)
    return row


def run_reports(now: datetime) -> int:
    """Overdue reports and reviews go to the municipal director, once each. ``tick`` calls it. How many."""
    from booking.works import letters

    done = 0
    for pk in list(gating.overdue_reports(now).filter(escalated_at__isnull=True).values_list("pk", flat=True)):
        with transaction.atomic():
            row = WorksOverride.objects.select_for_update(of=("self",)).select_related("works__unit").get(pk=pk)
            if row.escalated_at is not None or row.reviewed_at is not None:
                continue
            row.escalated_at = now
            row.save(update_fields=["escalated_at"])
            works = locked(row.works)
            letters.to_director(works, "report_overdue", f"report-overdue:{row.pk}", now=now, override=row.pk)
            log(works, "report_overdue", now=now, override=row.pk)
            store(works, now)
            done += 1
    return done


def directors(unit: Unit, now: datetime) -> list[Any]:
    """Who leads the unit that has none above it: the municipal director."""
    root = unit
    while root.parent is not None:
        root = root.parent
    return catalogue.leaders(root, today_of(now))
