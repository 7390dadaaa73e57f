"""Letters of hearing, adoption and the running season, in one plain form; rendered when they leave, from what is true
then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.catalogue.models import Resource
from booking.correspondence import registry
from booking.correspondence.letters import Letter, render
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.foundation.wording import day_words
from booking.organisations.models import Organisation
from booking.seasons.hours import hour_words, team_words, times_words
from booking.seasons.models import (
    Adoption,
    Allocation,
    Comment,
    Confirmation,
    Proposal,
    RoundState,
    SeasonCase,
    SeasonRound,
    SwapOffer,
    SwapState,
    Wish,
)
from booking.seasons.selectors.hearing import slots_by_organisation
from booking.seasons.selectors.own_whys import whys_for
from booking.seasons.selectors.rounds import is_on

Payload = Mapping[str, Any]

#: So many dates that were left out stand in a letter.
MOST_LEFT_OUT = 20


def register() -> None:
    """Make the letters known to the outbox."""
    registry.register("season_hearing", hearing, still_heard)
    registry.register("season_council", council, still_heard)
    registry.register("season_confirm", remind, still_silent)
    registry.register("season_objection", objection, still_unanswered)
    registry.register("season_answer", answer)
    registry.register("season_swap", swap, still_offered)
    registry.register("season_swap_answer", swap_answer)
    registry.register("season_adopted", adopted)
    registry.register("season_released", released)
    registry.register("season_unused", unused, still_asked)


def _round(payload: Payload) -> SeasonRound:
    return SeasonRound.objects.select_related("unit").get(pk=payload["round"])


def url_of(name: str, *args: Any, language: str = "nb") -> str:
    """The address of a page; the front page where a host shows it elsewhere."""
    with translation.override(language):
        try:
            path = reverse(name, args=args)
        except NoReverseMatch:
            path = "/"
    return booking_settings().public_base_url + path


def _letter(
    payload: Payload,
    language: str,
    round: SeasonRound,
    subject: str,
    *paragraphs: str,
    items: Sequence[str] = (),
    items_heading: str = "",
    more: Sequence[tuple[str, Sequence[str]]] = (),
    quote: str = "",
    link: str = "",
    action_label: str = "",
) -> Letter:
    context = {
        "subject": subject,
        "paragraphs": [one for one in paragraphs if one],
        "items": items,
        "items_heading": items_heading,
        "more": more,
        "quote": quote,
        "unit": localized(round.unit, "name", language),
        "unit_email": round.unit.email,
        "unit_phone": round.unit.phone,
        "link": link or url_of("booking:season", round.slug, language=language),
        "action_label": action_label or _("Look at the round"),
    }
    staff = payload.get("organisation") is None
    return render("season_hours", context, language, reply_to="" if staff else round.unit.email)


def _own_page(round: SeasonRound, language: str) -> str:
    return url_of("booking:season_hearing", round.slug, language=language) + "#mine"


def _where_it_stands(round: SeasonRound, proposal: Proposal, language: str) -> str:
    """The hearing's page; the proposal's own before anything is heard."""
    if round.heard_id is None:
        return url_of("booking:season_proposal", round.slug, proposal.number, language=language) + "#said"
    return url_of("booking:season_hearing", round.slug, language=language)


def _hours(proposal: Proposal, organisation: int) -> list[str]:
    return [team_words(slot) for slot in slots_by_organisation(proposal).get(organisation, [])]


def _reasons(round: SeasonRound, proposal: Proposal, organisation: int) -> list[tuple[str, Sequence[str]]]:
    return [(team, why) for team, why in whys_for(round, proposal, organisation) if why]


def hearing(payload: Payload, language: str) -> Letter:
    """What the organisation would get, why, what to do and by when."""
    round = _round(payload)
    proposal = Proposal.objects.get(pk=payload["proposal"])
    hours = _hours(proposal, payload["organisation"])
    facts = {
        "round": localized(round, "name", language),
        "day": day_words(round.hearing_until),
        "confirm": day_words(round.confirm_by),
        "number": proposal.number,
    }
    return _letter(
        payload, language, round,
        _("Your hours in the proposal: %(round)s") % facts,
        _("Proposal number %(number)s is heard until %(day)s. Say what you think of it: about one hour or the whole.")
        % facts,
        _("Confirm or decline your hours by %(confirm)s. It takes one tap.") % facts
        if hours
        else _("The proposal gives you no hours. The reasons stand below. You can object until %(day)s.") % facts,
        items=hours,
        items_heading=_("This is what you would get") if hours else "",
        more=_reasons(round, proposal, payload["organisation"]),
        link=_own_page(round, language),
        action_label=_("Confirm your hours") if hours else _("Say what you think"),
    )  # fmt: skip


def council(payload: Payload, language: str) -> Letter:
    """To a council that speaks for those who use the places: it may say what it thinks (needs N14)."""
    round = _round(payload)
    proposal = Proposal.objects.get(pk=payload["proposal"])
    facts = {
        "round": localized(round, "name", language), "day": day_words(round.hearing_until), "number": proposal.number,
    }  # fmt: skip
    places = Resource.objects.in_bulk(payload["places"])
    return _letter(
        payload, language, round,
        _("What do you think of the timetable? %(round)s") % facts,
        _(
            "Proposal number %(number)s is heard until %(day)s. It shares out hours in places that those you speak for "
            "use."
        )
        % facts,
        _(
            "You can say what you think of one hour or of the whole, or object. An objection is answered before "
            "anything is adopted."
        ),
        items=[str(localized(places[pk], "name", language)) for pk in payload["places"] if pk in places],
        items_heading=_("The places"),
        link=url_of("booking:season_hearing", round.slug, language=language),
        action_label=_("Say what you think"),
    )  # fmt: skip


def remind(payload: Payload, language: str) -> Letter:
    """Nobody has answered yet."""
    round = _round(payload)
    proposal = Proposal.objects.get(pk=payload["proposal"])
    facts = {"round": localized(round, "name", language), "day": day_words(round.confirm_by)}
    return _letter(
        payload, language, round,
        _("Do you want these hours? %(round)s") % facts,
        _("You haven't answered yet. Confirm or decline by %(day)s.") % facts,
        _("If we don't hear from you, that is shown as “no answer”. It isn't counted as a no."),
        items=_hours(proposal, payload["organisation"]),
        items_heading=_("This is what you would get"),
        link=_own_page(round, language),
        action_label=_("Confirm your hours"),
    )  # fmt: skip


def objection(payload: Payload, language: str) -> Letter:
    """To the officer: it must be answered before adoption."""
    round = _round(payload)
    row = Comment.objects.select_related("organisation", "proposal").get(pk=payload["comment"])
    facts = {
        "who": row.organisation.name if row.organisation else "",
        "round": localized(round, "name", language),
        "number": row.proposal.number,
    }
    return _letter(
        payload, language, round,
        _("Objection by %(who)s: %(round)s") % facts,
        _("%(who)s objects to proposal number %(number)s. Answer it before the timetable is adopted.") % facts,
        quote=row.text,
        link=url_of("booking_seasons:hearing", round.pk, language=language),
        action_label=_("Answer it"),
    )  # fmt: skip


def answer(payload: Payload, language: str) -> Letter:
    """To who said it: what the municipality did about it."""
    round = _round(payload)
    row = Comment.objects.select_related("proposal").get(pk=payload["comment"])
    facts = {"round": localized(round, "name", language)}
    return _letter(
        payload, language, round,
        _("You said, we did: %(round)s") % facts,
        _("You wrote: %(words)s") % {"words": row.text},
        _("The municipality answers:"),
        quote=row.answer,
        link=_where_it_stands(round, row.proposal, language),
        action_label=_("See the hearing") if round.heard_id else _("Look at the proposal"),
    )  # fmt: skip


def _swap(payload: Payload) -> SwapOffer:
    return SwapOffer.objects.select_related(
        "offered_by", "offered_to", "ours__wish", "ours__resource", "theirs__wish", "theirs__resource", "made"
    ).get(pk=payload["swap"])


def swap(payload: Payload, language: str) -> Letter:
    """To the other organisation: will you swap?"""
    round, row = _round(payload), _swap(payload)
    facts = {"who": row.offered_by.name, "round": localized(round, "name", language)}
    return _letter(
        payload, language, round,
        _("%(who)s offers you a swap: %(round)s") % facts,
        _("If you say yes, the swap becomes a new proposal with its own number."),
        items=[
            _("You would get %(hours)s") % {"hours": hour_words(row.ours)},
            _("You would give %(hours)s") % {"hours": hour_words(row.theirs)},
        ],
        quote=row.text,
        link=_own_page(round, language),
        action_label=_("Answer"),
    )  # fmt: skip


def swap_answer(payload: Payload, language: str) -> Letter:
    """What the other organisation answered; the officer hears of a yes."""
    round, row = _round(payload), _swap(payload)
    facts = {"who": row.offered_to.name, "number": row.made.number if row.made else 0}
    yes = row.state == SwapState.ACCEPTED
    return _letter(
        payload, language, round,
        (_("%(who)s has agreed to the swap") if yes else _("%(who)s doesn't want the swap")) % facts,
        _("Both have agreed. It is proposal number %(number)s now.") % facts
        if yes
        else _("Nothing has changed. You can talk to them, or offer another swap."),
        items=[capfirst(hour_words(row.ours)), capfirst(hour_words(row.theirs))],
        link=url_of("booking:season_hearing", round.slug, language=language),
        action_label=_("See the hearing"),
    )  # fmt: skip


def adopted(payload: Payload, language: str) -> Letter:
    """The decision: hours, reasons, what was left out, and how to complain."""
    adoption = Adoption.objects.select_related("proposal", "round__unit").get(pk=payload["adoption"])
    round, pk = adoption.round, payload["organisation"]
    hours = _hours(adoption.proposal, pk)
    case = SeasonCase.objects.filter(round=round, organisation=pk).select_related("case").first()
    wishes = set(round.wishes.filter(organisation=pk).values_list("pk", flat=True))
    left = [row for row in adoption.left_out if row[0] in wishes]
    facts = {
        "round": localized(round, "name", language),
        "day": day_words(adoption.complain_by),
        "from": day_words(adoption.holds_from),
        "until": day_words(round.season_end),
        "where": round.complain_to or localized(round.unit, "name", language),
    }
    first = adoption.number == 1
    return _letter(
        payload, language, round,
        (_("The timetable is adopted: %(round)s") if first else _("The timetable has changed: %(round)s")) % facts,
        _("Your hours hold from %(from)s to %(until)s, without the holiday weeks of the round.") % facts
        if hours
        else _("You got no hours this time. The reasons stand below."),
        adoption.grounds,
        ngettext(
            "%(count)s date couldn't be given and was left out: %(dates)s. %(why)s",
            "%(count)s dates couldn't be given and were left out: %(dates)s. %(why)s",
            len(left),
        )
        % {"count": len(left), "dates": _left_out(left), "why": left[0][6] if len(left[0]) > 6 else ""}
        if left
        else "",
        _("You can complain until %(day)s, to %(where)s. Do it on the page of the case.") % facts,
        items=hours,
        items_heading=_("Your hours") if hours else "",
        more=_reasons(round, adoption.proposal, pk),
        link=url_of("booking:case", case.case.reference, language=language) if case else "",
        action_label=_("See your dates, or complain"),
    )  # fmt: skip


def _left_out(rows: Sequence[Sequence[Any]]) -> str:
    """Which dates they are, in order; of very many the first ones."""
    places = Resource.objects.in_bulk({row[1] for row in rows})
    teams = dict(Wish.objects.filter(pk__in={row[0] for row in rows}).values_list("pk", "team"))
    words = []
    for wish, place, day, start, end, *_rest in sorted(rows, key=lambda row: (row[2], row[3])):
        where = localized(places[place], "name") if place in places else ""
        words.append(f"{teams.get(wish, '')} {day_words(date.fromisoformat(day))} {times_words(start, end)}, {where}")
    more = len(words) - MOST_LEFT_OUT
    if more > 0:
        words = [*words[:MOST_LEFT_OUT], ngettext("%(n)s more", "%(n)s more", more) % {"n": more}]
    return "; ".join(words)


def released(payload: Payload, language: str) -> Letter:
    """The rest of the season was given up: a receipt for the organisation, news for the officer."""
    round = _round(payload)
    row = Allocation.objects.select_related("wish__organisation", "resource").get(pk=payload["allocation"])
    count = int(payload["dates"])
    facts = {
        "team": f"{row.wish.organisation.name} {row.wish.team}",
        "hours": hour_words(row),
        "day": day_words(row.until),
    }
    return _letter(
        payload, language, round,
        _("Hours given up: %(team)s") % facts,
        _("%(team)s has given up %(hours)s. The last day was %(day)s.") % facts,
        ngettext(
            "%(count)s date is free. It goes to the waiting list first, and then to anybody.",
            "%(count)s dates are free. They go to the waiting list first, and then to anybody.",
            count,
        )
        % {"count": count},
        link=url_of("booking:season_free", language=language),
        action_label=_("See the free hours"),
    )  # fmt: skip


def unused(payload: Payload, language: str) -> Letter:
    """Two dates in a row without use: a question, never a penalty."""
    round = _round(payload)
    row = Allocation.objects.select_related("wish__organisation", "resource").get(pk=payload["allocation"])
    facts = {"hours": team_words(row)}
    return _letter(
        payload, language, round,
        _("Do you still need these hours? %(hours)s") % facts,
        _("Twice in a row it was reported that they weren't used. Perhaps others could use them."),
        _("Nothing happens by itself: you decide. Give up the rest of the season, or keep the hours."),
        link=url_of("booking:my_hours", row.wish.organisation.slug, language=language),
        action_label=_("Give up or keep"),
    )  # fmt: skip


# --- still true? -----------------------------------------------------------------------------------------------------


def still_heard(payload: Payload) -> bool:
    """The same proposal is heard."""
    rows = SeasonRound.objects.filter(pk=payload["round"], state=RoundState.HEARING, heard=payload["proposal"])
    return is_on() and rows.exists()


def still_silent(payload: Payload) -> bool:
    """Nobody has answered for them meanwhile."""
    answered = Confirmation.objects.filter(proposal=payload["proposal"], organisation=payload["organisation"])
    return still_heard(payload) and not answered.exists()


def still_unanswered(payload: Payload) -> bool:
    return Comment.objects.filter(pk=payload["comment"], answered_at=None, withdrawn_at=None).exists()


def still_offered(payload: Payload) -> bool:
    return SwapOffer.objects.filter(pk=payload["swap"], state=SwapState.OFFERED).exists()


def still_asked(payload: Payload) -> bool:
    rows = Allocation.objects.filter(pk=payload["allocation"], ended_at=None, asked_to_give_up_at__isnull=False)
    return is_on() and rows.exists()


__all__ = ["Organisation", "register", "url_of"]
