"""Wishes: entering, changing, withdrawing, and "same as last year" for all teams. Source: seasons.md 2.

The closing date closes by itself at midnight. A later wish is written down by the officer, with a reason that
everybody sees: they are asked, and nobody gets past the others in silence.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from booking.foundation import text
from booking.foundation.errors import FieldError, Forbidden, Invalid, NotFound, RuleBroken, Stale, WrongState
from booking.organisations.models import Organisation
from booking.seasons import wording_rounds as wording
from booking.seasons.access import check_acts_for, check_may_decide
from booking.seasons.models import RoundPlace, RoundState, SeasonRound, Wish, WishPlace
from booking.seasons.rules import asking
from booking.seasons.rules.asking import WishSpec
from booking.seasons.selectors import last_season
from booking.seasons.selectors.visible import takes_wishes
from booking.seasons.services import telling
from booking.seasons.services.common import locked_round, record, today_of

#: An organisation's teams in one round.
MOST_WISHES = 200
#: Until the timetable is decided the officer may write down, correct and withdraw late wishes.
LATE_STATES = (RoundState.OPEN, RoundState.PROPOSALS, RoundState.HEARING)


def tidy(spec: WishSpec, round: SeasonRound) -> WishSpec:
    """The spec with tidy texts and times. Raises ``Invalid`` with every fault, each at its field."""
    faults: list[FieldError] = []
    values: dict[str, Any] = {}
    for name, limit, several in (("team", 80, False), ("activity", 60, False), ("note", 1000, True)):
        try:
            values[name] = text.clean(getattr(spec, name), max_length=limit, loc=[name], multiline=several)
        except Invalid as error:
            faults += error.errors
    words = []
    for number, word in enumerate(spec.apart):
        try:
            words.append(text.clean(word, max_length=asking.APART_LENGTH, loc=["apart", number]).casefold())
        except Invalid as error:
            faults += error.errors
    values["apart"] = tuple(dict.fromkeys(word for word in words if word))
    spec = replace(spec, **values)
    offered = list(RoundPlace.objects.filter(round=round).values_list("resource_id", flat=True))
    found = asking.wrong(spec, offered=offered, grid=round.grid_minutes)
    faults += [
        FieldError((one.field,), one.code, *wording.wish_fault(one, round))
        for one in found
        if not any(fault.loc[:1] == (one.field,) for fault in faults)
    ]
    if faults:
        raise Invalid.of(faults)
    return replace(spec, best=asking.tidy_times(spec.best), impossible=asking.tidy_times(spec.impossible))


def _hat(
    round: SeasonRound, organisation: Organisation, *, by: Any, staff: bool, reason: str, now: datetime
) -> tuple[str, str]:
    """The hat, and the reason of a late wish. Raises ``Forbidden``, ``Disqualified``, ``WrongState``, ``Invalid``."""
    on = today_of(now)
    if staff:
        hat = check_may_decide(by, round, on)
    else:
        hat = check_acts_for(by, organisation, on)
    if takes_wishes(round, on):
        return hat, ""
    if round.state == RoundState.PREPARING:
        raise WrongState("not_open", _("The round isn't open yet."))
    if not staff:
        raise RuleBroken(
            "wishes_closed",
            _("Wishes were closed on %(day)s. Ask %(who)s: a late wish can be written down there, with a reason."),
            params={"day": wording.day_words_lazy(round.closes_on), "who": wording.contact_words(round)},
        )
    if round.state not in LATE_STATES:
        raise WrongState("adopted", _("The timetable is adopted. New hours are asked for as any others."))
    reason = text.clean(reason, max_length=300, loc=["reason"])
    if not reason:
        raise Invalid("reason_needed", _("Say why the wish comes late: it is shown to everybody."), loc=["reason"])
    return hat, reason


@transaction.atomic
def enter_wish(
    round: SeasonRound, organisation: Organisation, spec: WishSpec, *, by: Any, now: datetime, staff: bool = False,
    reason: str = "", submission_key: str | None = None, copied_from: Wish | None = None,
) -> Wish:  # fmt: skip
    """A wish of one team. ``staff``: the unit writes it down for the organisation, which is told.

    The same ``submission_key`` gives the same wish again. Raises ``Invalid`` for what can't be, and for a second wish
    of the same team; ``RuleBroken`` once wishes are closed.
    """
    row = locked_round(round)
    hat, reason = _hat(row, organisation, by=by, staff=staff, reason=reason, now=now)
    if submission_key and (same := Wish.objects.filter(submission_key=submission_key).first()):
        if same.round_id != row.pk or same.organisation_id != organisation.pk:
            raise Invalid("key_used", _("This form was sent before. Load the page again."))
        return same
    spec = tidy(spec, row)
    made = _store(row, organisation, spec, by=by, hat=hat, now=now, key=submission_key, copied_from=copied_from)
    if reason:
        record(
            row, "late_wish", at=now, by=by, hat=hat,
            facts={"wish": made.number, "organisation": organisation.pk, "team": made.team, "reason": reason},
        )  # fmt: skip
    if staff:
        _tell(row, made, f"written:{made.pk}", now=now)
    return made


def _tell(round: SeasonRound, wish: Wish, kind: str, *, now: datetime, act: str = "") -> None:
    """The organisation hears what the municipality did to its wish."""
    payload = {wish.organisation_id: {"wish": wish.pk, **({"act": act} if act else {})}}
    telling.tell_organisations(round, [wish.organisation], kind, "season_wish_written", now=now, payload=payload)


def _store(
    round: SeasonRound, organisation: Organisation, spec: WishSpec, *, by: Any, hat: str, now: datetime,
    key: str | None = None, copied_from: Wish | None = None,
) -> Wish:  # fmt: skip
    mine = Wish.objects.filter(round=round, organisation=organisation, withdrawn_at__isnull=True)
    names = list(mine.values_list("team", flat=True))
    if len(names) >= MOST_WISHES:
        raise Invalid("too_many", _("An organisation can have at most %(most)s wishes in a round."), loc=["team"],
                      params={"most": MOST_WISHES})  # fmt: skip
    _check_team(spec, names)
    number = (Wish.objects.filter(round=round).aggregate(last=Max("number"))["last"] or 0) + 1
    try:
        made = Wish.objects.create(
            round=round, organisation=organisation, number=number, **_columns(spec), entered_by=by, entered_hat=hat,
            received_at=now, revised_at=now, submission_key=key or None, copied_from=copied_from,
        )  # fmt: skip
    except IntegrityError as error:  # pragma: no cover - the round's lock comes first
        raise _twice(spec) from error
    _store_places(made, spec)
    return made


def _check_team(spec: WishSpec, names: list[str]) -> None:
    if spec.team.casefold() in {name.casefold() for name in names}:
        raise _twice(spec)


def _twice(spec: WishSpec) -> Invalid:
    return Invalid(
        "team_twice", _("There is a wish for “%(team)s” already: change that one, or give this team another name."),
        loc=["team"], params={"team": spec.team},
    )  # fmt: skip


def _columns(spec: WishSpec) -> dict[str, Any]:
    values = {one.name: getattr(spec, one.name) for one in fields(spec) if one.name != "places"}
    for name in ("best", "impossible", "last"):
        values[name] = [list(one) for one in values[name]]
    values["apart"] = list(values["apart"])
    return values


def _store_places(wish: Wish, spec: WishSpec) -> None:
    wish.places.all().delete()
    WishPlace.objects.bulk_create(
        WishPlace(wish=wish, resource_id=pk, rank=rank) for rank, pk in enumerate(spec.places, start=1)
    )


def _locked_wish(wish: Wish, if_version: int | None) -> tuple[SeasonRound, Wish]:
    round = locked_round(wish.round_id)
    row = Wish.objects.select_for_update(of=("self",)).select_related("organisation").filter(pk=wish.pk).first()
    if row is None:
        raise NotFound("not_found", _("There is no such wish."))
    if if_version is not None and row.version != if_version:
        raise Stale("stale", _("Somebody changed this wish in the meantime. Look at it again."))
    if row.withdrawn_at is not None:
        raise WrongState("withdrawn", _("This wish was withdrawn."))
    return round, row


@transaction.atomic
def change_wish(
    wish: Wish, spec: WishSpec, *, by: Any, now: datetime, staff: bool = False, reason: str = "",
    if_version: int | None = None,
) -> Wish:  # fmt: skip
    """Another text of the same wish. Its place in the order of those that came stays. Rules as for a new one."""
    round, row = _locked_wish(wish, if_version)
    hat, reason = _hat(round, row.organisation, by=by, staff=staff, reason=reason, now=now)
    # What the team had last season isn't the form's to change.
    spec = tidy(replace(spec, last=tuple(tuple(one) for one in row.last)), round)
    others = Wish.objects.filter(round=round, organisation=row.organisation, withdrawn_at__isnull=True)
    _check_team(spec, list(others.exclude(pk=row.pk).values_list("team", flat=True)))
    for name, value in _columns(spec).items():
        setattr(row, name, value)
    row.version += 1
    row.revised_at = now
    row.save()
    _store_places(row, spec)
    if reason:
        record(
            round, "late_change", at=now, by=by, hat=hat,
            facts={"wish": row.number, "organisation": row.organisation_id, "team": row.team, "reason": reason},
        )  # fmt: skip
    if staff:
        _tell(round, row, f"changed:{row.pk}:{row.version}", now=now, act="changed")
    return row


@transaction.atomic
def withdraw_wish(wish: Wish, *, by: Any, now: datetime, staff: bool = False, if_version: int | None = None) -> Wish:
    """The team needs no hours after all. Until the timetable is adopted, also after the closing date: it gives hours
    to others. A second press changes nothing."""
    if Wish.objects.filter(pk=wish.pk, withdrawn_at__isnull=False).exists():
        return wish
    round, row = _locked_wish(wish, if_version)
    on = today_of(now)
    hat = check_may_decide(by, round, on) if staff else check_acts_for(by, row.organisation, on)
    if round.state not in LATE_STATES:
        raise WrongState("adopted", _("The timetable is adopted. Give the hours back on the timetable's page."))
    row.withdrawn_at = now
    row.version += 1
    row.revised_at = now
    row.save(update_fields=["withdrawn_at", "version", "revised_at"])
    if not takes_wishes(round, on):
        record(
            round, "wish_withdrawn", at=now, by=by, hat=hat,
            facts={"wish": row.number, "organisation": row.organisation_id, "team": row.team},
        )  # fmt: skip
    if staff:
        _tell(round, row, f"withdrawn:{row.pk}", now=now, act="withdrawn")
    return row


def spec_of(wish: Wish) -> WishSpec:
    """A wish as it could be entered again."""
    values = {one.name: getattr(wish, one.name) for one in fields(WishSpec) if one.name != "places"}
    for name in ("best", "impossible", "last"):
        values[name] = tuple(tuple(one) for one in values[name])
    values["apart"] = tuple(values["apart"])
    return WishSpec(places=tuple(one.resource_id for one in wish.places.all()), **values)


def spec_from_last(team: last_season.LastTeam, round: SeasonRound, offered: list[int]) -> WishSpec:
    """What a team of last season would ask for this time: the same, with last season's hours as its best ones."""
    best = asking.tidy_times(slot[1:] for slot in team.slots)
    if team.wish is not None:
        old = spec_of(team.wish)
        places = tuple(pk for pk in old.places if pk in offered)
        keep = tuple(one for one in old.impossible if not _meets(one, best))
        return replace(
            old, places=places or tuple(offered[:1]), best=best or old.best,
            impossible=keep if best else old.impossible, last=team.slots,
            minutes_min=_on_grid(old.minutes_min, round), minutes_wanted=_on_grid(old.minutes_wanted, round),
        )  # fmt: skip
    sessions = min(max(len(team.slots), 1), asking.MOST_SESSIONS)
    longest = max((end - start for _pk, _day, start, end in team.slots), default=60)
    minutes = min(_on_grid(longest, round), asking.MOST_MINUTES)
    places = tuple(dict.fromkeys(pk for pk, *_rest in team.slots if pk in offered)) or tuple(offered[:1])
    return WishSpec(
        team=team.team, activity=team.activity, age_from=team.age_from, age_to=team.age_to, heads=team.heads,
        sessions_wanted=sessions, minutes_min=minutes, minutes_wanted=minutes, places=places, best=best,
        last=team.slots,
    )  # fmt: skip


