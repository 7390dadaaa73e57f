"""Rounds and wishes in words, in the reader's language: made when read, never stored."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.foundation.wording import clock_words as time_words
from booking.foundation.wording import day_words, duration_words
from booking.seasons.hours import times_words
from booking.seasons.models import RoundEvent, SeasonRound, Wish
from booking.seasons.rules import asking, flow, presets
from booking.seasons.wording import PRESET_NAMES, PRESET_SUMMARIES

#: The dates of a round, as people know them.
DATE_LABELS = {
    "opens_on": gettext_lazy("Wishes from"),
    "closes_on": gettext_lazy("Last day for wishes"),
    "proposals_until": gettext_lazy("Last day for proposals"),
    "hearing_until": gettext_lazy("Last day of the hearing"),
    "confirm_by": gettext_lazy("Confirm your hours by"),
    "adopt_on": gettext_lazy("The timetable is adopted"),
    "season_start": gettext_lazy("The season begins"),
    "season_end": gettext_lazy("The season ends"),
}
HOLIDAYS = {
    "christmas": gettext_lazy("Christmas"),
    "easter": gettext_lazy("Easter"),
    "autumn": gettext_lazy("Autumn break"),
    "winter": gettext_lazy("Winter break"),
}
#: Name and one sentence of each ready-made set of rules.
PRESETS = {code: (PRESET_NAMES[code], PRESET_SUMMARIES[code]) for code in presets.NAMES}


def _day_words(day: date) -> str:
    return day_words(day)


day_words_lazy = lazy(_day_words, str)


# --- the week ---------------------------------------------------------------------------------------------------------


def clock(minutes: int) -> str:
    """Minutes of the day as programs write them, "18:00"; the end of the day as "24:00"."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def period(start: int, end: int) -> str:
    """The heading of a row in a week grid: "16–17", "16.30–17.30"."""
    if start % 60 == 0 and end % 60 == 0:
        return f"{start // 60}–{end // 60}"
    return times_words(start, end)


def weekday(number: int) -> str:
    """0 is Monday."""
    return str(WEEKDAYS[number])


def weekday_short(number: int) -> str:
    """A column's heading."""
    return str(WEEKDAYS_ABBR[number]).rstrip(".")


def span_words(number: int, start: int, end: int) -> str:
    """ "tirsdag 18.00–19.30"."""
    return f"{weekday(number)} {times_words(start, end)}"


def spans_words(spans: Iterable[Iterable[int]]) -> str:
    """Times of a week, day by day; days with the same hours aren't joined: people look for their day."""
    return ", ".join(span_words(*tuple(one)[-3:]) for one in spans)


def minutes_words(minutes: int) -> str:
    """ "1 t 30 min"."""
    return duration_words(timedelta(minutes=minutes))


lazy_minutes = lazy(minutes_words, str)


def band_words(name: str, rules: Mapping[str, Any]) -> str:
    """An age band of the rules: "13–18 years"."""
    band = next((one for one in rules.get("bands", ()) if one.get("name") == name), None)
    if band is None:
        return name
    low, high = band.get("from", 0), band.get("to")
    if high is None:
        return _("%(low)s years and older") % {"low": low}
    return _("%(low)s–%(high)s years") % {"low": low, "high": high}


def hours_number(minutes: int) -> str:
    """Hours with at most one decimal, as people add them up: "4,5"."""
    value = f"{minutes / 60:.1f}".removesuffix(".0")
    return value if _english() else value.replace(".", ",")


def _english() -> bool:
    from django.utils.translation import get_language

    return (get_language() or "nb").startswith("en")


def sessions_words(wish: Wish) -> str:
    """ "2 times a week, 1 t 30 min each (at least 1 time, 1 t)"."""
    wanted = ngettext("%(n)s time a week", "%(n)s times a week", wish.sessions_wanted) % {"n": wish.sessions_wanted}
    words = _("%(times)s, %(length)s each") % {"times": wanted, "length": minutes_words(wish.minutes_wanted)}
    if (wish.sessions_min, wish.minutes_min) != (wish.sessions_wanted, wish.minutes_wanted):
        least = ngettext("%(n)s time a week", "%(n)s times a week", wish.sessions_min) % {"n": wish.sessions_min}
        words += " " + _("(at least %(times)s, %(length)s)") % {
            "times": least, "length": minutes_words(wish.minutes_min),
        }  # fmt: skip
    return words


