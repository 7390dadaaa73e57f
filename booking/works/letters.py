"""The letters about works, each written when it leaves, from what is true then.

To those affected: one form for every kind of notice, listing each of the reader's parties with its hours and its own
link. To the municipality's own people: what waits for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from booking.catalogue import selectors as catalogue
from booking.correspondence import registry
from booking.correspondence.letters import Letter, render
from booking.correspondence.services import Outgoing, enqueue_many
from booking.foundation.wording import day_words
from booking.works import addresses, selectors, wording
from booking.works.models import (
    AffectedParty,
    Channel,
    NoticeKind,
    Works,
    WorksDispatch,
    WorksOverride,
    WorksParty,
    WorksReply,
    WorksState,
)
from booking.works.rules import states
from booking.works.services import contacts, telling
from booking.works.services.common import today_of
from booking.works.services.overriding import directors

Payload = Mapping[str, Any]
#: What a reader of each kind is asked to do, by the text of the button.
_READ_ONLY = (
    NoticeKind.RELEASE, NoticeKind.CANCELLED, NoticeKind.POSTPONED, NoticeKind.DONE, NoticeKind.ANSWER,
    NoticeKind.FORWARD_PLAN,
)  # fmt: skip


def register() -> None:
    """Make the letters known to the outbox."""
    registry.register(telling.LETTER, notice, telling.still_true, on_sent=telling.mail_was_sent)
    registry.register(
        telling.SEALED_LETTER, notice, telling.still_true, on_sent=telling.mail_was_sent, recipient_of=sealed_recipient
    )
    registry.register("works_staff", staff, still_waits)
    registry.register("works_task", task, task_waits)


def sealed_recipient(payload: Payload) -> str:
    """The address that somebody left with "we are affected too"."""
    dispatch = WorksDispatch.objects.filter(pk=payload["dispatch"]).first()
    party = dispatch.parties.select_related("report").first() if dispatch is not None else None
    return contacts.sealed_address(party.report) if party is not None else ""


def notice(payload: Payload, language: str) -> Letter:
    """A notice, for one reader: all their parties that it is about."""
    dispatch = WorksDispatch.objects.select_related("notice__works__unit", "notice__version__works__unit").get(
        pk=payload["dispatch"]
    )
    one = dispatch.notice
    parties = (
        telling.still_to_remind(dispatch)
        if one.kind == NoticeKind.REMINDER
        else list(dispatch.parties.select_related("organisation", "report").order_by("pk"))
    )
    works, version = one.works, one.version
    reads = one.kind in _READ_ONLY
    rows = {row.party_id: row for row in _rows(one.works, parties)}
    sections = [
        {
            "name": wording.party_name(party),
            "hours": wording.hours_of(rows[party.pk]) if party.pk in rows and _shows_hours(one.kind) else [],
            "more": wording.more_hours(rows[party.pk]) if party.pk in rows else 0,
            "link": addresses.party_url(party, language),
        }
        for party in parties
    ]
    context = {
        "subject": wording.subject_of(one),
        "paragraphs": wording.paragraphs_of(one),
        "why": one.data.get("why") or (version.why_changed if one.kind in ("change", "overrun") else ""),
        "facts": wording.facts_of(works, version) if one.kind not in ("release", "done") else [],
        "sections": sections,
        "action_label": _action(one.kind),
        "link": sections[0]["link"] if sections else addresses.public_url(works, language),
        "public": addresses.public_url(works, language),
        "reads": reads,
        "unit": str(works.unit),
        "unit_email": works.unit.email,
        "unit_phone": works.unit.phone,
    }
    return render("works_notice", context, language, reply_to=version.contact_email or works.unit.email)


def _action(kind: str) -> str:
    if kind in _READ_ONLY:
        return _("Read more")
    if kind == NoticeKind.CONSULTATION:
        return _("Read and answer")
    return _("Read and confirm")


def _shows_hours(kind: str) -> bool:
    return kind not in (NoticeKind.DONE, NoticeKind.RELEASE, NoticeKind.CANCELLED, NoticeKind.POSTPONED)


def _rows(works: Works, parties: Iterable[WorksParty]) -> list[AffectedParty]:
    """The newest row of each party."""
    ids = [party.pk for party in parties]
    found = AffectedParty.objects.filter(party__in=ids, listing__version__works=works)
    return list(found.order_by("listing__version__number"))


# --- to the municipality's own people --------------------------------------------------------------------------------


def to_officer(works: Works, what: str, key: str, *, now: datetime, **facts: Any) -> None:
    """A letter to whoever answers for the works today, in the caller's transaction; to the unit when nobody does."""
    person, _reason = selectors.acting_for(works, today_of(now))
    _send(works, [person] if person is not None else [], what, key, now, facts)


