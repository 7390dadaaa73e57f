"""Notices: what is said, with all its dispatches in one transaction, each unique (notice-rules.md "Sending").

E-mails lie in the outbox (leases, ``uncertain``, the same Message-ID twice: decision 012). One mail per person and
notice lists all their organisations, with one link each. Before it leaves it is asked again whether it is still true:
superseded, no longer affected, already acknowledged. A party's clock starts when a first channel took the message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import translation

from booking.correspondence.models import OutboxMessage, OutboxState
from booking.correspondence.services import Outgoing, enqueue_many
from booking.organisations.followers import services as followers
from booking.works.models import (
    AffectedList,
    AffectedParty,
    Channel,
    ClockEvent,
    DispatchState,
    NoticeKind,
    PartyKind,
    Works,
    WorksAttempt,
    WorksDispatch,
    WorksNotice,
    WorksParty,
)
from booking.works.services import figures
from booking.works.services.common import SYSTEM, Actor, current, log, today_of
from booking.works.services.contacts import Contact, contacts, key_of

#: The names of the letters; the second one finds the address itself.
LETTER, SEALED_LETTER = "works_notice", "works_notice_sealed"
FOLLOWED = "works"
#: These make a party's clock run.
STARTS_CLOCK = frozenset(
    {
        NoticeKind.NOTICE, NoticeKind.REMINDER, NoticeKind.CHANGE, NoticeKind.EARLY_START, NoticeKind.URGENT,
        NoticeKind.EMERGENCY,
    }
)  # fmt: skip
#: These say how things stand: whatever was said before and hasn't left would only be wrong.
SUPERSEDES = frozenset(
    {
        NoticeKind.NOTICE, NoticeKind.CHANGE, NoticeKind.CANCELLED, NoticeKind.POSTPONED, NoticeKind.EARLY_START,
        NoticeKind.URGENT, NoticeKind.EMERGENCY,
    }
)  # fmt: skip
#: A crash after the server said yes: these are rather lost than said twice.
NOT_LEGAL = frozenset({NoticeKind.REMINDER, NoticeKind.DONE})
URGENT = frozenset({NoticeKind.EMERGENCY, NoticeKind.URGENT, NoticeKind.EARLY_START})


def outbox_key(dispatch_id: int) -> str:
    """Under which key the outbox keeps the mail of a dispatch."""
    return f"works:{dispatch_id}"


def say(
    works: Works,
    kind: str,
    rows: Sequence[AffectedParty],
    *,
    key: str,
    now: datetime,
    actor: Actor = SYSTEM,
    means: str = "email",
    step: int = 1,
    data: Mapping[str, Any] | None = None,
) -> WorksNotice:
    """Make a notice with all its dispatches, in the caller's transaction. ``key`` says what is said: once is enough.

    Parties that nobody can be reached for get a dispatch that says so, for the log.
    """
    version = current(works)
    there = WorksNotice.objects.filter(key=key).first()
    if there is not None:
        return there
    before = None
    if kind in SUPERSEDES:
        before = supersede(works, [row.party_id for row in rows], now=now)
    notice = WorksNotice(
        works=works, version=version, kind=kind, key=key, legal=kind not in NOT_LEGAL, supersedes=before,
        data=dict(data or {}), by=actor.user, hat=actor.hat, at=now,
    )  # fmt: skip
    notice.text = text_of(notice)
    notice.text_hash = hashlib.sha256(notice.text.encode()).hexdigest()
    notice.save()
    _dispatch(notice, rows, means, step, now)
    return notice


def text_of(notice: WorksNotice) -> str:
    """What the notice says, in bokmål, to nobody in particular: what is kept, and what the public record shows."""
    from booking.works import wording  # words know the tables; the tables' services need only this

    with translation.override("nb"):
        return wording.notice_text(notice)


def supersede(works: Works, party_ids: Iterable[int], *, now: datetime) -> WorksNotice | None:
    """What was said before is no longer how things stand for these parties: what hasn't left is dropped.

    Answers the notice that was the last to say how things stand.
    """
    gone = set(party_ids)
    waiting = (
        WorksDispatch.objects.filter(
            notice__works=works, parties__in=list(gone), state=DispatchState.QUEUED,
            channel__in=[Channel.EMAIL, Channel.SMS],
        )
        .exclude(notice__kind__in=[NoticeKind.ANSWER, NoticeKind.RELEASE])
        .distinct()
        .prefetch_related("parties")
    )  # fmt: skip
    ids = [row.pk for row in waiting if {party.pk for party in row.parties.all()} <= gone]
    WorksDispatch.objects.filter(pk__in=ids, state=DispatchState.QUEUED).update(state=DispatchState.DROPPED)
    before = works.notices.filter(kind__in=SUPERSEDES).order_by("-pk").first()
    if before is not None and before.superseded_at is None:
        WorksNotice.objects.filter(pk=before.pk).update(superseded_at=now)
    return before


def _dispatch(notice: WorksNotice, rows: Sequence[AffectedParty], means: str, step: int, now: datetime) -> None:
    on = today_of(now)
    reached: dict[tuple[str, str], tuple[Contact, list[WorksParty]]] = {}
    silent: list[WorksParty] = []
    for row in rows:
        found = contacts(row, means, on)
        if not found:
            silent.append(row.party)
        for contact in found:
            reached.setdefault((contact.key, contact.channel), (contact, []))[1].append(row.party)
    made = [
        (
            WorksDispatch(
                notice=notice, contact=contact.key, channel=contact.channel, step=step, user=contact.user, due_at=now,
                created_at=now,
            ),
            contact,
            parties,
        )
        for contact, parties in reached.values()
    ]  # fmt: skip
    for party in silent:
        channel = {"sms": Channel.SMS, "phone": Channel.PHONE, "poster": Channel.POSTER}.get(means, Channel.EMAIL)
        lost = WorksDispatch(
            notice=notice, contact=key_of(party), channel=channel, step=step, due_at=now, created_at=now,
            state=DispatchState.FAILED,
        )  # fmt: skip
        made.append((lost, Contact(key_of(party), channel, ""), [party]))
    WorksDispatch.objects.bulk_create([row for row, _contact, _parties in made], batch_size=500)
    through = WorksDispatch.parties.through
    through.objects.bulk_create(
        [through(worksdispatch_id=row.pk, worksparty_id=one.pk) for row, _contact, some in made for one in some],
        batch_size=500,
    )
    WorksAttempt.objects.bulk_create(
        [
            WorksAttempt(dispatch=row, outcome=WorksAttempt.Outcome.NO_CONTACT, at=now)
            for row, _contact, _parties in made
            if row.state == DispatchState.FAILED
        ]
    )
    open_rows = [one for one in made if one[0].state != DispatchState.FAILED]
    _post(notice, [(row, contact) for row, contact, _p in open_rows if contact.channel == Channel.EMAIL], now)
    tasks = []
    for dispatch, contact, _parties in open_rows:
        if contact.channel == Channel.FOLLOW:
            _tell_followers(notice, dispatch, now)
        elif contact.channel in (Channel.PHONE, Channel.POSTER):
            tasks.append(dispatch)
    if tasks:
        _give_tasks(notice, tasks, now)


def _post(notice: WorksNotice, rows: Sequence[tuple[WorksDispatch, Contact]], now: datetime) -> None:
    for row, _contact in rows:
        row.outbox_key = outbox_key(row.pk)
    WorksDispatch.objects.bulk_update([row for row, _contact in rows], ["outbox_key"], batch_size=500)
    enqueue_many(
        [
            Outgoing(
                key=row.outbox_key, handler=LETTER if contact.address else SEALED_LETTER, payload={"dispatch": row.pk},
                recipient=contact.address, recipient_user=contact.user, language=contact.language, due_at=now,
                legal=notice.legal, urgent=notice.kind in URGENT,
            )
            for row, contact in rows
        ],
        now=now,
    )  # fmt: skip


def _tell_followers(notice: WorksNotice, row: WorksDispatch, now: datetime) -> None:
    """Followers hear by their own letters: nobody but the outbox knows who they are."""
    version = notice.version
    ids = tuple(sorted({target.resource_id for target in version.targets.all()}))
    followers.tell(
        [
            followers.News(
                FOLLOWED, notice.works_id, figures.first_day_of(version), resources=ids, revision=f"notice {notice.pk}",
                urgent=notice.kind in URGENT,
            )
        ],
        now=now,
    )  # fmt: skip
    row.state, row.sent_at = DispatchState.SENT, now
    row.save(update_fields=["state", "sent_at"])
    taken(row, now)


def _give_tasks(notice: WorksNotice, rows: Sequence[WorksDispatch], now: datetime) -> None:
    """Calls to make, posters to put up: somebody of the unit does it, and says how it went. One letter for all."""
    from booking.works import letters, selectors

    person, _reason = selectors.acting_for(notice.works, today_of(now))
    for row in rows:
        row.officer = person
    WorksDispatch.objects.bulk_update(rows, ["officer"], batch_size=500)
    letters.tell_tasks(rows, now=now)


def taken(dispatch: WorksDispatch, at: datetime) -> None:
    """A channel took the message: the clock of its parties starts, where it isn't running."""
    WorksAttempt.objects.create(dispatch=dispatch, outcome=WorksAttempt.Outcome.TAKEN, at=at)
    if dispatch.notice.kind not in STARTS_CLOCK:
        return
    for party in dispatch.parties.select_for_update(of=("self",)).order_by("pk"):
        start_clock(party, dispatch.notice.version.number, at, dispatch=dispatch.pk)