def ages_words(wish: Any) -> str:
    """ "12–13 years"; "" when nobody said."""
    low, high = wish.age_from, wish.age_to
    if low is None and high is None:
        return ""
    if high is None:
        return _("%(low)s years and older") % {"low": low}
    if low is None:
        return _("up to %(high)s years") % {"high": high}
    return (
        _("%(low)s years") % {"low": low} if low == high else _("%(low)s–%(high)s years") % {"low": low, "high": high}
    )


def heads_words(wish: Any) -> str:
    """ "15 people"; what is missing when nobody counted."""
    if not wish.heads:
        return _("number of people is missing")
    return ngettext("%(n)s person", "%(n)s people", wish.heads) % {"n": wish.heads}


# --- the flow ---------------------------------------------------------------------------------------------------------

_LACKING = {
    "wrong_state": gettext_lazy("The round isn't where this step begins."),
    "no_places": gettext_lazy("Choose the places whose hours are shared out."),
    "no_hours": gettext_lazy("Say which hours of the week are offered."),
    "no_officer": gettext_lazy("Nobody answers for the round: name a case officer who can sign in."),
    "no_adopter": gettext_lazy("Say who adopts the timetable."),
    "no_complaints": gettext_lazy("Say where to complain."),
    "rules_wrong": gettext_lazy("The rules can't be used as they are: choose them again."),
    "closes_in_the_past": gettext_lazy("The last day for wishes has passed: move it."),
    "season_over": gettext_lazy("The season is over: move its dates."),
    "no_wishes": gettext_lazy("Nobody has wished for anything yet."),
    "nothing_on_the_table": gettext_lazy("No proposal is on the table yet."),
    "nothing_to_hear": gettext_lazy("Choose the proposal that the hearing is about."),
    "objections": gettext_lazy("Every objection must be answered first."),
}


def lacking_text(one: flow.Lacking) -> str:
    """What must come first, as a sentence."""
    if one.code == "too_early" and one.until is not None:
        return _(
            "Everybody was told another date: this can be done from %(day)s. Move the date first if it must be."
        ) % {"day": day_words(one.until)}
    if one.code == "not_all_answered" and one.until is not None:
        return _(
            "Not every organisation has answered, and they were told that they can until the day before: this can be "
            "done from %(day)s, or when all have answered."
        ) % {"day": day_words(one.until)}
    return str(_LACKING.get(one.code, one.code))


#: What the officer does next, on the button.
STEP_LABELS = {
    "open": gettext_lazy("Open it for wishes"),
    "proposals": gettext_lazy("Close wishes, go on to proposals"),
    "hearing": gettext_lazy("Begin the hearing"),
    "adopted": gettext_lazy("Adopt the timetable"),
}


def nag(round: SeasonRound, on: date) -> str:
    """What the officer should do, since its date has come: one sentence."""
    return {
        "preparing": _("Open the round: %(name)s was to open on %(day)s."),
        "open": _("Close the wishes of %(name)s and go on to proposals: the last day was %(day)s."),
        "proposals": _("Begin the hearing of %(name)s: the last day for proposals was %(day)s."),
        "hearing": _("Adopt the timetable of %(name)s: the day for it is %(day)s."),
    }.get(round.state, "%(name)s") % {
        "name": localized(round, "name"),
        "day": day_words(
            {
                "preparing": round.opens_on, "open": round.closes_on, "proposals": round.proposals_until,
            }.get(round.state, round.adopt_on),
            today=on,
        ),
    }  # fmt: skip


