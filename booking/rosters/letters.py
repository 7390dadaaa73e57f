"""The letters about duties, each written when it leaves, from what is true then.

People with an account get a link to the roster; helpers without one their secret link. Letters with a secret find the
address when they leave, and their text is erased afterwards: every kind is there twice, the second as ``…_link``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from icalendar import Calendar, Event

from booking.cases.letters.facts import title_of
from booking.cases.models import Case
from booking.correspondence import registry
from booking.correspondence.letters import Attachment, Letter, render
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.organisations.models import Organisation
from booking.rosters import rules, secrets, selectors
from booking.rosters.models import Duty, DutyDate, Helper, SignUp, SignUpState, Swap, SwapState
from booking.rosters.selectors import in_words, name_of, span_of
from booking.rosters.services.common import Person, today_of

Payload = Mapping[str, Any]
#: A letter with a secret is of no use after this; what has not left by then is erased.
_LIFE = timedelta(days=14)
#: So many duties are named; the page has them all.
_MOST = 30


def register() -> None:
    """Make the letters known to the outbox."""
    kinds: list[tuple[str, Callable[[Payload, str], Letter], Callable[[Payload], bool]]] = [
        ("duty_signed_up", signed_up, still_signed_up),
        ("duty_reminder", reminder, still_to_remind),
        ("duty_removed", removed, _always),
        ("duty_news", news, news_true),
        ("duty_swap_asked", swap_asked, swap_open),
        ("duty_swapped", swapped, _always),
        ("duty_swap_declined", swap_declined, _always),
        ("duty_personal", personal, _always),
    ]
    for name, write, valid in kinds:
        if name != "duty_personal":
            registry.register(name, write, valid)
        registry.register(
            f"{name}_link", write, valid, secret=True, life=_LIFE, recipient_of=helper_address
        )  # fmt: skip
    registry.register("duty_free", free, still_free)
    registry.register("duty_unfilled", unfilled, something_unfilled)


def _always(_payload: Payload) -> bool:
    return True


def helper_address(payload: Payload) -> str:
    """ "" when the link was stopped, or the address is forgotten."""
    row = Helper.objects.filter(pk=payload.get("helper") or 0, revoked_at=None).first()
    return row.email if row is not None else ""


# --- what they share -------------------------------------------------------------------------------------------------


def url_of(name: str, *args: Any, language: str) -> str:
    """The whole address of a page in ``language``; the front page where a host shows it elsewhere."""
    with translation.override(language):
        try:
            path = reverse(f"booking:{name}", args=args)
        except NoReverseMatch:
            path = "/"
    return booking_settings().public_base_url + path


def _person(payload: Payload) -> Person:
    if payload.get("helper"):
        return Person(helper=Helper.objects.filter(pk=payload["helper"]).first())
    return Person(user=get_user_model()._default_manager.filter(pk=payload.get("user") or 0).first())


def _mine(person: Person) -> dict[str, Any]:
    return {"user": person.user} if person.user is not None else {"helper": person.helper}


def _letter(
    payload: Payload,
    language: str,
    case: Case,
    subject: str,
    paragraphs: Iterable[str],
    *,
    items: Sequence[str] = (),
    action: str = "",
    attachments: tuple[Attachment, ...] = (),
) -> Letter:
    person = _person(payload)
    if person.helper is not None:
        link = url_of("duty_page", secrets.opened(person.helper.token_sealed), language=language)
    else:
        link = url_of("case_duties", case.reference, language=language)
    context = {
        "subject": subject,
        "paragraphs": [one for one in paragraphs if one],
        "items": list(items)[:_MOST],
        "more": max(0, len(items) - _MOST),
        "link": link,
        "action_label": action or _("Look at the roster"),
        "own_link": person.helper is not None,
        "title": title_of(case),
        "hosts": case.organisation.name if case.organisation is not None else "",
        "unit": str(localized(case.unit, "name", language)),
        "unit_email": case.unit.email,
        "unit_phone": case.unit.phone,
        "reference": case.reference,
    }
    written = render("duty", context, language, reply_to=_reply_to(case))
    return Letter(
        written.subject, written.text, written.html, attachments=attachments, reply_to=written.reply_to,
        headers=written.headers,
    )  # fmt: skip


def _reply_to(case: Case) -> str:
    """Duties are the hosts' business: answers go to them, else to the unit."""
    if case.organisation is not None and case.organisation.email:
        return case.organisation.email
    return case.unit.email