def to_leaders(works: Works, what: str, key: str, *, now: datetime, **facts: Any) -> None:
    """A letter to those who lead the unit."""
    _send(works, catalogue.leaders(works.unit, today_of(now)), what, key, now, facts)


def to_director(works: Works, what: str, key: str, *, now: datetime, **facts: Any) -> None:
    """A letter to the municipal director: who leads the unit above all others."""
    _send(works, directors(works.unit, now), what, key, now, facts)


def _send(works: Works, people: Iterable[Any], what: str, key: str, now: datetime, facts: Mapping[str, Any]) -> None:
    payload = {"works": works.pk, "what": what, **facts}
    found = [
        Outgoing(
            key=f"works-staff:{key}:{person.pk}"[:200], handler="works_staff", payload=payload,
            recipient=contacts.email_of(person), recipient_user=person,
            language=str(getattr(person, "language", "") or "nb"), due_at=now,
        )
        for person in {one.pk: one for one in people}.values()
        if contacts.email_of(person)
    ]  # fmt: skip
    if not found and works.unit.email:
        found = [
            Outgoing(
                key=f"works-staff:{key}:unit"[:200], handler="works_staff", payload=payload,
                recipient=works.unit.email, language="nb", due_at=now,
            )
        ]  # fmt: skip
    enqueue_many(found, now=now)


def staff(payload: Payload, language: str) -> Letter:
    """What waits for somebody of the unit, and why."""
    works = Works.objects.select_related("unit", "current").get(pk=payload["works"])
    title = works.current.title if works.current else works.reference
    facts: dict[str, Any] = {"title": title, "reference": works.reference, "day": "", "who": ""}
    quote = ""
    if payload.get("reply"):
        row = WorksReply.objects.select_related("party__organisation", "report").get(pk=payload["reply"])
        facts["day"] = day_words(row.answer_by) if row.answer_by else ""
        facts["who"] = (
            wording.party_name(row.party) if row.party is not None else row.report.name if row.report else _("Somebody")
        )
        quote = row.message
    if payload.get("override"):
        override = WorksOverride.objects.select_related("asked_by").get(pk=payload["override"])
        facts["day"] = day_words(override.report_due) if override.report_due else ""
        facts["who"] = str(override.asked_by)
        quote = override.report or override.reason
    subject, text = _staff_words(payload["what"])
    context = {
        "paragraphs": [text % facts],
        "quote": quote,
        "link": addresses.staff_url(works),
        "rows": [],
        "title": subject % facts,
        "subject": subject % facts,
    }
    return render("works_staff", context, language)


def _staff_words(what: str) -> tuple[str, str]:
    return {
        "reply": (
            _("A reply to answer: %(title)s"),
            _("%(who)s has replied to the works %(reference)s. Answer by %(day)s."),
        ),
        "reply_due": (
            _("Answer by %(day)s: %(title)s"),
            _("%(who)s waits for an answer about the works %(reference)s, by %(day)s."),
        ),
        "reply_overdue": (
            _("Overdue: a reply about %(title)s"),
            _("%(who)s should have had an answer about the works %(reference)s by %(day)s."),
        ),
        "early_start_asked": (
            _("An early start to decide: %(title)s"),
            _("%(who)s asks to start the works %(reference)s before the notice period is over. You decide."),
        ),
        "report_written": (
            _("A report to go through: %(title)s"),
            _("The report about the works %(reference)s is written. A second person must go through it."),
        ),
        "report_overdue": (
            _("Report overdue: %(title)s"),
            _(
                "The report about the works %(reference)s and a second person's review of it were due on %(day)s. "
                "Until both are there nobody gets an early start."
            ),
        ),
        "not_started": (
            _("Have they begun? %(title)s"),
            _(
                "The works %(reference)s were to begin, and nobody has said that they did. Say so, move them, or call "
                "them off: people keep away from a place that may be free."
            ),
        ),
        "not_done": (
            _("Are they done? %(title)s"),
            _(
                "The works %(reference)s should be over, and nobody has said that they are. Say so, or say that they "
                "take longer."
            ),
        ),
        "taken_over": (
            _("You answer for these works now: %(title)s"),
            _("Who planned the works %(reference)s has left. They are yours now."),
        ),
    }[what]