def now_words(round: SeasonRound, on: date) -> str:
    """Where the round stands, for everybody, in one sentence."""

    def day(value: date) -> str:
        return day_words(value, today=on)

    state = round.state
    if state == "preparing":
        return _("The municipality prepares the round. It opens on %(day)s.") % {"day": day(round.opens_on)}
    if state == "open":
        if on > round.closes_on:
            return _("Wishes were closed on %(day)s. The municipality now goes through them.") % {
                "day": day(round.closes_on)
            }
        left = (round.closes_on - on).days
        words = _("Organisations can wish for hours until and including %(day)s.") % {"day": day(round.closes_on)}
        return words + (
            " " + ngettext("%(n)s day is left.", "%(n)s days are left.", left) % {"n": left} if left else ""
        )
    if state == "proposals":
        return _("Proposals for the timetable are made until and including %(day)s.") % {
            "day": day(round.proposals_until)
        }
    if state == "hearing":
        return _("A proposal is in hearing. Say what you think until and including %(day)s.") % {
            "day": day(round.hearing_until)
        }
    if state == "adopted":
        return _("The timetable is adopted. The season begins on %(day)s.") % {"day": day(round.season_start)}
    if state == "running":
        return _("The season is running until %(day)s.") % {"day": day(round.season_end)}
    return _("The season ended on %(day)s.") % {"day": day(round.season_end)}


def dates_of(round: SeasonRound, on: date) -> list[dict[str, Any]]:
    """The dates in order, for the timeline: label, day, whether it has passed, whether it is the next one."""
    names = [
        "opens_on",
        "closes_on",
        "proposals_until",
        "hearing_until",
        "confirm_by",
        "adopt_on",
        "season_start",
        "season_end",
    ]
    rows: list[dict[str, Any]] = [
        {"name": name, "label": DATE_LABELS[name], "day": getattr(round, name), "words": ""} for name in names
    ]
    if round.meeting_at is not None:
        meets = round.meeting_at.astimezone(booking_settings().tz)
        words = _("at %(clock)s") % {"clock": time_words(meets)} + (
            f", {round.meeting_place}" if round.meeting_place else ""
        )
        rows.append({"name": "meeting", "label": _("Meeting about the timetable"), "day": meets.date(), "words": words})
    order = {name: number for number, name in enumerate([*names[:4], "meeting", *names[4:]])}
    rows.sort(key=lambda row: (row["day"], order[row["name"]]))
    ahead = False
    for row in rows:
        row["passed"] = row["day"] < on
        row["next"] = not row["passed"] and not ahead
        ahead = ahead or not row["passed"]
    return rows


def closed_words(round: SeasonRound) -> str:
    """Why a wish can't be entered any more, and the way that is left."""
    return _("Wishes were closed on %(day)s. Ask %(who)s: a late wish can be written down there, with a reason.") % {
        "day": day_words(round.closes_on),
        "who": contact_words(round),
    }


def contact_words(round: SeasonRound) -> str:
    """Whom to ask: the officer where names are shown, and how to reach the unit."""
    unit = round.unit
    name = str(localized(unit, "name"))
    officer = (
        round.officer.get_full_name() if round.officer is not None and booking_settings().show_officer_names else ""
    )
    ways = ", ".join(one for one in (unit.email, unit.phone) if one)
    who = f"{officer} ({name})" if officer else name
    return f"{who}, {ways}" if ways else who


def next_name(name: str, before: date, after: date) -> str:
    """A round's name for the next season: years in it move on ("Hallfordeling 2025/26" → "2026/27")."""
    step = max(after.year - before.year, 1)

    def full(found: re.Match[str]) -> str:
        return str(int(found[0]) + step)

    def pair(found: re.Match[str]) -> str:
        return f"{int(found[1]) + step}{found[2]}{(int(found[3]) + step) % 100:02}"

    moved, count = re.subn(r"\b(20\d\d)([/–-])(\d\d)\b", pair, name)
    return moved if count else re.sub(r"\b20\d\d\b", full, name)


# --- faults -----------------------------------------------------------------------------------------------------------

