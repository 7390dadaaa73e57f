"""The letters of rounds and wishes, each written when it leaves, from what is true then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _

from booking.correspondence import registry
from booking.correspondence.letters import Letter, render
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.foundation.wording import day_words, moment_words
from booking.organisations.models import Organisation
from booking.seasons import wording_rounds as wording
from booking.seasons.models import RoundState, SeasonRound, Wish
from booking.seasons.selectors.rounds import is_on

Payload = Mapping[str, Any]


def register() -> None:
    """Make the letters known to the outbox."""
    registry.register("season_opens", opens, still_open)
    registry.register("season_closes_soon", closes_soon, still_unwished)
    registry.register("season_closed", closed, still_undecided)
    registry.register("season_wish_written", wish_written, wish_stands)


def round_of(payload: Payload) -> SeasonRound:
    """The round that a letter is about."""
    return SeasonRound.objects.select_related("unit", "officer").get(pk=payload["round"])


def organisation_of(payload: Payload) -> Organisation:
    """The organisation that it is written to."""
    return Organisation.objects.get(pk=payload["organisation"])


def address(name: str, language: str, *args: Any) -> str:
    """A page's whole address in the reader's language; the front page where a host shows it elsewhere."""
    with translation.override(language):
        try:
            path = reverse(name, args=args)
        except NoReverseMatch:
            path = "/"
    return booking_settings().public_base_url + path


def letter(
    payload: Payload, language: str, subject: str, *paragraphs: str, link: str = "", action_label: str = "",
    facts: list[tuple[str, str]] | None = None, items: list[str] | None = None,
) -> Letter:  # fmt: skip
    """One plain form for every letter of a round: for other parts too."""
    round = round_of(payload)
    context = {
        "subject": subject,
        "paragraphs": [one for one in paragraphs if one],
        "facts": facts or [],
        "items": items or [],
        "link": link or address("booking:season", language, round.slug),
        "action_label": action_label or _("Look at the round"),
        "organisation": organisation_of(payload).name if payload.get("organisation") else "",
        "unit": str(localized(round.unit, "name", language)),
        "unit_email": round.unit.email,
        "unit_phone": round.unit.phone,
    }
    return render("season", context, language, reply_to=round.unit.email)


def _dates(round: SeasonRound) -> list[tuple[str, str]]:
    """What comes when, for a letter."""
    rows = [(str(wording.DATE_LABELS[name]), day_words(getattr(round, name))) for name in (
        "closes_on", "proposals_until", "hearing_until", "adopt_on",
    )]  # fmt: skip
    if round.meeting_at is not None:
        meets = moment_words(round.meeting_at, booking_settings().tz)
        rows.insert(
            2, (_("Meeting about the timetable"), ", ".join(one for one in (meets, round.meeting_place) if one))
        )
    return rows


def _public_words() -> str:
    return _(
        "Good to know: after the last day everybody can see the wishes, with the names of organisations and teams. "
        "Persons are never shown."
    )


def opens(payload: Payload, language: str) -> Letter:
    """Wishes can be entered."""
    one = round_of(payload)
    facts = {"name": localized(one, "name", language), "day": day_words(one.closes_on)}
    return letter(
        payload,
        language,
        _("Wish for hours: %(name)s") % facts,
        _("The weekly hours of the season are shared out now. Tell us what each of your teams needs, until and "
          "including %(day)s.") % facts,
        _("Did you have hours last season? “Same as last year” enters all your teams in one press."),
        _public_words(),
        link=address("booking:season_wishes_of", language, one.slug, organisation_of(payload).slug),
        action_label=_("Enter your wishes"),
        facts=_dates(one),
    )  # fmt: skip


def still_open(payload: Payload) -> bool:
    """As long as wishes can be entered."""
    one = round_of(payload)
    on = clock.today(booking_settings().tz)
    return is_on() and one.state == RoundState.OPEN and on <= one.closes_on


def closes_soon(payload: Payload, language: str) -> Letter:
    """You had hours last season and have not wished yet."""
    one = round_of(payload)
    facts = {"name": localized(one, "name", language), "day": day_words(one.closes_on)}
    return letter(
        payload,
        language,
        _("Last day for wishes is %(day)s: %(name)s") % facts,
        _("You had hours last season, and have not wished for any yet. Without a wish your teams get no hours."),
        _("“Same as last year” enters all your teams in one press. You can change them afterwards."),
        _("Don't you need hours any more? Then you need do nothing."),
        link=address("booking:season_wishes_of", language, one.slug, organisation_of(payload).slug),
        action_label=_("Enter your wishes"),
    )


def still_unwished(payload: Payload) -> bool:
    """Not once a wish has come."""
    wished = Wish.objects.filter(round=payload["round"], organisation=payload["organisation"], withdrawn_at=None)
    return still_open(payload) and not wished.exists()


def closed(payload: Payload, language: str) -> Letter:
    """Wishes are closed, and everybody may see them."""
    one = round_of(payload)
    mine = Wish.objects.filter(round=one, organisation=payload["organisation"], withdrawn_at=None).order_by("number")
    facts = {"name": localized(one, "name", language), "day": day_words(one.proposals_until)}
    return letter(
        payload,
        language,
        _("Wishes are closed: %(name)s") % facts,
        _("Thank you. These are the wishes that we have from you. Everybody can see all wishes now."),
        _("Until and including %(day)s the municipality and every organisation that takes part can put proposals for "
          "the timetable on the table.") % facts,
        link=address("booking:season_wishes", language, one.slug),
        action_label=_("See all wishes"),
        items=[f"{wish.team}: {wording.sessions_words(wish)}" for wish in mine[:60]],
        facts=_dates(one)[1:],
    )  # fmt: skip


def still_undecided(payload: Payload) -> bool:
    """Not once the hearing has begun: then it tells of something that is behind us."""
    return is_on() and round_of(payload).state in (RoundState.OPEN, RoundState.PROPOSALS)


def _wish(payload: Payload) -> Wish:
    return Wish.objects.prefetch_related("places__resource").get(pk=payload["wish"])


def wish_written(payload: Payload, language: str) -> Letter:
    """The municipality has written a wish down for you, corrected it or withdrawn it: is it right?"""
    one, wish = round_of(payload), _wish(payload)
    facts = {"team": wish.team, "name": localized(one, "name", language)}
    places = ", ".join(str(localized(place.resource, "name", language)) for place in wish.places.all())
    rows = [
        (_("Team or group"), wish.team),
        (_("How much"), wording.sessions_words(wish)),
        (_("Where"), places),
        (_("Best times"), wording.spans_words(wish.best)),
        (_("Impossible times"), wording.spans_words(wish.impossible)),
    ]
    return letter(
        payload,
        language,
        *(words % facts for words in _written_words(str(payload.get("act", "")))),
        _public_words(),
        link=address("booking:season_wishes_of", language, one.slug, organisation_of(payload).slug),
        action_label=_("Look at your wishes"),
        facts=[row for row in rows if row[1]],
    )


def _written_words(act: str) -> tuple[str, str]:
    """Subject and first sentence."""
    if act == "withdrawn":
        return (
            _("We have withdrawn a wish of yours: %(team)s"),
            _("We have understood that this team needs no hours in %(name)s. Tell us at once if it isn't right."),
        )
    if act == "changed":
        return (
            _("We have changed a wish of yours: %(team)s"),
            _("This is how it stands in %(name)s now. Look at it, and tell us if it isn't right."),
        )
    return (
        _("We have written down a wish for you: %(team)s"),
        _("This is what we have written down in %(name)s on your behalf. Look at it, and tell us if it isn't right."),
    )


def wish_stands(payload: Payload) -> bool:
    """Not if it was withdrawn meanwhile, unless that is what the letter is about."""
    withdrawn = payload.get("act") == "withdrawn"
    return is_on() and Wish.objects.filter(pk=payload["wish"], withdrawn_at__isnull=not withdrawn).exists()