def start_clock(party: WorksParty, number: int, at: datetime, **data: Any) -> None:
    """The notice counts for this party from now on. A message about an older version than the one that began the clock
    anew doesn't."""
    if party.clock_from is not None:
        return
    anew = party.clock.filter(kind=ClockEvent.Kind.RESTARTED).order_by("-pk").first()
    if anew is not None and number < anew.number:
        return
    party.clock_from = at
    party.save(update_fields=["clock_from"])
    ClockEvent.objects.create(party=party, number=number, kind=ClockEvent.Kind.STARTED, at=at, effective=at, data=data)


def stop_clock(party: WorksParty, number: int, kind: str, at: datetime, **data: Any) -> None:
    """The clock begins again, was void, or isn't needed any more. What was acknowledged is to be read anew."""
    party.clock_from = party.served_at = None
    party.save(update_fields=["clock_from", "served_at"])
    ClockEvent.objects.create(party=party, number=number, kind=kind, at=at, data=data)
    if kind == ClockEvent.Kind.RESTARTED:
        party.receipts.filter(void_at__isnull=True).update(void_at=at)


# --- what is said to whom --------------------------------------------------------------------------------------------


def notice_to(works: Works, rows: Sequence[AffectedParty], actor: Actor, *, now: datetime) -> WorksNotice | None:
    """The notice itself, to these parties of the current version; what needs no telling (impact none) isn't told."""
    from booking.works.services.affected import need_of

    told = [row for row in rows if need_of(row).told]
    if not told:
        return None
    version = current(works)
    kind = {"urgent": NoticeKind.URGENT, "emergency": NoticeKind.EMERGENCY}.get(version.category, NoticeKind.NOTICE)
    ids = "-".join(str(row.party_id) for row in told[:3])
    key = f"{kind}:{works.pk}:{version.number}:{len(told)}:{ids}:{works.notices.count()}"
    notice = say(works, kind, told, key=key, now=now, actor=actor)
    calls = [row for row in told if need_of(row).phone and row.party.kind != PartyKind.FOLLOWERS]
    if calls:
        _dispatch(notice, calls, "phone", 1, now)
    return notice


