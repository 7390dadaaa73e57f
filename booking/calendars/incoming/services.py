"""Writes of calendars of others: subscribing, fetching, taking a copy in, and what a person decides about it."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log

from booking.calendars.incoming import fetching, placing, selectors, worker
from booking.calendars.incoming.addresses import place_of
from booking.calendars.incoming.expanding import Expanded, Occurrence
from booking.calendars.incoming.models import BlockState, CalendarSource, ImportedBlock, SourceEvent, SourceMode
from booking.calendars.incoming.reading import Unreadable
from booking.calendars.incoming.wording import failure_words
from booking.catalogue.models import Resource, Unit
from booking.foundation import errors
from booking.foundation.clock import local_date, wall
from booking.foundation.clock import zone as zone_named
from booking.foundation.conf import booking_settings
from booking.foundation.signals import send_revised
from booking.foundation.text import clean
from booking.occupancy.models import Cause
from booking.occupancy.services import again_on_collision, relabel

BACK = timedelta(days=1)
AHEAD = timedelta(days=548)  # eighteen months
EVERY = timedelta(hours=1)
LONGEST_WAIT = timedelta(hours=24)
#: Whoever fetches has this long before another process may try.
LEASE = timedelta(minutes=5)
#: So many calendars are fetched by one `tick`; the others are next.
PER_RUN = 20
#: Fewer coming times than this are not called a loss.
LEAST_TO_LOSE = 2
_BATCH = 500
_LEFT_OUT_KEPT = 100


@dataclass(frozen=True, slots=True)
class Content:
    """What somebody writes about a calendar."""

    name: str
    url: str = ""
    school: str = ""
    mode: str = SourceMode.INFORMATION
    whole_unit: bool = False
    resources: Sequence[Resource] = field(default_factory=list)
    titles: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a look: ``code`` is new, same, held or failed; the rest is for the words of it."""

    code: str
    events: int = 0
    coming: int = 0
    left_out: Sequence[tuple[str, str]] = ()
    taken: int = 0
    conflicts: int = 0
    freed: int = 0
    error: dict[str, Any] = field(default_factory=dict)


# --- what people write ------------------------------------------------------------------------------------------------


def _checked(content: Content) -> dict[str, Any]:
    name = clean(content.name, max_length=150, loc=("name",), required=True)
    url = clean(content.url, max_length=1000, loc=("url",))
    if url:
        try:
            place_of(url)
        except Unreadable as error:
            raise errors.Invalid(
                error.code, failure_words({"code": error.code, **error.params}), loc=("url",)
            ) from None
    if content.mode not in SourceMode.values:
        raise errors.Invalid("mode", _("Choose one of these."), loc=("mode",))
    if not content.whole_unit and not content.resources:
        raise errors.Invalid("nothing", _("Choose what it is about, or all of the unit."), loc=("resources",))
    return {
        "name": name,
        "url": url,
        "school": clean(content.school, max_length=150, loc=("school",)),
        "mode": content.mode,
        "whole_unit": content.whole_unit,
        "titles": content.titles,
    }


@transaction.atomic
def add_source(content: Content, *, unit: Unit, by: Any, now: datetime) -> CalendarSource:
    """A new calendar of the unit; `tick` looks at it next. Raises ``Invalid``.

    The caller has asked whether ``by`` may do it for the unit and these things.
    """
    source = CalendarSource.objects.create(unit=unit, created_at=now, next_at=now, **_checked(content))
    source.resources.set([] if content.whole_unit else content.resources)
    log(source, "wagtail.create", user=by)
    return source


@transaction.atomic
def change_source(source: CalendarSource, content: Content, *, by: Any, now: datetime) -> CalendarSource:
    """Other words, things or mode. What is taken follows at once. Raises ``Invalid``."""
    values = _checked(content)
    fresh = _locked(source)
    before = selectors.shown_on(fresh)
    elsewhere = (fresh.url, fresh.school) != (values["url"], values["school"])
    titles = fresh.titles
    for name, value in values.items():
        setattr(fresh, name, value)
    if elsewhere:
        # Another calendar: its validators are not those of the copy that is there.
        fresh.etag = fresh.last_modified = fresh.refused_digest = ""
        fresh.next_at, fresh.failures, fresh.error = now, 0, {}
        _drop_held(fresh)
    fresh.save()
    fresh.resources.set([] if content.whole_unit else content.resources)
    if fresh.body and (elsewhere or titles != fresh.titles):
        fresh.expanded_on = None  # titles are in the copy: the next run reads them again
        fresh.save(update_fields=["expanded_on"])
    try:
        placing.place(fresh, now=now)
    except Unreadable as error:
        raise errors.Invalid(
            error.code, failure_words({"code": error.code, **error.params}), loc=("resources",)
        ) from None
    log(fresh, "wagtail.edit", user=by)
    _tell(fresh, also=before)
    return fresh


