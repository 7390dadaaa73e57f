"""The letters of the answer clock, of hand-overs and of how a case ends. All in one plain form: `notice`.

Staff get one letter of a kind a day (digest, what is late); it says what is true when it leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.cases import registry
from booking.cases.desk.rules import LINK_DAYS
from booking.cases.letters.facts import Payload, case_of, common_of, officer_of, title_of
from booking.cases.links import case_url
from booking.cases.models import Case, CaseState, Message
from booking.cases.selectors import desk as desks
from booking.catalogue.models import Unit
from booking.correspondence.letters import Letter, render
from booking.foundation import clock
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.foundation.workdays import work_calendar

#: A digest names so many cases of a kind; the queue has them all.
MOST_CASES = 15


def _today() -> date:
    return local_date(clock.now(), booking_settings().tz)


def day_of(day: Any) -> str:
    found = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{date_format(found, 'l')} {date_format(found, 'DATE_FORMAT')}"


def notice(
    case: Case,
    language: str,
    subject: str,
    paragraphs: Iterable[str],
    *,
    quote: str = "",
    quoted: str = "",
    staff: bool = False,
    action: str = "",
) -> Letter:
    """A letter of a few sentences, with somebody's words quoted below."""
    context = common_of(case, language) | {
        "subject": subject,
        "paragraphs": [one for one in paragraphs if one],
        "quote": quote,
        "quoted": quoted,
        "action_label": action,
    }
    if staff:
        context["link"] = staff_url(case)
    if staff:
        return render("notice", context, language)
    return render("notice", context, language, reply_to=case.unit.email, thread=case.reference)


def staff_url(case: Case) -> str:
    """The case's page in the CMS admin."""
    try:
        return booking_settings().public_base_url + reverse("booking_cases:inspect", args=[case.pk])
    except NoReverseMatch:
        return case_url(case.reference)


def queue_url() -> str:
    """The queue in the CMS admin."""
    base = booking_settings().public_base_url
    try:
        return base + reverse("booking_cases:index")
    except NoReverseMatch:
        return base


def words_of(payload: Payload) -> tuple[str, str]:
    """What somebody wrote with the act, and who, as outsiders may know them."""
    row = Message.objects.select_related("author").filter(pk=payload.get("message") or 0).first()
    if row is None:
        return "", ""
    return row.body, str(row.author) if row.author and booking_settings().show_officer_names else ""


def who_to_call(case: Case) -> str:
    officer = officer_of(case)
    unit = str(localized(case.unit, "name"))
    name = str(officer) if officer is not None and booking_settings().show_officer_names else ""
    who = _("%(officer)s, %(unit)s") % {"officer": name, "unit": unit} if name else unit
    reach = ", ".join(one for one in (case.unit.phone, case.unit.email) if one)
    if reach:
        return _("%(who)s has your case. You can reach them at %(reach)s.") % {"who": who, "reach": reach}
    return _("%(who)s has your case.") % {"who": who}


# --- to the parties --------------------------------------------------------------------------------------------------


def holding_reply(payload: Payload, language: str) -> Letter:
    """Not decided yet; the new date."""
    case = case_of(payload)
    body, who = words_of(payload)
    return notice(
        case,
        language,
        _("You will hear from us by %(day)s") % {"day": day_of(payload["until"])},
        [
            _("We have not decided your case yet: %(title)s.") % {"title": title_of(case)},
            _("You will have our answer by %(day)s at the latest.") % {"day": day_of(payload["until"])},
            who_to_call(case),
        ],
        quote=body,
        quoted=who,
    )


def holding_reply_stands(payload: Payload) -> bool:
    """Nothing newer has been promised, and nothing decided."""
    return Case.objects.filter(
        pk=payload["case"], answer_by=date.fromisoformat(payload["until"]), waiting_on="municipality"
    ).exists()


def asked(payload: Payload, language: str) -> Letter:
    """The unit needs to know something first."""
    case = case_of(payload)
    body, who = words_of(payload)
    first = (
        _("We still need your reply before we can go on with %(title)s.")
        if payload.get("again")
        else _("We need to know something before we can go on with %(title)s.")
    )
    return notice(
        case,
        language,
        _("We need your reply"),
        [first % {"title": title_of(case)}, _("The case waits for you until you have replied.")],
        quote=body,
        quoted=who,
        action=_("Reply"),
    )


def still_asked(payload: Payload) -> bool:
    return Case.objects.filter(pk=payload["case"], stored_act="waiting_for_requester").exists()