def notice_to_new(works: Works, listing: AffectedList, actor: Actor, *, now: datetime) -> WorksNotice | None:
    """In works that have been noticed: whoever is on the list and wasn't told yet."""
    from booking.works.services.affected import confirmed

    rows = [
        row
        for row in confirmed(listing).select_related("party__organisation", "party__user", "party__report")
        if row.party.clock_from is None and not _is_waiting(works, row.party)
    ]
    return notice_to(works, rows, actor, now=now)


def _is_waiting(works: Works, party: WorksParty) -> bool:
    """Something that starts the clock is on its way to them."""
    return party.dispatches.filter(
        notice__works=works, notice__kind__in=STARTS_CLOCK,
        state__in=[DispatchState.QUEUED, DispatchState.SENDING, DispatchState.UNCERTAIN],
    ).exists()  # fmt: skip


def everybody_told(works: Works) -> list[AffectedParty]:
    """The newest row of every party that was ever told something about these works."""
    parties = set(
        WorksParty.objects.filter(works=works, dispatches__isnull=False).order_by().values_list("pk", flat=True)
    )
    return newest_rows(parties)


def newest_rows(parties: Iterable[int]) -> list[AffectedParty]:
    """The newest row of each of these parties, on whatever version's list."""
    newest: dict[int, AffectedParty] = {}
    rows = AffectedParty.objects.filter(party__in=list(parties)).order_by("listing__version__number", "pk")
    for row in rows.select_related("party__organisation", "party__user", "party__report", "listing__version"):
        newest[row.party_id] = row
    return list(newest.values())


# --- what became of it -----------------------------------------------------------------------------------------------