_WISH_FAULTS: dict[tuple[str, str], Any] = {
    ("team", "required"): gettext_lazy("Which team or group is it?"),
    ("age_from", "out_of_range"): gettext_lazy("Write an age between 0 and %(oldest)s."),
    ("age_to", "out_of_range"): gettext_lazy("Write an age between 0 and %(oldest)s."),
    ("age_to", "older_first"): gettext_lazy("The second age must not be lower than the first."),
    ("heads", "out_of_range"): gettext_lazy("How many people are in the team? Between 1 and %(heads)s."),
    ("sessions_min", "out_of_range"): gettext_lazy("Between 1 and %(sessions)s times a week."),
    ("sessions_wanted", "out_of_range"): gettext_lazy("Between 1 and %(sessions)s times a week."),
    ("sessions_wanted", "less_than_least"): gettext_lazy("You can't wish for fewer times than you need at least."),
    ("minutes_min", "out_of_range"): gettext_lazy("Between %(shortest)s minutes and 8 hours."),
    ("minutes_wanted", "out_of_range"): gettext_lazy("Between %(shortest)s minutes and 8 hours."),
    ("minutes_wanted", "less_than_least"): gettext_lazy("You can't wish for less time than you need at least."),
    ("minutes_min", "off_grid"): gettext_lazy("Times in this round go by %(grid)s minutes."),
    ("minutes_wanted", "off_grid"): gettext_lazy("Times in this round go by %(grid)s minutes."),
    ("places", "required"): gettext_lazy("Choose at least one place."),
    ("places", "too_many"): gettext_lazy("Choose at most %(places)s places."),
    ("places", "twice"): gettext_lazy("The same place stands here twice."),
    ("places", "not_offered"): gettext_lazy("One of the places isn't in this round."),
    ("best", "too_many"): gettext_lazy("These are too many times."),
    ("best", "no_time"): gettext_lazy("One of the times can't be: a weekday from 0 to 6, and the end after the start."),
    ("impossible", "too_many"): gettext_lazy("These are too many times."),
    ("impossible", "no_time"): gettext_lazy(
        "One of the times can't be: a weekday from 0 to 6, and the end after the start."
    ),
    ("impossible", "best_and_impossible"): gettext_lazy("An hour can't be best and impossible at once."),
    ("apart", "too_many"): gettext_lazy("At most %(apart)s words."),
    ("apart", "too_long"): gettext_lazy("Short words, of at most %(apart_length)s letters."),
}


def wish_fault(one: asking.Wrong, round: SeasonRound) -> tuple[Any, Mapping[str, Any]]:
    """What is wrong with a field of a wish: the message and what fills it."""
    message = _WISH_FAULTS[one.field, one.code]
    params = {
        "oldest": asking.OLDEST, "heads": asking.MOST_HEADS, "sessions": asking.MOST_SESSIONS,
        "shortest": asking.SHORTEST, "grid": round.grid_minutes, "places": asking.MOST_PLACES,
        "apart": asking.MOST_APART, "apart_length": asking.APART_LENGTH,
    }  # fmt: skip
    return message, {name: value for name, value in params.items() if f"%({name})s" in str(message)}


# --- the story --------------------------------------------------------------------------------------------------------