def handed_over(payload: Payload, language: str) -> Letter:
    """From whom to whom, why, and that the date stands."""
    case = case_of(payload)
    body, who = words_of(payload)
    units = Unit.objects.in_bulk([payload["from_unit"], payload["to_unit"]])
    names = {pk: str(localized(unit, "name", language)) for pk, unit in units.items()}
    moved = payload["from_unit"] != payload["to_unit"]
    first = (
        _("Your case has moved from %(before)s to %(after)s.")
        % {"before": names.get(payload["from_unit"], ""), "after": names.get(payload["to_unit"], "")}
        if moved
        else _("Your case has a new case officer at %(unit)s.") % {"unit": names.get(payload["to_unit"], "")}
    )
    due = ""
    if case.waiting_on == "municipality" and case.answer_by is not None:
        due = _("The date stands: you will have our answer by %(day)s.") % {"day": day_of(case.answer_by)}
    return notice(case, language, _("Your case has moved"), [first, due, who_to_call(case)], quote=body, quoted=who)


def late_status(payload: Payload, language: str) -> Letter:
    """The promise was not kept: who has it, and whom to call."""
    case = case_of(payload)
    promised = (
        _("We promised you an answer by %(day)s, and have not kept that.") % {"day": day_of(case.answer_by)}
        if case.answer_by is not None and case.answer_by < _today()
        else _("It has taken a long time, and we have not answered yet.")
    )
    return notice(
        case,
        language,
        _("You should have heard from us by now"),
        [promised, _("The unit's leader knows that it is late."), who_to_call(case)],
    )


def still_waits(payload: Payload) -> bool:
    return Case.objects.filter(pk=payload["case"], waiting_on="municipality").exists()


def dismissed(payload: Payload, language: str) -> Letter:
    """Not admitted, why, and how to appeal."""
    case = case_of(payload)
    body, who = words_of(payload)
    return notice(
        case,
        language,
        _("Your case has been dismissed"),
        [
            _("We can't take %(title)s up for a decision.") % {"title": title_of(case)},
            _("You can appeal by %(day)s. Write why in the case, or by e-mail to us.")
            % {"day": day_of(payload["appeal_by"])},
        ],
        quote=body,
        quoted=who,
    )


def still_dismissed(payload: Payload) -> bool:
    return Case.objects.filter(pk=payload["case"], state=CaseState.DISMISSED).exists()


def appealed(payload: Payload, language: str) -> Letter:
    """The receipt of an appeal."""
    case = case_of(payload)
    body, _who = words_of(payload)
    due = ""
    if case.answer_by is not None:
        due = _("We look at the decision again. You will hear from us by %(day)s.") % {"day": day_of(case.answer_by)}
    return notice(case, language, _("We have your appeal"), [due, who_to_call(case)], quote=body, quoted=_("You wrote"))


def appeal_answered(payload: Payload, language: str) -> Letter:
    """What came of the appeal."""
    case = case_of(payload)
    body, who = words_of(payload)
    if payload["outcome"] == "reopen":
        subject = _("Your appeal is admitted: we decide anew")
        text = _("The decision is taken back. What you asked for is decided anew, and you will hear from us.")
    else:
        subject = _("The decision stands, and your appeal goes on")
        text = _("We have not changed the decision. Your appeal goes to the appeals board, which decides it.")
    return notice(case, language, subject, [text], quote=body, quoted=who)


# --- to staff --------------------------------------------------------------------------------------------------------


def given_to_you(payload: Payload, language: str) -> Letter:
    """A colleague has given you a case."""
    case = case_of(payload)
    body, who = words_of(payload)
    due = ""
    if case.answer_by is not None:
        due = _("The answer is promised by %(day)s.") % {"day": day_of(case.answer_by)}
    return notice(
        case,
        language,
        _("You have a case: %(title)s") % {"title": title_of(case)},
        [_("%(reference)s is yours now.") % {"reference": case.reference}, due],
        quote=body,
        quoted=who,
        staff=True,
    )


def handed_often(payload: Payload, language: str) -> Letter:
    """A case has moved for the third time or more."""
    case = case_of(payload)
    return notice(
        case,
        language,
        _("Moved several times: %(title)s") % {"title": title_of(case)},
        [
            ngettext(
                "%(reference)s has been handed over %(count)s time, and has come to your unit.",
                "%(reference)s has been handed over %(count)s times, and has come to your unit.",
                case.hand_overs,
            )
            % {"reference": case.reference, "count": case.hand_overs},
            _("See to it that it stays with somebody who answers."),
        ],
        staff=True,
    )


def last_day(payload: Payload, language: str) -> Letter:
    """The promise passes with the next working day."""
    case = case_of(payload)
    return notice(
        case,
        language,
        _("The answer is due %(day)s: %(title)s") % {"day": day_of(case.answer_by), "title": title_of(case)},
        [
            _("%(reference)s waits for your answer.") % {"reference": case.reference},
            _("If you can't decide by then, send a holding reply with a new date."),
        ],
        staff=True,
    )