def _case(payload: Payload) -> Case:
    return Case.objects.select_related("unit", "organisation", "requester").get(pk=payload["case"])


def _duties(rows: Iterable[SignUp]) -> list[Duty]:
    return [row.duty for row in rows]


def _words(duties: Iterable[Duty]) -> list[str]:
    return [in_words(duty) for duty in duties]


def _rows(**where: Any) -> list[SignUp]:
    return list(
        SignUp.objects.filter(state=SignUpState.ON, **where)
        .select_related("duty__line__resource", "duty__kind", "duty__case")
        .order_by("duty__line__start", "duty__number")
    )


# --- signed up -------------------------------------------------------------------------------------------------------


def _signed(payload: Payload) -> list[SignUp]:
    start, until = datetime.fromisoformat(payload["from"]), datetime.fromisoformat(payload["until"])
    return _rows(duty__case=payload["case"], at__gte=start, at__lt=until, **_mine(_person(payload)))


def still_signed_up(payload: Payload) -> bool:
    return bool(_signed(payload))


def signed_up(payload: Payload, language: str) -> Letter:
    """What somebody signed up for in a while, with a file for the calendar."""
    case = _case(payload)
    duties = _duties(_signed(payload))
    sure = all(duty.line.state in rules.SURE for duty in duties)
    return _letter(
        payload,
        language,
        case,
        ngettext("You are on the duty roster", "You are on the duty roster: %(n)s duties", len(duties))
        % {"n": len(duties)},
        [
            _("Thank you. You have signed up for “%(title)s”:") % {"title": title_of(case)},
            ""
            if sure
            else _("The municipality hasn't said yes to every date yet. You hear if one doesn't take place."),
            _("We remind you the day before. If you can't come, withdraw on the page, or ask somebody to take over."),
        ],
        items=_words(duties),
        attachments=(_calendar(duties, case, language),),
    )