@transaction.atomic
def stop_source(source: CalendarSource, *, by: Any, now: datetime) -> CalendarSource:
    """Look at it no more, and give back what it took. The copy is kept: it can be started again."""
    fresh = _locked(source)
    fresh.active, fresh.next_at = False, None
    fresh.save(update_fields=["active", "next_at"])
    placing.place(fresh, now=now)
    log(fresh, "samskap.calendar.stopped", user=by)
    _tell(fresh)
    return fresh


@transaction.atomic
def start_source(source: CalendarSource, *, by: Any, now: datetime) -> CalendarSource:
    """Look at it again. What its copy says is taken at once, as far as it is free."""
    fresh = _locked(source)
    fresh.active, fresh.next_at, fresh.failures = True, now, 0
    fresh.save(update_fields=["active", "next_at", "failures"])
    placing.place(fresh, now=now)
    log(fresh, "samskap.calendar.started", user=by)
    _tell(fresh)
    return fresh


# --- a look -----------------------------------------------------------------------------------------------------------


def try_out(content: Content, *, raw: bytes | None, now: datetime) -> Report:
    """Fetch (or take ``raw``) and expand, and store nothing: what "Try it" tells. Outside of transactions."""
    try:
        if raw is None:
            conf = booking_settings()
            answer = fetching.fetch(content.url, networks=conf.calendar_networks, own_base=conf.public_base_url)
            raw = answer.body or b""
        found = worker.expand(raw, now - BACK, now + AHEAD, school=content.school)
    except Unreadable as error:
        return Report("failed", error={"code": error.code, **error.params})
    return Report("new", events=found.events, coming=len(found.occurrences), left_out=found.refused)


def look(source: CalendarSource, *, now: datetime) -> Report:
    """Fetch it if it has changed, and take it in. Outside of transactions: the network is slow.

    On any failure the last good copy stays, and the failure is written down; the next look waits longer each time.
    """
    conf = booking_settings()
    try:
        answer = fetching.fetch(
            source.url,
            etag=source.etag if source.body else "",
            last_modified=source.last_modified if source.body else "",
            networks=conf.calendar_networks,
            own_base=conf.public_base_url,
        )
        if answer.body is None:
            return _unchanged(source, now)
        report = _take_in(source, answer.body, now, etag=answer.etag, last_modified=answer.last_modified)
    except Unreadable as error:
        return _failed(source, error, now)
    return report


def give_copy(source: CalendarSource, raw: bytes, *, by: Any, now: datetime) -> Report:
    """A file instead of an address: taken in like a fetched one."""
    try:
        report = _take_in(source, raw, now)
    except Unreadable as error:
        return _failed(source, error, now)
    log(source, "samskap.calendar.given", user=by)
    return report


def _failed(source: CalendarSource, error: Unreadable, now: datetime) -> Report:
    with transaction.atomic():
        fresh = _locked(source)
        fresh.failures += 1
        fresh.error = {"code": error.code, **error.params}
        fresh.checked_at = now
        if fresh.active and fresh.url:
            fresh.next_at = now + min(EVERY * 2 ** min(fresh.failures - 1, 6), LONGEST_WAIT)
        fresh.save(update_fields=["failures", "error", "checked_at", "next_at"])
    # What there is stays, and its horizon goes on moving.
    keep_up(fresh, now=now)
    return Report("failed", error=fresh.error)


def _unchanged(source: CalendarSource, now: datetime) -> Report:
    with transaction.atomic():
        fresh = _locked(source)
        _fine(fresh, now)
        fresh.save()
    keep_up(fresh, now=now)
    return Report("same", coming=SourceEvent.objects.filter(source=source, end__gt=now).count())


def _fine(source: CalendarSource, now: datetime) -> None:
    source.failures, source.error = 0, {}
    source.checked_at = source.good_at = now
    source.next_at = now + EVERY if source.active and source.url else None


def _take_in(source: CalendarSource, raw: bytes, now: datetime, *, etag: str = "", last_modified: str = "") -> Report:
    """Expand and store; a copy that would lose over half of the coming times is put aside for a person."""
    digest = hashlib.sha256(raw).hexdigest()
    if digest == source.digest and source.held_at is None:
        return _unchanged(source, now)
    found = worker.expand(raw, now - BACK, now + AHEAD, school=source.school)

    @transaction.atomic
    def act() -> Report:
        fresh = _locked(source)
        before = SourceEvent.objects.filter(source=fresh, end__gt=now).count()
        after = len({(one.uid, one.occurrence) for one in found.occurrences if _end(one, found) > now})
        fresh.checked_at = now
        if digest == fresh.refused_digest:
            _fine(fresh, now)
            fresh.save()
            return Report("same", coming=before)
        if before >= LEAST_TO_LOSE and after * 2 < before:
            fresh.held_body, fresh.held_digest, fresh.held_at = zlib.compress(raw), digest, fresh.held_at or now
            fresh.held_counts = [before, after]
            fresh.failures, fresh.error = 0, {}
            fresh.next_at = now + EVERY if fresh.active and fresh.url else None
            fresh.save()
            return Report("held", events=found.events, coming=after)
        fresh.body, fresh.digest = zlib.compress(raw), digest
        fresh.etag, fresh.last_modified = etag, last_modified
        _drop_held(fresh)
        _fine(fresh, now)
        return _store(fresh, found, now)

    return again_on_collision(act)


