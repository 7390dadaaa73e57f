"""What comes back: receipts by a person, calls made, posters put up. Acknowledged means received, never agreed."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image

from booking.cases.models import Case
from booking.foundation import text
from booking.foundation.errors import Invalid, TooLarge, WrongState
from booking.works import selectors
from booking.works.models import (
    AttemptPhoto,
    Channel,
    ClockEvent,
    DispatchState,
    PartyKind,
    Works,
    WorksAttempt,
    WorksDispatch,
    WorksParty,
    WorksReceipt,
)
from booking.works.rules import states
from booking.works.services.affected import need_of, party_for
from booking.works.services.common import current, locked, log, planner, store
from booking.works.services.telling import start_clock

#: The largest photo of a poster, in bytes; and its longest side in pixels.
PHOTO_BYTES = 8_000_000
PHOTO_SIDE = 10_000
_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


@transaction.atomic
def acknowledge(party: WorksParty, *, by: Any = None, hat: str = "", now: datetime) -> WorksReceipt:
    """A person says that they received it, by pressing a button (links are fetched by machines). Twice is once.

    Whoever presses has the party's link, or speaks for it: the door sees to that. Raises ``WrongState`` for works
    that nobody has announced.
    """
    works = locked(party.works)
    if works.state not in states.PUBLIC:
        raise WrongState("wrong_state", _("There is nothing to confirm yet."))
    fresh = WorksParty.objects.select_for_update(of=("self",)).get(pk=party.pk)
    version = current(works)
    if fresh.kind == PartyKind.FOLLOWERS:
        raise WrongState("wrong_state", _("Those who follow a place need not confirm anything."))
    receipt, made = WorksReceipt.objects.get_or_create(
        party=fresh, version=version, how=WorksReceipt.How.ACKNOWLEDGED,
        defaults={"at": now, "by": by if getattr(by, "is_authenticated", False) else None, "hat": hat},
    )  # fmt: skip
    if not made and receipt.void_at is not None:
        receipt.void_at, receipt.at = None, now
        receipt.save(update_fields=["void_at", "at"])
        made = True
    if made:
        if works.state in states.NOTICED:
            start_clock(fresh, version.number, now, by="acknowledged")
        log(works, "acknowledged", now=now, public=False, party=fresh.pk)
        store(works, now)
    return receipt


def note_ticks(case: Case, references: Sequence[str], by: Any, hat: str, now: datetime) -> None:
    """Whoever asks for time in noticed ground, or moves a date there, has ticked that they know of the works.

    A receipt of that version, by ``by`` in their hat.

    In the transaction that stores it, before its time is taken: the works come before the calendar in the order of
    locks, as in every act on works. It is no acknowledgement of the notice, and moves no clock.
    """
    rows = Works.objects.select_for_update(of=("self",)).select_related("current")
    for works in rows.filter(reference__in=list(references)).order_by("pk"):
        if case.organisation_id is not None:
            key = (str(PartyKind.ORGANISATION), case.organisation_id)
        elif case.requester_id is not None and not case.requester_hat.startswith("unit:"):
            key = (str(PartyKind.PERSON), case.requester_id)
        else:
            continue
        party = party_for(works, key, now)
        receipt, made = WorksReceipt.objects.get_or_create(
            party=party, version=current(works), how=WorksReceipt.How.TICK,
            defaults={"at": now, "by": by, "hat": hat},
        )  # fmt: skip
        if not made and receipt.void_at is not None:
            receipt.void_at, receipt.at = None, now
            receipt.save(update_fields=["void_at", "at"])
        log(works, "ticked", now=now, public=False, party=party.pk, case=case.pk)


@transaction.atomic
def log_task(
    dispatch: WorksDispatch,
    *,
    outcome: str,
    note: str = "",
    photo: bytes | None = None,
    by: Any,
    now: datetime,
) -> WorksAttempt:
    """How a call or a poster went. Reached by phone is a receipt; not reached may be tried again.

    ``outcome``: reached, not_reached (a call), put_up (a poster, with its photo). Raises ``Invalid``, ``TooLarge``,
    ``Forbidden``, ``WrongState`` for what isn't a task.
    """
    words = text.clean(note, max_length=300, loc=("note",))
    works = locked(dispatch.notice.works)
    actor = planner(by, works.unit, now, roles=("planner", "leader", "officer", "caretaker"))
    row = WorksDispatch.objects.select_for_update(of=("self",)).select_related("notice__version").get(pk=dispatch.pk)
    may = {
        Channel.PHONE: (WorksAttempt.Outcome.REACHED, WorksAttempt.Outcome.NOT_REACHED),
        Channel.POSTER: (WorksAttempt.Outcome.PUT_UP,),
    }.get(Channel(row.channel), ())
    if not may:
        raise WrongState("no_task", _("This is sent by itself."))
    if outcome not in may:
        params = {"choices": ", ".join(may)}
        raise Invalid("unknown_choice", _("Choose one of: %(choices)s."), params=params, loc=("outcome",))
    if row.channel == Channel.POSTER and not photo:
        raise Invalid("required", _("Add the photo: it is the proof that the poster is up."), loc=("photo",))
    picture = _checked_photo(photo) if photo else None
    attempt = WorksAttempt.objects.create(dispatch=row, outcome=outcome, at=now, by=by, note=words)
    if picture is not None and photo is not None:
        AttemptPhoto.objects.create(
            attempt=attempt, content_type=picture, data=photo, sha256=hashlib.sha256(photo).hexdigest()
        )
    row.tries += 1
    if outcome != WorksAttempt.Outcome.NOT_REACHED:
        row.state = DispatchState.DONE
    row.save(update_fields=["tries", "state"])
    if outcome == WorksAttempt.Outcome.REACHED:
        for party in row.parties.select_for_update(of=("self",)).order_by("pk"):
            WorksReceipt.objects.get_or_create(
                party=party, version=row.notice.version, how=WorksReceipt.How.PHONE,
                defaults={"at": now, "by": by, "hat": actor.hat},
            )  # fmt: skip
            start_clock(party, row.notice.version.number, now, dispatch=row.pk)
    log(works, "task_logged", by=actor, now=now, public=False, dispatch=row.pk, outcome=outcome)
    serve(works, now)
    store(works, now)
    return attempt


def _checked_photo(data: bytes) -> str:
    if len(data) > PHOTO_BYTES:
        params = {"most": PHOTO_BYTES // 1_000_000}
        raise TooLarge("too_large", _("A photo may have at most %(most)s MB."), params=params, loc=("photo",))
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.format not in _TYPES or max(image.size) > PHOTO_SIDE:
                raise Invalid("photo_kind", _("Send a photo (JPEG, PNG or WebP)."), loc=("photo",))
            kind = _TYPES[image.format]
            image.verify()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Invalid("photo_kind", _("Send a photo (JPEG, PNG or WebP)."), loc=("photo",)) from error
    return kind


def serve(works: Works, now: datetime) -> int:
    """Who is on the list and was tried by every rung counts as told from now on. Under the works' lock. How many."""
    done = 0
    for row in selectors.affected_rows(selectors.list_of(current(works))):
        need = need_of(row)
        if row.party.kind == PartyKind.FOLLOWERS or row.party.served_at is not None or not need.told:
            continue
        done += serve_if_exhausted(works, row.party, len(need.ladder), now)
    return done


def serve_if_exhausted(works: Works, party: WorksParty, last_step: int, now: datetime) -> bool:
    """Every rung has been tried and logged: the party counts as told. Nobody gets a veto by not clicking.

    Under the works' lock. True when that is so now.
    """
    if party.served_at is not None or not last_step:
        return party.served_at is not None
    rows = list(party.dispatches.filter(notice__works=works, notice__version__number=current(works).number))
    rungs = [row for row in rows if row.step > 1 or row.channel == Channel.EMAIL]
    waiting = (DispatchState.QUEUED, DispatchState.SENDING, DispatchState.UNCERTAIN)
    tried = {row.pk for row in rungs if row.channel == Channel.PHONE and row.tries}
    if max((row.step for row in rungs), default=0) < last_step:
        return False
    if any(row.state in waiting and row.pk not in tried for row in rungs):
        return False
    party.served_at = now
    party.save(update_fields=["served_at"])
    ClockEvent.objects.create(
        party=party, number=current(works).number, kind=ClockEvent.Kind.SERVED, at=now, effective=now
    )
    log(works, "served", now=now, public=False, party=party.pk)
    return True