def _calendar(duties: Sequence[Duty], case: Case, language: str) -> Attachment:
    """The duties as a file for the calendar. Stable ids: the same file twice changes nothing."""
    host = booking_settings().public_base_url.partition("://")[2].partition("/")[0].partition(":")[0] or "localhost"
    calendar = Calendar()
    calendar.add("prodid", "-//Samskap//rosters//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for duty in duties:
        start, end = span_of(duty)
        entry = Event()
        entry.add("uid", f"duty-{duty.line.uid}-{duty.number}@{host}")
        entry.add("dtstamp", duty.line.revised_at.astimezone(UTC))
        entry.add("sequence", duty.line.sequence)
        entry.add("dtstart", start.astimezone(UTC))
        entry.add("dtend", end.astimezone(UTC))
        entry.add("summary", f"{selectors.words_of(duty)}: {title_of(case)}")
        entry.add("location", str(localized(duty.line.resource, "name", language)))
        calendar.add_component(entry)
    return Attachment(_("duties") + ".ics", calendar.to_ical(), "text/calendar")


# --- the day before --------------------------------------------------------------------------------------------------


def _to_remind(payload: Payload) -> list[SignUp]:
    start = datetime.fromisoformat(payload["start"])
    return _rows(
        duty__line=payload["line"], duty__line__start=start, duty__line__state__in=rules.SURE,
        duty__line__end__gt=clock.now(), **_mine(_person(payload)),
    )  # fmt: skip


def still_to_remind(payload: Payload) -> bool:
    return bool(_to_remind(payload))


def reminder(payload: Payload, language: str) -> Letter:
    """Tomorrow (or, after an outage, today): what, when, where, with whom."""
    case = _case(payload)
    duties = _duties(_to_remind(payload))
    others = sorted(
        {
            name_of(row)
            for row in SignUp.objects.filter(duty__in=[duty.pk for duty in duties], state=SignUpState.ON)
            .exclude(**_mine(_person(payload)))
            .select_related("user", "helper", "organisation", "unit")
        }
    )
    return _letter(
        payload,
        language,
        case,
        _("Remember your duty: %(what)s") % {"what": selectors.words_of(duties[0]) if duties else title_of(case)},
        [
            _("You have signed up for “%(title)s”:") % {"title": title_of(case)},
            _("With you: %(names)s.") % {"names": ", ".join(others)} if others else "",
            _("If you can't come after all, say so on the page now, so that somebody else can."),
        ],
        items=_words(duties),
    )


# --- changes ---------------------------------------------------------------------------------------------------------


def news_true(payload: Payload) -> bool:
    """Nothing newer was told of the date, and they are still on it."""
    if not DutyDate.objects.filter(line=payload["line"], told=payload["told"]).exists():
        return False
    return bool(_rows(duty__line=payload["line"], **_mine(_person(payload))))


def news(payload: Payload, language: str) -> Letter:
    """A date is off, on again, or at another time; those on its duties keep their places."""
    case = _case(payload)
    duties = _duties(_rows(duty__line=payload["line"], **_mine(_person(payload))))
    subject, words = {
        "off": (
            _("Off: your duty doesn't take place"),
            [
                _("This date of “%(title)s” doesn't take place as things are. You needn't come:"),
                _("You keep your place. Should the date come back, you hear from us."),
            ],
        ),
        "back": (
            _("On again: your duty takes place after all"),
            [
                _("This date of “%(title)s” takes place after all, and you still stand on its roster:"),
                _("If you have made other plans meanwhile, withdraw on the page."),
            ],
        ),
        "moved": (
            _("Your duty has another time or place"),
            [
                _("This date of “%(title)s” has moved. Now it is:"),
                _("You keep your place. If the new time doesn't suit you, withdraw on the page."),
            ],
        ),
    }[payload["what"]]
    title = title_of(case)
    return _letter(payload, language, case, subject, [one % {"title": title} for one in words], items=_words(duties))


def removed(payload: Payload, language: str) -> Letter:
    """Taken off, or the duty isn't needed any more."""
    case = _case(payload)
    row = SignUp.objects.select_related("duty__line__resource", "duty__kind").get(pk=payload["sign_up"])
    return _letter(
        payload,
        language,
        case,
        _("You are off a duty"),
        [
            _("The hosts of “%(title)s” have changed the roster, and you are no longer on this:")
            % {"title": title_of(case)},
            _("If you don't know why, ask them."),
        ],
        items=[in_words(row.duty)],
    )


# --- swapping --------------------------------------------------------------------------------------------------------


def _swap(payload: Payload) -> Swap:
    return Swap.objects.select_related(
        "sign_up__duty__line__resource", "sign_up__duty__kind", "sign_up__user", "sign_up__helper",
        "sign_up__organisation", "sign_up__unit", "became__user", "became__helper", "became__organisation",
        "became__unit", "to_user", "to_helper",
    ).get(pk=payload["swap"])  # fmt: skip


def swap_open(payload: Payload) -> bool:
    return Swap.objects.filter(
        pk=payload["swap"], state=SwapState.OPEN, sign_up__duty__line__start__gt=clock.now()
    ).exists()


def swap_asked(payload: Payload, language: str) -> Letter:
    """Somebody can't, and asks you (or the hosts) to take over."""
    case, swap = _case(payload), _swap(payload)
    named = bool(swap.to_user_id or swap.to_helper_id)
    first = (
        _("%(who)s can't, and asks whether you can take over this duty of “%(title)s”:")
        if named
        else _("%(who)s can't, and looks for somebody who can take over this duty of “%(title)s”:")
    )
    return _letter(
        payload,
        language,
        case,
        _("Can you take over a duty?") if named else _("Who can take over a duty?"),
        [
            first % {"who": name_of(swap.sign_up), "title": title_of(case)},
            _("Until somebody says yes, they keep it."),
        ],
        items=[in_words(swap.sign_up.duty)],
        action=_("Answer"),
    )


def swapped(payload: Payload, language: str) -> Letter:
    """Somebody has taken over."""
    case, swap = _case(payload), _swap(payload)
    who = name_of(swap.became) if swap.became is not None else ""
    return _letter(
        payload,
        language,
        case,
        _("Somebody has taken over your duty"),
        [_("%(who)s does it for you. You are off this duty:") % {"who": who}],
        items=[in_words(swap.sign_up.duty)],
    )


def swap_declined(payload: Payload, language: str) -> Letter:
    """The one who was asked can't."""
    case, swap = _case(payload), _swap(payload)
    return _letter(
        payload,
        language,
        case,
        _("They can't take over your duty"),
        [_("The one you asked can't. You still have this duty. You can ask somebody else, or everybody:")],
        items=[in_words(swap.sign_up.duty)],
    )


# --- links -----------------------------------------------------------------------------------------------------------


def personal(payload: Payload, language: str) -> Letter:
    """The own link, to somebody without an account."""
    case = _case(payload)
    host = case.organisation.name if case.organisation is not None else str(localized(case.unit, "name", language))
    return _letter(
        payload,
        language,
        case,
        _("Your link to the duty roster: %(title)s") % {"title": title_of(case)},
        [
            _("%(host)s would like you to help with “%(title)s”.") % {"host": host, "title": title_of(case)},
            _("With this link you see the dates, sign up and withdraw. You need no account."),
        ],
        action=_("Open my page"),
    )


# --- to who leads ----------------------------------------------------------------------------------------------------


def still_free(payload: Payload) -> bool:
    found = Duty.objects.filter(pk=payload["duty"], removed_at=None, line__start__gt=clock.now()).first()
    return found is not None and found.filled < found.needed


def free(payload: Payload, language: str) -> Letter:
    """Somebody withdrew, and the date is near."""
    case = _case(payload)
    duty = Duty.objects.select_related("line__resource", "kind").get(pk=payload["duty"])
    return _letter(
        payload,
        language,
        case,
        _("Somebody has withdrawn: %(what)s") % {"what": selectors.words_of(duty)},
        [
            _("It is less than a week to “%(title)s”, and somebody is missing here:") % {"title": title_of(case)},
            _("Without it you can't use the place.") if duty.condition else "",
        ],
        items=[in_words(duty)],
        action=_("Find somebody"),
    )


def _missing(payload: Payload) -> list[Duty]:
    now = clock.now()
    return selectors.unfilled_duties(now=now, until=now + rules.AHEAD, hosts=[payload["organisation"]])


def something_unfilled(payload: Payload) -> bool:
    return bool(_missing(payload))


def unfilled(payload: Payload, language: str) -> Letter:
    """What nobody has taken in the next seven days, all of one host's in one letter."""
    duties = _missing(payload)
    host = Organisation.objects.get(pk=payload["organisation"])
    case = duties[0].case if duties else _case(payload)
    needed = any(duty.condition for duty in duties)
    several = len({duty.case_id for duty in duties}) > 1
    return _letter(
        {**payload, "case": case.pk},
        language,
        case,
        ngettext("%(n)s duty has nobody yet", "%(n)s duties have nobody yet", len(duties)) % {"n": len(duties)},
        [
            _("In the next seven days somebody is missing here, for %(host)s:") % {"host": host.name},
            _("What is marked “needed” must be filled, or you can't use the place.") if needed else "",
        ],
        items=[
            (f"{title_of(duty.case)}: " if several else "")
            + in_words(duty)
            + (" (" + _("needed") + ")" if duty.condition else "")
            for duty in duties
        ],
        action=_("Fill the roster"),
    )


__all__ = ["register", "today_of"]