def _meets(one: tuple[int, int, int], best: asking.Times) -> bool:
    return any(one[0] == day and one[1] < end and start < one[2] for day, start, end in best)


def _on_grid(minutes: int, round: SeasonRound) -> int:
    grid = round.grid_minutes
    return max(grid * -(-minutes // grid), grid * -(-asking.SHORTEST // grid))


@transaction.atomic
def same_as_last_year(round: SeasonRound, organisation: Organisation, *, by: Any, now: datetime) -> list[Wish]:
    """One tap: the wishes of all teams of last season that have none yet. Pressed twice, nothing is made twice.

    Where the number of people isn't known (hours of an agreement), the wish says so until somebody fills it in.
    """
    row = locked_round(round)
    hat, _reason = _hat(row, organisation, by=by, staff=False, reason="", now=now)
    offered = list(RoundPlace.objects.filter(round=row).order_by("order", "pk").values_list("resource_id", flat=True))
    if not offered:
        raise Forbidden("no_places", _("The round has no places."))
    there = {
        name.casefold()
        for name in Wish.objects.filter(round=row, organisation=organisation, withdrawn_at__isnull=True).values_list(
            "team", flat=True
        )
    }
    made = []
    for team in last_season.last_teams(row, organisation, today_of(now)):
        if team.team.casefold() in there or len(there) >= MOST_WISHES:
            continue
        there.add(team.team.casefold())
        spec = spec_from_last(team, row, offered)
        made.append(_store(row, organisation, spec, by=by, hat=hat, now=now, copied_from=team.wish))
    return made