#: Type of event → (sentence, icon). Others' events register here: ``register_story``.
Story = Any
_STORY: dict[str, tuple[Any, str]] = {
    "opened": (gettext_lazy("Open for wishes"), "calendar"),
    "wishes_closed": (gettext_lazy("Wishes closed: %(wishes)s wishes"), "check"),
    "hearing_opened": (gettext_lazy("The hearing began, about proposal %(proposal)s"), "chat"),
    "heard_changed": (gettext_lazy("The hearing is about proposal %(proposal)s now"), "chat"),
    "adopted": (gettext_lazy("The timetable was adopted"), "check"),
    "running": (gettext_lazy("The season began"), "calendar"),
    "ended": (gettext_lazy("The season ended"), "calendar"),
    "dates_changed": (gettext_lazy("Dates were moved"), "clock"),
    "offer_changed": (gettext_lazy("The hours offered were changed"), "clock"),
    "own_use_changed": (gettext_lazy("The municipality's own use was changed"), "clock"),
    "rules_changed": (gettext_lazy("The rules were changed"), "info"),
    "late_wish": (gettext_lazy("A late wish was written down: %(team)s"), "plus"),
    "late_change": (gettext_lazy("A wish was changed after the closing date: %(team)s"), "plus"),
    "wish_withdrawn": (gettext_lazy("A wish was withdrawn: %(team)s"), "check"),
    "proposal_published": (gettext_lazy("Proposal %(proposal)s was put on the table"), "note"),
    "proposal_withdrawn": (gettext_lazy("Proposal %(proposal)s was withdrawn"), "cross"),
    "table_agreed": (gettext_lazy("Proposal %(proposal)s was agreed at the meeting"), "people"),
    "comment_made": (gettext_lazy("A comment came in"), "chat"),
    "objection_made": (gettext_lazy("An objection came in"), "chat"),
    "comment_answered": (gettext_lazy("The municipality answered"), "chat"),
    "hours_declined": (gettext_lazy("An organisation declined hours"), "cross"),
    "swap_accepted": (gettext_lazy("Two organisations agreed on a swap: proposal %(proposal)s"), "swap"),
    "adopted_again": (gettext_lazy("The timetable was changed by a new decision"), "check"),
    # Seen by the municipality only.
    "created": (gettext_lazy("The round was made"), "plus"),
    "copied": (gettext_lazy("The round was copied from an earlier one"), "plus"),
    "changed": (gettext_lazy("The set-up was changed"), "pencil"),
    "breaks_changed": (gettext_lazy("Weeks without hours were changed"), "pencil"),
    "draft_asked": (gettext_lazy("A calculation was asked for"), "clock"),
    "handed_over": (gettext_lazy("The round was handed over to a colleague"), "people"),
    "taken_over": (gettext_lazy("The unit took the round over"), "people"),
    "comment_withdrawn": (gettext_lazy("A comment was taken back"), "cross"),
    "swap_offered": (gettext_lazy("A swap was offered"), "swap"),
    "swap_declined": (gettext_lazy("A swap was declined"), "cross"),
    "swap_withdrawn": (gettext_lazy("The offer of a swap was taken back"), "cross"),
    "hours_released": (gettext_lazy("A team gave up its hours for the rest of the season"), "cross"),
}


def register_story(type: str, sentence: Any, icon: str = "info") -> None:
    """Words for a public event of another part. ``%(name)s`` are filled from its facts."""
    _STORY[type] = (sentence, icon)


def story(events: Iterable[RoundEvent]) -> list[dict[str, Any]]:
    """Events as they come; confirmations that follow each other are one line with their number."""
    found: list[dict[str, Any]] = []
    run = 0
    for event in events:
        run = run + 1 if event.type == "hours_confirmed" else 0
        if run > 1:
            found[-1]["text"] = _confirmed(run)
        else:
            found.append(story_item(event))
    return found


def _confirmed(n: int) -> str:
    return ngettext("%(n)s organisation confirmed its hours", "%(n)s organisations confirmed their hours", n) % {"n": n}


def moved_words(n: int) -> str:
    """How many teams are in another age band by new rules."""
    return ngettext("%(n)s team is in another age band.", "%(n)s teams are in another age band.", n) % {"n": n}


def story_item(event: RoundEvent) -> dict[str, Any]:
    """An event as the timeline component shows it."""
    sentence, icon = _STORY.get(event.type, (event.type, "info"))
    facts = {name: value for name, value in event.facts.items() if isinstance(value, str | int)}
    try:
        words = str(sentence) % facts if facts else str(sentence)
    except KeyError:
        words = str(sentence)
    body = ""
    if event.type == "dates_changed":
        body = "; ".join(
            _("%(what)s: %(before)s → %(after)s") % {
                "what": DATE_LABELS[name],
                "before": day_words(date.fromisoformat(pair[0])), "after": day_words(date.fromisoformat(pair[1])),
            }
            for name, pair in event.facts.get("dates", {}).items() if name in DATE_LABELS
        )  # fmt: skip
    if event.facts.get("moved"):
        body = moved_words(int(event.facts["moved"]))
    if event.facts.get("reason"):
        body = f"{body.rstrip('.')}. {event.facts['reason']}" if body else str(event.facts["reason"])
    if event.type == "hours_confirmed":
        words, icon = _confirmed(1), "check"
    return {"at": event.at, "text": words, "body": body, "icon": icon, "actor": ""}