def mail_was_sent(payload: Mapping[str, Any], now: datetime) -> None:
    """The mail server took it. In the transaction that records that."""
    dispatch = (
        WorksDispatch.objects.select_for_update(of=("self",))
        .select_related("notice__version", "notice__works")
        .filter(pk=payload["dispatch"])
        .first()
    )
    if dispatch is None or dispatch.state in (DispatchState.SENT, DispatchState.BOUNCED):
        return
    dispatch.state, dispatch.sent_at = DispatchState.SENT, now
    dispatch.save(update_fields=["state", "sent_at"])
    taken(dispatch, now)


def still_true(payload: Mapping[str, Any]) -> bool:
    """Asked right before a mail leaves."""
    from booking.works import selectors

    dispatch = WorksDispatch.objects.select_related("notice__works", "user").filter(pk=payload["dispatch"]).first()
    if dispatch is None or not selectors.is_on():
        return False
    if dispatch.user is not None and not dispatch.user.is_active:
        return False
    if dispatch.state == DispatchState.DROPPED:
        return False
    return dispatch.notice.kind != NoticeKind.REMINDER or bool(still_to_remind(dispatch))


def still_to_remind(dispatch: WorksDispatch) -> list[WorksParty]:
    """Of the parties of a reminder those who haven't said meanwhile that they received it."""
    received = Q(receipts__void_at__isnull=True, receipts__how__in=["acknowledged", "phone"])
    done = set(dispatch.parties.filter(received).values_list("pk", flat=True))
    return [party for party in dispatch.parties.order_by("pk") if party.pk not in done]


def follow_outbox(now: datetime) -> int:
    """What became of mails that weren't simply taken: given up, came back, uncertain, dropped. How many changed.

    Safe twice and in two places: each row is changed under a condition on what it was.
    """
    done = 0
    fates = {
        OutboxState.FAILED: (DispatchState.FAILED, WorksAttempt.Outcome.REFUSED),
        OutboxState.BOUNCED: (DispatchState.BOUNCED, WorksAttempt.Outcome.BOUNCED),
        OutboxState.UNCERTAIN: (DispatchState.UNCERTAIN, WorksAttempt.Outcome.UNCERTAIN),
        OutboxState.DROPPED: (DispatchState.DROPPED, None),
    }
    for state, (becomes, outcome) in fates.items():
        keys = OutboxMessage.objects.filter(handler__in=[LETTER, SEALED_LETTER], state=state).values("key")
        open_states = [DispatchState.QUEUED, DispatchState.SENDING, DispatchState.UNCERTAIN]
        if state == OutboxState.BOUNCED:
            open_states.append(DispatchState.SENT)
        rows = WorksDispatch.objects.filter(outbox_key__in=keys, state__in=open_states).exclude(state=becomes)
        for pk in list(rows.values_list("pk", flat=True)):
            done += _fate(pk, open_states, becomes, outcome, now)
    return done


@transaction.atomic
def _fate(pk: int, before: Sequence[str], becomes: str, outcome: str | None, now: datetime) -> int:
    row = (
        WorksDispatch.objects.select_for_update(of=("self",))
        .select_related("notice__version")
        .filter(pk=pk, state__in=before)
        .first()
    )
    if row is None:
        return 0
    row.state = becomes
    row.save(update_fields=["state"])
    if outcome is not None:
        WorksAttempt.objects.create(dispatch=row, outcome=outcome, at=now)
    if becomes == DispatchState.BOUNCED:
        for party in row.parties.select_for_update(of=("self",)).order_by("pk"):
            void(party, row, now)
    return 1


def void(party: WorksParty, dispatch: WorksDispatch, now: datetime) -> None:
    """A message came back, however late: the clock counts from another channel that took one, or not at all.

    Who has acknowledged has received it, whatever the mail server says.
    """
    if party.clock_from is None or party.clock_from != dispatch.sent_at or _has_receipt(party):
        return
    number = dispatch.notice.version.number
    stop_clock(party, number, ClockEvent.Kind.VOIDED, now, dispatch=dispatch.pk)
    other = (
        party.dispatches.filter(
            notice__works=party.works_id, notice__kind__in=STARTS_CLOCK, state=DispatchState.SENT, sent_at__isnull=False
        )
        .exclude(pk=dispatch.pk)
        .order_by("sent_at")
        .select_related("notice__version")
        .first()
    )
    if other is not None and other.sent_at is not None:
        start_clock(party, other.notice.version.number, other.sent_at, dispatch=other.pk)
    log(party.works, "notice_void", now=now, public=False, party=party.pk, dispatch=dispatch.pk)


def _has_receipt(party: WorksParty) -> bool:
    return party.receipts.filter(void_at__isnull=True, how__in=["acknowledged", "phone"]).exists()