def digest(payload: Payload, language: str) -> Letter:
    """What waits on you, once in the morning, and only when something does."""
    user = get_user_model()._default_manager.get(pk=payload["user"])
    found = _desk(user, payload)
    groups = [
        (_("Late"), found.late),
        (_("Due within two working days"), found.soon),
        (_("No reply from the requester: decide what to do"), found.no_reply),
        (_("New since the last letter"), found.new),
    ]
    count = sum(len(cases) for _label, cases in groups)
    subject = ngettext("%(count)s case waits for you", "%(count)s cases wait for you", count) % {"count": count}
    after = []
    if found.others:
        after.append(
            ngettext("%(count)s more has time yet.", "%(count)s more have time yet.", found.others)
            % {"count": found.others}
        )
    if found.with_requester:
        after.append(
            ngettext(
                "%(count)s of your cases waits for the requester.",
                "%(count)s of your cases wait for the requester.",
                found.with_requester,
            )
            % {"count": found.with_requester}
        )
    day = date.fromisoformat(payload["day"])
    notes = registry.desk_notes(user, _today())
    if not count and notes:
        subject = notes[0][0]
    return _listing(
        subject, groups, " ".join(after), language, acts=lambda case: _acts_of(user, case, day), notes=notes
    )


def digest_has_something(payload: Payload) -> bool:
    user = get_user_model()._default_manager.filter(pk=payload["user"], is_active=True).first()
    if user is None:
        return False
    return bool(_desk(user, payload)) or bool(registry.desk_notes(user, _today()))


def _desk(user: Any, payload: Payload) -> desks.Desk:
    from booking.cases.desk.services import since_last_morning

    return desks.desk(user, _today(), work_calendar(), since=since_last_morning(date.fromisoformat(payload["day"])))


def _acts_of(user: Any, case: Case, day: date) -> list[dict[str, str]]:
    """What can be done from the letter: two acts by the link alone; deciding, where one is signed in."""
    from booking.cases.desk.services import links_for

    links = links_for(user, case, day, now=clock.now())
    if not links:
        return []
    labels = {"holding_reply": _("Send a holding reply"), "ask": _("Ask the requester")}
    found = [{"label": labels[act], "link": link_url(token)} for act, token in links.items()]
    return [*found, {"label": _("Grant or refuse (sign in)"), "link": f"{staff_url(case)}#decide-case"}]


def link_url(token: str) -> str:
    """The whole address of a link of the morning's letter."""
    return booking_settings().public_base_url + reverse("booking:desk_link", args=[token])


def late_in_your_unit(payload: Payload, language: str) -> Letter:
    """For a leader: answers that are late, and who has them."""
    user = get_user_model()._default_manager.get(pk=payload["user"])
    cases = desks.late_in_units_of(user, _today())
    subject = ngettext(
        "%(count)s answer is late in your unit", "%(count)s answers are late in your unit", len(cases)
    ) % {"count": len(cases)}
    return _listing(subject, [("", cases)], "", language, named=True)


def something_is_late(payload: Payload) -> bool:
    user = get_user_model()._default_manager.filter(pk=payload["user"], is_active=True).first()
    return user is not None and bool(desks.late_in_units_of(user, _today()))


def _listing(
    subject: str,
    groups: Sequence[tuple[str, Sequence[Case]]],
    after: str,
    language: str,
    *,
    named: bool = False,
    acts: Callable[[Case], list[dict[str, str]]] | None = None,
    notes: Sequence[tuple[str, Sequence[registry.DeskNote]]] = (),
) -> Letter:
    context = {
        "subject": subject,
        "groups": [
            {
                "label": label,
                "rows": [_row(case, named=named, acts=acts) for case in cases[:MOST_CASES]],
                "more": max(0, len(cases) - MOST_CASES),
            }
            for label, cases in groups
            if cases
        ]
        + [
            {
                "label": label,
                "rows": [{"text": line.text, "link": line.link} for line in lines[:MOST_CASES]],
                "more": max(0, len(lines) - MOST_CASES),
            }
            for label, lines in notes
        ],
        "after": after,
        "with_links": acts is not None,
        "link_days": LINK_DAYS,
        "link": queue_url(),
    }
    return render("desk", context, language)


def _row(case: Case, *, named: bool, acts: Callable[[Case], list[dict[str, str]]] | None) -> dict[str, Any]:
    who = case.organisation.name if case.organisation is not None else ""
    parts = [case.reference, title_of(case), who if who != title_of(case) else ""]
    if case.answer_by is not None:
        parts.append(_("promised by %(day)s") % {"day": date_format(case.answer_by, "MONTH_DAY_FORMAT")})
    if named:
        parts.append(str(case.officer) if case.officer is not None else _("nobody"))
    text = " – ".join(part for part in parts if part)
    return {"text": text, "link": staff_url(case), "acts": acts(case) if acts is not None else []}
