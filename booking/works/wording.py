"""Works in words, in the active language: never stored but for the text of a notice, always made when read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.cases.registry import line_facts
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import filled, localized
from booking.foundation.wording import day_words, moment_words, when_words
from booking.works import addresses
from booking.works.models import (
    AffectedParty,
    Confidence,
    NoticeKind,
    PartyKind,
    Works,
    WorksAnswer,
    WorksEvent,
    WorksNotice,
    WorksOffer,
    WorksParty,
    WorksVersion,
)
from booking.works.rules.gate import Missing

#: So many hours of a party stand in a letter; its page has the rest.
MOST_LINES = 12


def _tz() -> Any:
    return booking_settings().tz


def when_of(version: WorksVersion) -> str:
    """From when until when, and how sure that is."""
    words = when_words(version.window_start, version.window_end, _tz())
    unsure = Confidence.ESTIMATED
    if version.start_confidence == unsure and version.end_confidence == unsure:
        return _("%(when)s (estimated)") % {"when": words}
    if version.end_confidence == unsure:
        return _("%(when)s (the end is estimated)") % {"when": words}
    return words


def where_of(version: WorksVersion) -> str:
    """The places, by name."""
    targets = list(version.targets.select_related("resource"))
    names = [str(localized(one.resource, "name")) for one in targets]
    if len(names) > 6:
        more = len(names) - 5
        return _("%(names)s and %(more)s more") % {"names": ", ".join(names[:5]), "more": more}
    return ", ".join(names)


def contact_of(version: WorksVersion) -> str:
    """Whom to ask: name, phone, e-mail of the works, else of the unit."""
    unit = version.works.unit
    name = version.contact_name if booking_settings().show_officer_names else ""
    parts = [name, version.contact_phone or unit.phone, version.contact_email or unit.email]
    return ", ".join(part for part in parts if part)


def party_name(party: WorksParty) -> str:
    """Who they are: for planners, and for themselves."""
    if party.organisation is not None:
        return party.organisation.name
    if party.kind == PartyKind.FOLLOWERS:
        return _("Those who follow the place")
    if party.report is not None:
        return party.report.name
    return str(party.user) if party.user is not None else ""


# --- notices ---------------------------------------------------------------------------------------------------------


def subject_of(notice: WorksNotice) -> str:
    """The subject of the letter."""
    title = {"title": notice.version.title, "day": day_words(_local(notice.version.window_start))}
    subjects = {
        NoticeKind.FORWARD_PLAN: _("Planned works: %(title)s"),
        NoticeKind.CONSULTATION: _("What do you say? %(title)s"),
        NoticeKind.NOTICE: _("Notice of works from %(day)s: %(title)s"),
        NoticeKind.REMINDER: _("Reminder, works from %(day)s: %(title)s"),
        NoticeKind.CHANGE: _("Changed: %(title)s"),
        NoticeKind.RELEASE: _("You are no longer affected: %(title)s"),
        NoticeKind.EARLY_START: _("Works start earlier than the rules say: %(title)s"),
        NoticeKind.URGENT: _("Urgent works: %(title)s"),
        NoticeKind.EMERGENCY: _("Emergency: %(title)s"),
        NoticeKind.OVERRUN: _("Takes longer: %(title)s"),
        NoticeKind.CANCELLED: _("Cancelled: %(title)s"),
        NoticeKind.POSTPONED: _("Postponed: %(title)s"),
        NoticeKind.ANSWER: _("Our answer about %(title)s"),
        NoticeKind.DONE: _("Done: %(title)s"),
    }
    if notice.data.get("freed"):
        return _("Time has come free: %(title)s") % title
    return subjects[NoticeKind(notice.kind)] % title


def paragraphs_of(notice: WorksNotice) -> list[str]:
    """What a notice says, in sentences. Without names: it is also what the public record shows."""
    if notice.kind == NoticeKind.ANSWER:
        return _answer_words(notice)
    version = notice.version
    data: Mapping[str, Any] = notice.data
    facts = {"title": version.title, "when": when_of(version), "where": where_of(version)}
    until = datetime.fromisoformat(data["until"]) if data.get("until") else None
    day = day_words(last_day(until)) if until else ""
    said = {
        NoticeKind.FORWARD_PLAN: [_("We plan works here: %(title)s, %(when)s."), _("You hear more in good time.")],
        NoticeKind.CONSULTATION: [
            _("We plan works here: %(title)s, %(when)s."),
            _("Before we decide, we want to know what it means for you. Answer by %(day)s."),
            _("You can object, propose another time, or ask for another place. We answer each of you."),
        ],
        NoticeKind.NOTICE: [
            _("Works begin here: %(title)s, %(when)s."),
            _("Confirm that you have received this. It doesn't mean that you agree."),
        ],
        NoticeKind.REMINDER: [
            _("Works begin here: %(title)s, %(when)s."),
            _("You have not confirmed yet that you have received our notice. Please do so now."),
        ],
        NoticeKind.CHANGE: [_("The plan has changed. Now it is: %(title)s, %(when)s."), *change_words(data)],
        NoticeKind.RELEASE: [_("The works “%(title)s” no longer touch you. Your hours are yours again.")],
        NoticeKind.EARLY_START: [
            _("Works begin here earlier than our rules say: %(title)s, %(when)s."),
            _("Two people have signed for it. The reason stands on the page."),
        ],
        NoticeKind.URGENT: [_("Works begin here that can't wait: %(title)s, %(when)s.")],
        NoticeKind.EMERGENCY: [
            _("There is an emergency here: %(title)s. The place can't be used: %(when)s."),
            _("Why it couldn't wait is reported on the page within two working days."),
        ],
        NoticeKind.OVERRUN: [_("The works take longer than we told you: %(title)s, now %(when)s.")],
        NoticeKind.CANCELLED: [_("The works are cancelled: %(title)s. Your hours are yours again.")],
        NoticeKind.POSTPONED: [
            _("The works are postponed: %(title)s. Your hours are yours again until you hear from us.")
        ],
        NoticeKind.DONE: [_("The works are done: %(title)s.")],
    }[NoticeKind(notice.kind)]
    return [text % (facts | {"day": day}) for text in said]


def change_words(data: Mapping[str, Any]) -> list[str]:
    """Each computed difference in one sentence."""
    words = {
        "start_earlier": _("They start earlier."),
        "start_later": _("They start later."),
        "new_dates": _("They are moved to other days."),
        "end_extended": _("They last longer."),
        "end_earlier": _("They end earlier."),
        "area_grown": _("They take more ground."),
        "area_shrunk": _("They take less ground."),
        "impact_raised": _("More is closed than we said."),
        "impact_lowered": _("Less is closed than we said."),
        "category": _("How long you must be told before has changed with it."),
    }
    return [words[code] for code in data.get("changes", ()) if code in words]


def _answer_words(notice: WorksNotice) -> list[str]:
    data = notice.data
    if data.get("freed"):
        return _freed_words(data["freed"])
    if data.get("offer"):
        offer = WorksOffer.objects.select_related("resource", "conflict__line__resource").get(pk=data["offer"])
        line = offer.conflict.line
        facts = {
            "old": when_words(line.start, line.end, _tz()),
            "new": when_words(offer.start, offer.end, _tz()),
            "place": str(localized(offer.resource, "name")),
            "day": day_words(last_day(offer.expires_at)),
        }
        return [
            _("The works stand in the way of your time: %(old)s.") % facts,
            _("We hold this for you instead: %(place)s, %(new)s. It is yours if you say yes by %(day)s.") % facts,
        ]
    answer = WorksAnswer.objects.get(pk=data["answer"])
    return [
        _("You said: %(words)s") % {"words": answer.said},
        _("We answer: %(words)s") % {"words": answer.did},
    ]


def _freed_words(ids: Iterable[int]) -> list[str]:
    """Time that the works gave back, held for whom they displaced."""
    offers = list(WorksOffer.objects.filter(pk__in=list(ids)).select_related("resource").order_by("start", "pk"))
    found = [
        _("The works have given time back. It goes first to whom they stood in the way of, and we hold it for you:")
    ]
    for one in offers[:MOST_LINES]:
        facts = {
            "place": str(localized(one.resource, "name")),
            "new": when_words(one.start, one.end, _tz()),
            "at": moment(one.expires_at),
        }
        found.append(_("%(place)s, %(new)s: until %(at)s.") % facts)
    return found


def notice_text(notice: WorksNotice) -> str:
    """The whole notice as plain text, to nobody in particular: kept with its hash."""
    version = notice.version
    lines = [subject_of(notice), "", *paragraphs_of(notice), ""]
    lines += [f"{label}: {value}" for label, value in facts_of(notice.works, version)]
    if notice.data.get("why") or (version.why_changed and notice.kind in (NoticeKind.CHANGE, NoticeKind.OVERRUN)):
        lines.append(f"{_('Why')}: {notice.data.get('why') or version.why_changed}")
    return "\n".join(lines)


def facts_of(works: Works, version: WorksVersion) -> list[tuple[str, str]]:
    """The table of a letter: label and value; empty ones are left out."""
    rows = [
        (_("Works"), f"{version.title} ({works.reference})"),
        (_("Where"), where_of(version)),
        (_("When"), when_of(version)),
        (_("What is felt"), str(version.get_impact_display())),
        (_("Why"), version.reason),
        (_("Why here"), version.why_here),
        (_("Why now"), version.why_now),
        (_("Ask"), contact_of(version)),
    ]
    return [(label, value) for label, value in rows if value]


def hours_of(row: AffectedParty) -> list[str]:
    """Which of a party's own hours are hit, in order: place and time, and of a season's hours the team."""
    from booking.cases.models import Line

    ids = [one["line"] for one in row.evidence if one.get("line")]
    lines = list(Line.objects.filter(pk__in=ids).select_related("resource").order_by("start", "pk")[:MOST_LINES])
    facts = line_facts([line.pk for line in lines])
    return [
        f"{localized(line.resource, 'name')}, {when_words(line.start, line.end, _tz())}"
        + (f" ({facts[line.pk].words})" if line.pk in facts and facts[line.pk].words else "")
        for line in lines
    ]


def more_hours(row: AffectedParty) -> int:
    """How many more there are than a letter shows."""
    return max(0, len([one for one in row.evidence if one.get("line")]) - MOST_LINES)


def evidence_words(row: AffectedParty) -> list[str]:
    """Why a party is on the list, for planners."""
    counts: dict[str, int] = {}
    for one in row.evidence:
        counts[one["why"]] = counts.get(one["why"], 0) + 1
    words = {
        "line": lambda n: ngettext("%(n)s granted time", "%(n)s granted times", n),
        "request": lambda n: ngettext("%(n)s time asked for", "%(n)s times asked for", n),
        "allocation": lambda n: ngettext("%(n)s season hour", "%(n)s season hours", n),
        "agreement": lambda n: ngettext("%(n)s agreement", "%(n)s agreements", n),
        "customary": lambda n: ngettext("%(n)s customary use", "%(n)s customary uses", n),
        "follower": lambda n: _("follow the place"),
        "council": lambda n: _("speaks for those who use the place"),
        "hand": lambda n: _("added by hand"),
        "report": lambda n: _("said so themselves"),
    }
    found = [words[why](count) % {"n": count} for why, count in counts.items() if why in words]
    if row.count:
        found.append(ngettext("%(n)s follower", "%(n)s followers", row.count) % {"n": row.count})
    return found


def sms_words(notice: WorksNotice, party: WorksParty) -> str:
    """The notice as an SMS."""
    facts = {
        "subject": subject_of(notice),
        "where": where_of(notice.version),
        "link": addresses.party_url(party),
        "town": booking_settings().municipality_name,
    }
    return _("%(town)s: %(subject)s. %(where)s. Read and confirm: %(link)s") % facts


# --- what is unmet ---------------------------------------------------------------------------------------------------

UNMET = {
    "affected_not_confirmed": gettext_lazy("Go through the list of those affected, and confirm it."),
    "nobody_not_signed": gettext_lazy("Somebody else must sign that nobody is affected."),
    "not_consulted": gettext_lazy("Ask those affected first, for %(days)s days."),
    "consultation_open": gettext_lazy("Those affected can still answer."),
    "reply_unanswered": gettext_lazy("Their reply waits for an answer."),
    "forward_plan": gettext_lazy("Works like these must stand in the public plan for %(days)s days before they start."),
    "not_told": gettext_lazy("No message has reached them yet."),
    "told_too_late": gettext_lazy("They were told too late for this start."),
    "not_phoned": gettext_lazy("Nobody has tried to phone them yet."),
    "not_reached": gettext_lazy("They store equipment there, and have not confirmed by phone yet. Phone again."),
    "not_acknowledged": gettext_lazy("They have not confirmed that they received the notice."),
    "too_few_acknowledged": gettext_lazy(
        "%(have)s of %(of)s others have confirmed that they received the notice. At least %(share)s per cent must."
    ),
    "conflict_open": gettext_lazy("Their granted time has not been settled."),
    "no_report": gettext_lazy("The report is missing."),
    "not_reviewed": gettext_lazy("A second person must go through the report."),
    "not_restored": gettext_lazy("Say when the ground was restored."),
    "refused_consent": gettext_lazy("They were asked, and said no. Without their yes there is no early start."),
    "no_consent": gettext_lazy("They have not agreed. Phone them: two tries will do."),
}


def missing_words(one: Missing) -> str:
    """One thing that must be done first, in the active language."""
    return filled(UNMET.get(one.code, one.code), one.params)


# --- the public record -----------------------------------------------------------------------------------------------

EVENTS = {
    "planned": gettext_lazy("The plan was made public."),
    "consultation_opened": gettext_lazy("Those affected were asked."),
    "replied": gettext_lazy("Somebody affected answered."),
    "answered": gettext_lazy("An answer was given."),
    "noticed": gettext_lazy("Notice was given."),
    "set_ready": gettext_lazy("The start was set."),
    "start_dropped": gettext_lazy("The start no longer holds: the plan has changed."),
    "started": gettext_lazy("The works began."),
    "paused": gettext_lazy("The works paused."),
    "resumed": gettext_lazy("The works went on."),
    "overrun": gettext_lazy("The works take longer than told."),
    "completed": gettext_lazy("The works were done."),
    "restored": gettext_lazy("The ground was restored."),
    "ground_free": gettext_lazy("The ground can be used again."),
    "closed": gettext_lazy("The matter was closed."),
    "postponed": gettext_lazy("The works were postponed."),
    "cancelled": gettext_lazy("The works were cancelled."),
    "changed": gettext_lazy("The plan was changed."),
    "corrected": gettext_lazy("A time from the field was corrected."),
    "emergency_declared": gettext_lazy("An emergency was declared."),
    "early_start_granted": gettext_lazy("An early start was signed by two people."),
    "reported": gettext_lazy("The report was written."),
    "reviewed": gettext_lazy("A second person went through the report."),
    "report_overdue": gettext_lazy("The report was overdue. The municipal director was told."),
    "reply_overdue": gettext_lazy("An answer was overdue. The leader was told."),
    "continues": gettext_lazy("They go on with works that were put off: %(ref)s."),
    "continued_by": gettext_lazy("They go on as new works: %(ref)s."),
    "nobody_signed": gettext_lazy("Two people have signed that nobody is affected."),
    "conflict_settled": gettext_lazy("It was decided against somebody's granted time, with reasons."),
}


def event_words(event: WorksEvent) -> str:
    """An entry of the public record in words."""
    words = str(EVENTS.get(event.type, ""))
    if event.type == "changed":
        more = change_words(event.data)
        return " ".join([words, *more])
    if event.type in ("continues", "continued_by"):
        return words % {"ref": event.data.get("ref", "")}
    return words


def moment(at: datetime) -> str:
    """A moment on the municipality's wall clock."""
    return moment_words(at, _tz())


def deadline(at: datetime) -> str:
    """By when, as people say it: an end at midnight is the day before it; else the day and the hour."""
    wall = at.astimezone(_tz())
    return day_words(last_day(at)) if wall.hour == wall.minute == 0 else moment(at)


def names(rows: Iterable[AffectedParty]) -> dict[int, str]:
    """Party id → name."""
    return {row.party_id: party_name(row.party) for row in rows}


def _local(at: datetime) -> Any:
    return at.astimezone(_tz()).date()


def last_day(until: datetime) -> Any:
    """An end at midnight is the end of the day before."""
    return (until - timedelta(seconds=1)).astimezone(_tz()).date()


def ticked_words(data: Mapping[str, Any]) -> str:
    """An event of a case: whoever sent it said that they know of the works."""
    if data.get("code") != "works_ahead":
        return ""
    return _("Knows that there are works there then: %(reference)s") % {"reference": data.get("tick", "")}
