"""Making a round ready: what it is, which hours it shares out, by which rules, and last year's as a beginning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource, Unit
from booking.foundation import text
from booking.foundation.errors import FieldError, Forbidden, Invalid, WrongState
from booking.organisations import selectors as organisations
from booking.seasons import wording_rounds as wording
from booking.seasons.access import RUNNING_ROLES, check_may_run
from booking.seasons.models import OfferedHours, OwnUse, RoundBreak, RoundPlace, RoundState, SeasonRound, WishPlace
from booking.seasons.rules import flow, holidays, presets
from booking.seasons.selectors.bands import moves
from booking.seasons.selectors.standing import dates_of, rules_of
from booking.seasons.services.common import locked_round, record, today_of, touch
from booking.seasons.wording import rules_fault_text

#: A year later on the same weekday.
YEAR = timedelta(days=364)
GRIDS = (5, 10, 15, 20, 30, 60)
MOST_PLACES, MOST_ROWS = 300, 2000

DATES = tuple(one.name for one in fields(flow.Dates))


@dataclass(frozen=True, slots=True)
class RoundSpec:
    """What a round says about itself. Dates are local, "until" included."""

    name: str
    season_start: date
    season_end: date
    opens_on: date
    closes_on: date
    proposals_until: date
    hearing_until: date
    confirm_by: date
    adopt_on: date
    name_nn: str = ""
    name_en: str = ""
    about: str = ""
    officer: Any = None
    deputy: Any = None
    meeting_at: datetime | None = None
    meeting_place: str = ""
    adopted_by_whom: str = ""
    complain_to: str = ""
    complaint_days: int = 21
    grid_minutes: int = 30


@dataclass(frozen=True, order=True, slots=True)
class Week:
    """Weekly hours: weekday (0 Monday), minutes of the day; ``what`` for own use."""

    weekday: int
    start: int
    end: int
    what: str = ""


def _check(spec: RoundSpec, state: str = RoundState.PREPARING) -> RoundSpec:
    """The spec with tidy texts. Raises ``Invalid`` with every fault."""
    faults: list[FieldError] = []
    limits = {
        "name": 150, "name_nn": 150, "name_en": 150, "about": 4000, "meeting_place": 250, "adopted_by_whom": 250,
        "complain_to": 250,
    }  # fmt: skip
    tidy: dict[str, Any] = {one.name: getattr(spec, one.name) for one in fields(spec)}
    for name, limit in limits.items():
        try:
            tidy[name] = text.clean(
                tidy[name], max_length=limit, loc=[name], multiline=name == "about", required=name == "name"
            )
        except Invalid as error:
            faults += error.errors
    dates = flow.Dates(**{name: tidy[name] for name in DATES})
    for first, second in flow.out_of_order(dates):
        faults.append(
            FieldError(
                (second,), "dates_out_of_order", _("This date must not come before “%(other)s”."),
                {"other": wording.DATE_LABELS[first]},
            )
        )  # fmt: skip
    if (dates.season_end - dates.season_start).days > 800:
        faults.append(FieldError(("season_end",), "too_long", _("A season is at most two years long.")))
    if not 0 <= tidy["complaint_days"] <= 365:
        faults.append(FieldError(("complaint_days",), "out_of_range", _("Between 0 and 365 days.")))
    if tidy["grid_minutes"] not in GRIDS:
        faults.append(FieldError(("grid_minutes",), "out_of_range", _("Choose one of the lengths in the list.")))
    if faults:
        raise Invalid.of(faults)
    return RoundSpec(**tidy)


def _hat(user: Any, unit: Unit, now: datetime) -> str:
    if not catalogue.units_of(user, today_of(now), roles=RUNNING_ROLES).filter(pk=unit.pk).exists():
        raise Forbidden("forbidden", _("Only an officer or leader of the unit can do this."))
    return str(organisations.unit_hat(unit).code)


def _check_people(spec: RoundSpec, unit: Unit, now: datetime) -> None:
    """Who answers must work there: in the unit, or in one above it."""
    living = catalogue.missing(today_of(now)).living
    for name in ("officer", "deputy"):
        person = getattr(spec, name)
        if person is not None and not (
            living(person)
            and catalogue.units_of(person, today_of(now), roles=RUNNING_ROLES).filter(pk=unit.pk).exists()
        ):
            raise Invalid("not_of_the_unit", _("Choose an officer or leader of the unit who can sign in."), loc=[name])


def free_slug(name: str) -> str:
    """An address that nobody has yet."""
    base = slugify(name.replace("/", "-").translate(str.maketrans("æøåÆØÅ", "aoaAOA")))[:70] or "sesong"
    taken = set(SeasonRound.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return base if base not in taken else next(one for n in range(2, 10_000) if (one := f"{base}-{n}") not in taken)


@transaction.atomic
def create_round(
    spec: RoundSpec, *, unit: Unit, by: Any, now: datetime, submission_key: str | None = None
) -> SeasonRound:
    """A new round, being prepared; the school holidays of its season stand in it as suggestions.

    The same ``submission_key`` gives the same round again. Raises ``Forbidden``, ``Invalid``.
    """
    hat = _hat(by, unit, now)
    if submission_key and (same := SeasonRound.objects.filter(submission_key=submission_key).first()):
        return same
    spec = _check(spec)
    _check_people(spec, unit, now)
    made = SeasonRound.objects.create(
        **_columns(spec), slug=free_slug(spec.name), unit=unit, preset=presets.DEFAULT, created_by=by, created_at=now,
        revised_at=now, submission_key=submission_key or None,
    )  # fmt: skip
    _suggest_breaks(made)
    record(made, "created", at=now, by=by, hat=hat, public=False)
    return made


def _columns(spec: RoundSpec) -> dict[str, Any]:
    return {one.name: getattr(spec, one.name) for one in fields(spec)}


def _suggest_breaks(round: SeasonRound) -> None:
    found = holidays.suggested(round.season_start, round.season_end)
    RoundBreak.objects.bulk_create(
        RoundBreak(round=round, start=one.start, end=one.end, why=str(wording.HOLIDAYS[one.kind])) for one in found
    )


@transaction.atomic
def copy_round(old: SeasonRound, *, by: Any, now: datetime, submission_key: str | None = None) -> SeasonRound:
    """Last season's round as the beginning of the next: places, hours, own use, rules, who answers; dates a year on.

    Holidays are those of the new season. The same ``submission_key`` gives the first copy again. Raises ``Forbidden``.
    """
    old = locked_round(old)
    hat = _hat(by, old.unit, now)
    if submission_key and (same := SeasonRound.objects.filter(submission_key=submission_key).first()):
        return same
    on = today_of(now)
    start, end = old.season_start + YEAR, old.season_end + YEAR
    while end <= on:
        start, end = start + YEAR, end + YEAR
    moved = {name: getattr(old, name) + (start - old.season_start) for name in DATES}
    dates = flow.Dates(**moved)
    # An early start of the work may lie behind us already: then sensible dates from today.
    if dates.closes_on <= on:
        dates = flow.defaults(start, end, on)
    living = catalogue.missing(on).living
    made = SeasonRound.objects.create(
        **asdict(dates),
        **{
            name: getattr(old, name)
            for name in (
                "unit", "about", "adopted_by_whom", "complain_to", "complaint_days", "grid_minutes", "preset", "rules",
                "meeting_place",
            )
        },
        name=wording.next_name(old.name, old.season_start, start),
        name_nn=wording.next_name(old.name_nn, old.season_start, start),
        name_en=wording.next_name(old.name_en, old.season_start, start),
        slug=free_slug(wording.next_name(old.name, old.season_start, start)),
        officer=old.officer if old.officer is not None and living(old.officer) else None,
        deputy=old.deputy if old.deputy is not None and living(old.deputy) else None,
        follows=old, created_by=by, created_at=now, revised_at=now, submission_key=submission_key or None,
    )  # fmt: skip
    for place in old.places.prefetch_related("hours", "own_uses"):
        copy = RoundPlace.objects.create(round=made, resource_id=place.resource_id, order=place.order)
        OfferedHours.objects.bulk_create(
            OfferedHours(place=copy, weekday=one.weekday, start=one.start, end=one.end) for one in place.hours.all()
        )
        OwnUse.objects.bulk_create(
            OwnUse(place=copy, weekday=one.weekday, start=one.start, end=one.end, what=one.what)
            for one in place.own_uses.all()
        )
    _suggest_breaks(made)
    record(made, "copied", at=now, by=by, hat=hat, public=False, facts={"from": old.slug})
    return made


@transaction.atomic
def change_round(
    round: SeasonRound, spec: RoundSpec, *, by: Any, now: datetime, reason: str = "", if_version: int | None = None
) -> SeasonRound:
    """Correct what a round says. Once it is open, a date that moves is told to everybody with a reason, and dates of
    what has happened stand. Raises ``Forbidden``, ``Invalid``, ``Stale``."""
    row = locked_round(round, if_version=if_version)
    hat = check_may_run(by, row, today_of(now))
    spec = _check(spec)
    _check_people(spec, row.unit, now)
    before, after = dates_of(row), flow.Dates(**{name: getattr(spec, name) for name in DATES})
    moved = [name for name in DATES if getattr(before, name) != getattr(after, name)]
    public = row.state != RoundState.PREPARING
    fixed = [name for name in moved if name in flow.past_dates(row.state)]
    if fixed:
        raise Invalid.of([FieldError((name,), "happened", _("This has happened; the date stands.")) for name in fixed])
    if public and spec.grid_minutes != row.grid_minutes:
        raise Invalid("happened", _("The grid can't be changed once wishes may have come."), loc=["grid_minutes"])
    on = today_of(now)
    if row.state == RoundState.OPEN and "closes_on" in moved and after.closes_on < min(before.closes_on, on):
        raise Invalid("in_the_past", _("Wishes can't be closed on a day that has passed."), loc=["closes_on"])
    if row.state == RoundState.OPEN and row.closes_on < on and "closes_on" in moved and after.closes_on < on:
        raise Invalid("in_the_past", _("Wishes can't be closed on a day that has passed."), loc=["closes_on"])
    if public and moved:
        reason = text.clean(reason, max_length=300, loc=["reason"])
        if not reason:
            raise Invalid("reason_needed", _("Say why a date moves: it is shown to everybody."), loc=["reason"])
    for name, value in _columns(spec).items():
        setattr(row, name, value)
    row.taken_over = False
    row.version += 1
    row.revised_at = now
    row.save()
    if public and moved:
        facts = {
            "dates": {name: [getattr(before, name).isoformat(), getattr(after, name).isoformat()] for name in moved},
            "reason": reason,
        }
        record(row, "dates_changed", at=now, by=by, hat=hat, facts=facts)
    else:
        record(row, "changed", at=now, by=by, hat=hat, public=False)
    return row


# --- hours ------------------------------------------------------------------------------------------------------------


def _span_faults(rows: Iterable[Week], loc: tuple[str | int, ...]) -> list[FieldError]:
    faults = []
    for number, one in enumerate(rows):
        if not (0 <= one.weekday <= 6 and 0 <= one.start < one.end <= 24 * 60):
            faults.append(FieldError((*loc, number, "end"), "end_before_start", _("The end must be after the start.")))
    return faults


def _joined(rows: Iterable[Week]) -> list[Week]:
    """Sorted, joined where they touch or overlap."""
    found: list[Week] = []
    for one in sorted(rows):
        if found and found[-1].weekday == one.weekday and one.start <= found[-1].end:
            found[-1] = Week(one.weekday, found[-1].start, max(found[-1].end, one.end))
        else:
            found.append(Week(one.weekday, one.start, one.end))
    return found


#: States in which what is shared out, and by which rules, may still change.
OFFER_MOVES = (RoundState.PREPARING, RoundState.OPEN, RoundState.PROPOSALS)


def _changeable(round: SeasonRound, by: Any, now: datetime, reason: str) -> tuple[str, str]:
    """The hat, and the reason that must be told once others rely on the round."""
    hat = check_may_run(by, round, today_of(now))
    if round.state not in OFFER_MOVES:
        raise WrongState("wrong_state", _("The hours offered can't be changed once the hearing has begun."))
    reason = text.clean(reason, max_length=300, loc=["reason"])
    if round.state != RoundState.PREPARING and not reason:
        raise Invalid("reason_needed", _("Say why: it is shown to everybody."), loc=["reason"])
    return hat, reason


@transaction.atomic
def set_places(
    round: SeasonRound, places: Mapping[int, Iterable[Week]], *, by: Any, now: datetime, reason: str = "",
    if_version: int | None = None,
) -> SeasonRound:  # fmt: skip
    """Which things the round shares out, by id in the order to be shown, each with its weekly hours.

    A part of a thing without hours has those of its whole. Things of the round's unit, of units below it, and those
    that somebody else answers for too: several venues in one round. Raises ``Invalid`` for a place that somebody has
    wished for and that is left out.
    """
    row = locked_round(round, if_version=if_version)
    hat, reason = _changeable(row, by, now, reason)
    wanted = {pk: _joined(rows) for pk, rows in places.items()}
    if len(wanted) > MOST_PLACES or sum(map(len, wanted.values())) > MOST_ROWS:
        raise Invalid("too_many", _("These are more places or hours than a round holds."), loc=["places"])
    faults = [fault for pk, rows in places.items() for fault in _span_faults(rows, ("places", pk))]
    if faults:
        raise Invalid.of(faults)
    things = Resource.objects.filter(pk__in=wanted, state="active").in_bulk()
    if len(things) < len(wanted):
        raise Invalid("unknown", _("One of the places isn't there any more."), loc=["places"])
    for pk, rows in wanted.items():
        parent = things[pk].parent_id
        if not rows and parent not in wanted:
            raise Invalid(
                "no_hours", _("“%(place)s” has no hours. Only a part of a place that is offered too may have none."),
                loc=["places", pk], params={"place": things[pk].name},
            )  # fmt: skip
    asked = WishPlace.objects.filter(wish__round=row, wish__withdrawn_at__isnull=True).exclude(resource__in=wanted)
    if (first := asked.select_related("resource").first()) is not None:
        raise Invalid(
            "wished_for", _("“%(place)s” can't be left out: somebody has wished for it."), loc=["places"],
            params={"place": first.resource.name},
        )  # fmt: skip
    there = {one.resource_id: one for one in row.places.all()}
    row.places.exclude(resource__in=wanted).delete()
    for order, (pk, rows) in enumerate(wanted.items()):
        place = there.get(pk) or RoundPlace(round=row, resource_id=pk)
        place.order = order
        place.save()
        place.hours.all().delete()
        OfferedHours.objects.bulk_create(
            OfferedHours(place=place, weekday=one.weekday, start=one.start, end=one.end) for one in rows
        )
    record(
        row, "offer_changed", at=now, by=by, hat=hat, public=row.state != RoundState.PREPARING,
        facts={"reason": reason, "places": len(wanted)},
    )  # fmt: skip
    touch(row, now=now)
    return row


@transaction.atomic
def set_own_use(
    round: SeasonRound, uses: Mapping[int, Iterable[Week]], *, by: Any, now: datetime, reason: str = "",
    if_version: int | None = None,
) -> SeasonRound:  # fmt: skip
    """What the municipality needs itself, by id of the thing: set aside before anybody wishes, and shown with a name.

    Raises ``Invalid`` for a place that the round hasn't, and for use without a name.
    """
    row = locked_round(round, if_version=if_version)
    hat, reason = _changeable(row, by, now, reason)
    there = {one.resource_id: one for one in row.places.all()}
    faults = []
    rows = []
    for pk, spans in uses.items():
        spans = list(spans)
        faults += _span_faults(spans, ("own_use", pk))
        if pk not in there:
            faults.append(FieldError(("own_use", pk), "not_offered", _("This place isn't in the round.")))
            continue
        for number, one in enumerate(spans):
            what = text.clean(one.what, max_length=150, loc=["own_use", pk, number, "what"])
            if not what:
                loc = ("own_use", pk, number, "what")
                faults.append(FieldError(loc, "required", _("Say what the hours are for: it is shown to everybody.")))
            rows.append(OwnUse(place=there[pk], weekday=one.weekday, start=one.start, end=one.end, what=what))
    if len(rows) > MOST_ROWS:
        faults.append(FieldError(("own_use",), "too_many", _("These are more hours than a round holds.")))
    if faults:
        raise Invalid.of(faults)
    OwnUse.objects.filter(place__round=row).delete()
    OwnUse.objects.bulk_create(rows)
    record(
        row, "own_use_changed", at=now, by=by, hat=hat, public=row.state != RoundState.PREPARING,
        facts={"reason": reason, "rows": len(rows)},
    )  # fmt: skip
    touch(row, now=now)
    return row


@transaction.atomic
def set_breaks(
    round: SeasonRound, breaks: Iterable[tuple[date, date, str]], *, by: Any, now: datetime,
    if_version: int | None = None,
) -> SeasonRound:  # fmt: skip
    """Dates of the season without hours: first and last day, and why. Until the timetable is adopted."""
    row = locked_round(round, if_version=if_version)
    hat = check_may_run(by, row, today_of(now))
    if row.adopted_id is not None:
        raise WrongState("wrong_state", _("The timetable is adopted; close the place on single dates instead."))
    faults = []
    rows = []
    for number, (start, end, why) in enumerate(breaks):
        why = text.clean(why, max_length=150, loc=["breaks", number, "why"])
        if end < start:
            faults.append(FieldError(("breaks", number, "end"), "end_before_start", _("The end must not come before the start.")))  # fmt: skip  # noqa: E501
        elif start > row.season_end or end < row.season_start:
            faults.append(FieldError(("breaks", number, "start"), "outside", _("These dates are outside the season.")))
        if not why:
            faults.append(FieldError(("breaks", number, "why"), "required", _("Say why there are no hours.")))
        rows.append(RoundBreak(round=row, start=start, end=end, why=why))
    if len(rows) > 100:
        faults.append(FieldError(("breaks",), "too_many", _("These are too many.")))
    if faults:
        raise Invalid.of(faults)
    row.breaks.all().delete()
    RoundBreak.objects.bulk_create(rows)
    record(row, "breaks_changed", at=now, by=by, hat=hat, public=False, facts={"rows": len(rows)})
    touch(row, now=now)
    return row


@transaction.atomic
def set_rules(
    round: SeasonRound, preset: str, changes: Mapping[str, Any], *, by: Any, now: datetime, reason: str = "",
    if_version: int | None = None,
) -> SeasonRound:  # fmt: skip
    """The rules by which the hours are shared out: a preset, and members of it that are replaced.

    They are stored whole, and every age is in one band. Once the round is open a change needs a reason, and stands in
    the public record with how many teams are in another age band by it; after the proposals are on the table rules
    stand. Raises ``Invalid`` with what can't be used.
    """
    row = locked_round(round, if_version=if_version)
    hat, reason = _changeable(row, by, now, reason)
    if preset not in presets.NAMES:
        raise Invalid("unknown", _("Choose one of the rules in the list."), loc=["preset"])
    data = presets.preset_data(preset) | {name: value for name, value in changes.items() if name != "preset"}
    data = {name: value for name, value in data.items() if value is not None}  # None takes a member away
    try:
        read = presets.read(data)
        presets.check_bands(read)
    except presets.RulesError as error:
        raise Invalid.of(
            [FieldError(("rules", *path), why.code, rules_fault_text(path, why)) for path, why in error.faults]
        ) from error
    moved = moves(row, rules_of(row), read).teams
    row.preset, row.rules = preset, data
    record(
        row, "rules_changed", at=now, by=by, hat=hat, public=row.state != RoundState.PREPARING,
        facts={"preset": preset, "reason": reason} | ({"moved": moved} if moved else {}),
    )  # fmt: skip
    touch(row, now=now, fields=("preset", "rules"))
    return row


@transaction.atomic
def delete_round(round: SeasonRound, *, by: Any, now: datetime) -> None:
    """Take a round away that nobody has seen yet. Raises ``WrongState`` once it was open."""
    row = locked_round(round)
    check_may_run(by, row, today_of(now))
    if row.state != RoundState.PREPARING or row.wishes.exists() or row.proposals.exists() or row.followed_by.exists():
        raise WrongState("wrong_state", _("A round that was open stays, with its story."))
    row.delete()