def keep_up(source: CalendarSource, *, now: datetime) -> bool:
    """Expand the good copy anew when the day has turned, so that the horizon moves on. True when it did."""
    if not source.body or not source.active or source.expanded_on == _day(now):
        return False
    try:
        found = worker.expand(zlib.decompress(bytes(source.body)), now - BACK, now + AHEAD, school=source.school)
    except Unreadable:
        return False  # it was good yesterday; what stands there stays

    @transaction.atomic
    def act() -> bool:
        fresh = _locked(source)
        if not fresh.active or fresh.digest != source.digest:
            return False
        _store(fresh, found, now)
        return True

    return again_on_collision(act)


def _day(now: datetime) -> date:
    return local_date(now, booking_settings().tz)


# --- into rows --------------------------------------------------------------------------------------------------------


def _locked(source: CalendarSource) -> CalendarSource:
    return CalendarSource.objects.select_for_update().get(pk=source.pk)


def _drop_held(source: CalendarSource) -> None:
    source.held_body, source.held_digest, source.held_at, source.held_counts = b"", "", None, []


def _moment(seconds: int, floating: bool, zone: str) -> datetime:
    """A time of the worker as a moment; floating ones on the clock of the calendar's zone, else the municipality's."""
    moment = datetime.fromtimestamp(seconds, UTC)
    if not floating:
        return moment
    return wall(moment.date(), moment.time(), zone_named(zone) if zone else booking_settings().tz)


def _zone_of(one: Occurrence, found: Expanded) -> str:
    # Whole days are local days wherever they are shown; X-WR-TIMEZONE speaks of floating clock times.
    return "" if one.all_day else found.zone


def _end(one: Occurrence, found: Expanded) -> datetime:
    return _moment(one.end, one.floating, _zone_of(one, found))


def _store(source: CalendarSource, found: Expanded, now: datetime) -> Report:
    """The events as rows, and what they take. The row of the calendar is locked; it is saved here."""
    source.expanded_on = _day(now)
    source.left_out = [list(one) for one in found.refused[:_LEFT_OUT_KEPT]]
    source.save()
    wanted: dict[tuple[str, str], SourceEvent] = {}
    for one in found.occurrences:
        zone = _zone_of(one, found)
        start, end = _moment(one.start, one.floating, zone), _moment(one.end, one.floating, zone)
        if end <= start:  # in the hour that comes twice, or not at all
            continue
        wanted.setdefault(
            (one.uid, one.occurrence),
            SourceEvent(
                source=source, uid=one.uid, occurrence=one.occurrence, start=start, end=end,
                floating=one.floating and not zone, all_day=one.all_day, busy=one.busy,
                title=one.title if source.titles else "",
            ),
        )  # fmt: skip
    there = {(one.uid, one.occurrence): one for one in SourceEvent.objects.filter(source=source)}
    gone = [one for key, one in there.items() if key not in wanted]
    _drop_events(gone, now)
    changed, renamed = [], []
    names = ("start", "end", "floating", "all_day", "busy", "title")
    for key, event in wanted.items():
        old = there.get(key)
        if old is None or all(getattr(old, name) == getattr(event, name) for name in names):
            continue
        if old.title != event.title:
            renamed.append(old.pk)
        for name in names:
            setattr(old, name, getattr(event, name))
        changed.append(old)
    SourceEvent.objects.bulk_update(changed, names, batch_size=_BATCH)
    SourceEvent.objects.bulk_create([event for key, event in wanted.items() if key not in there], batch_size=_BATCH)
    placed = placing.place(source, now=now)
    _rename(renamed)
    if gone or changed or len(wanted) > len(there):
        _tell(source)
    return Report("new", found.events, len(wanted), tuple(found.refused), placed.taken, placed.conflicts, placed.freed)


def _tell(source: CalendarSource, *, also: Collection[int] = ()) -> None:
    """Calendars of the things in which it stands have changed. Last, when all cells that are needed are locked."""
    ids = selectors.shown_on(source) | set(also)
    send_revised(cause=f"calendar_in:{source.pk}", scopes=[f"resource:{pk}" for pk in sorted(ids)])