def still_waits(payload: Payload) -> bool:
    """Nobody has done it meanwhile."""
    if not selectors.is_on():
        return False
    what = payload["what"]
    if what in ("reply", "reply_due", "reply_overdue"):
        return WorksReply.objects.filter(pk=payload["reply"], answer__isnull=True).exists()
    if what == "early_start_asked":
        rows = WorksOverride.objects.filter(pk=payload["override"], granted_at__isnull=True, refused_at__isnull=True)
        return rows.exists()
    if what == "report_written":
        return WorksOverride.objects.filter(pk=payload["override"], reviewed_at__isnull=True).exists()
    if what == "report_overdue":
        return WorksOverride.objects.filter(pk=payload["override"], reviewed_at__isnull=True).exists()
    works = Works.objects.filter(pk=payload["works"]).first()
    if works is None:
        return False
    if what == "not_started":
        return works.state in (WorksState.NOTICED, WorksState.READY)
    return works.state in states.GOING_ON if what == "not_done" else True


def tell_tasks(dispatches: Iterable[WorksDispatch], *, now: datetime) -> None:
    """Calls to make and posters to put up: one letter to each person who has some, in the caller's transaction."""
    mine: dict[int, list[WorksDispatch]] = {}
    for row in dispatches:
        if row.officer_id is not None and row.channel in (Channel.PHONE, Channel.POSTER):
            mine.setdefault(row.officer_id, []).append(row)
    enqueue_many(
        [
            Outgoing(
                key=f"works-task:{rows[0].pk}:{pk}", handler="works_task",
                payload={"works": rows[0].notice.works_id, "dispatches": [row.pk for row in rows]},
                recipient=contacts.email_of(rows[0].officer), recipient_user=rows[0].officer,
                language=str(getattr(rows[0].officer, "language", "") or "nb"), due_at=now,
            )
            for pk, rows in mine.items()
            if contacts.email_of(rows[0].officer)
        ],
        now=now,
    )  # fmt: skip


def task(payload: Payload, language: str) -> Letter:
    """Whom to call, and where to put up a poster."""
    works = Works.objects.select_related("unit", "current").get(pk=payload["works"])
    rows = []
    open_ones = WorksDispatch.objects.filter(pk__in=payload["dispatches"], state="queued")
    for row in open_ones.prefetch_related("parties__organisation", "parties__user", "parties__report"):
        names = ", ".join(wording.party_name(party) for party in row.parties.all())
        if row.channel == Channel.PHONE:
            rows.append(_("Phone %(who)s") % {"who": names})
        else:
            rows.append(_("Put up a poster for %(who)s") % {"who": names})
    title = works.current.title if works.current else works.reference
    subject = _("To be done before the works begin: %(title)s") % {"title": title}
    text = _("They have not confirmed our notice of the works %(reference)s. Write down how it went.")
    context = {
        "paragraphs": [text % {"reference": works.reference}], "quote": "", "link": addresses.staff_url(works),
        "rows": rows, "title": subject, "subject": subject,
    }  # fmt: skip
    return render("works_staff", context, language)


def task_waits(payload: Payload) -> bool:
    """Something of it is still to be done."""
    return selectors.is_on() and WorksDispatch.objects.filter(pk__in=payload["dispatches"], state="queued").exists()