def _drop_events(events: Sequence[SourceEvent], now: datetime) -> None:
    ids = [one.pk for one in events]
    for number in range(0, len(ids), _BATCH):
        part = ids[number : number + _BATCH]
        placing.give_back(list(ImportedBlock.objects.filter(event_id__in=part)), now=now)
        SourceEvent.objects.filter(pk__in=part).delete()


def _rename(event_ids: Iterable[int]) -> None:
    rows = ImportedBlock.objects.filter(event_id__in=list(event_ids)).select_related("event")
    by_title: dict[str, list[int]] = {}
    for row in rows:
        by_title.setdefault(row.event.title, []).append(row.pk)
    for title, ids in sorted(by_title.items()):
        relabel(cause_kind=Cause.IMPORT, cause_ids=ids, label=title)


# --- what a person decides --------------------------------------------------------------------------------------------


def take_held(source: CalendarSource, *, by: Any, now: datetime) -> Report:
    """Somebody has looked: the copy that would lose over half is right. Raises ``WrongState`` when none waits."""
    seen = CalendarSource.objects.get(pk=source.pk)
    if seen.held_at is None:
        raise errors.WrongState("nothing_held", _("No copy waits."))
    try:
        found = worker.expand(zlib.decompress(bytes(seen.held_body)), now - BACK, now + AHEAD, school=seen.school)
    except Unreadable as error:
        raise errors.WrongState(error.code, failure_words({"code": error.code, **error.params})) from None

    @transaction.atomic
    def act() -> Report:
        fresh = _locked(source)
        if fresh.held_digest != seen.held_digest:
            raise errors.WrongState("nothing_held", _("No copy waits."))
        fresh.body, fresh.digest = fresh.held_body, fresh.held_digest
        fresh.etag = fresh.last_modified = ""
        _drop_held(fresh)
        _fine(fresh, now)
        report = _store(fresh, found, now)
        log(fresh, "samskap.calendar.copy_taken", user=by)
        return report

    return again_on_collision(act)


@transaction.atomic
def refuse_held(source: CalendarSource, *, by: Any, now: datetime) -> CalendarSource:
    """The copy is wrong: what stands stays, and this very copy isn't asked about again."""
    fresh = _locked(source)
    if fresh.held_at is None:
        raise errors.WrongState("nothing_held", _("No copy waits."))
    fresh.refused_digest = fresh.held_digest
    _drop_held(fresh)
    fresh.save()
    log(fresh, "samskap.calendar.copy_refused", user=by)
    return fresh


@transaction.atomic
def leave_conflict(block: ImportedBlock, *, by: Any, now: datetime) -> None:
    """Somebody has settled it: the granted time stays as it is, and the conflict is closed. Twice changes nothing."""
    source = _locked(block.event.source)
    fresh = ImportedBlock.objects.select_for_update().get(pk=block.pk)
    if fresh.state != BlockState.CONFLICT:
        return
    fresh.state = BlockState.LEFT
    fresh.save(update_fields=["state"])
    log(source, "samskap.calendar.conflict_left", user=by, data={"block": fresh.pk})


# --- the job ----------------------------------------------------------------------------------------------------------


def run_calendars_in(now: datetime) -> int:
    """`tick`: look at those that are due, move the horizon of the others, and see whether conflicts have gone."""
    done = 0
    for source in selectors.due(now)[:PER_RUN]:
        # Two processes at once: who moves the date has it, and loses it again if it dies.
        if not CalendarSource.objects.filter(pk=source.pk, next_at=source.next_at).update(next_at=now + LEASE):
            continue
        if source.url:
            look(source, now=now)
        else:
            CalendarSource.objects.filter(pk=source.pk).update(next_at=None)
            keep_up(source, now=now)
        done += 1
    stale = CalendarSource.objects.filter(active=True).exclude(body=b"").exclude(expanded_on=_day(now))
    for source in stale.order_by("pk")[:PER_RUN]:
        done += keep_up(source, now=now)
    return done + look_at_conflicts(now)


def look_at_conflicts(now: datetime) -> int:
    """Open conflicts whose granted time has gone, or moved: what is free is taken. How many are settled by that."""
    settled = 0
    for block in selectors.open_conflicts(now).select_related("event__source").order_by("pk")[:1000]:

        @transaction.atomic
        def act(pk: int = block.pk, source: CalendarSource = block.event.source) -> bool:
            _locked(source)
            fresh = ImportedBlock.objects.select_related("event__source").filter(pk=pk).first()
            if fresh is None or fresh.state != BlockState.CONFLICT:
                return False
            return placing.look_again(fresh, now=now)

        settled += again_on_collision(act)
    return settled
