"""The letters to followers, each written when it leaves, from what is true then.

The outbox holds no address of theirs: it is opened when the letter leaves. Text and payload are erased once it has
left, since each letter shows the link of its reader's page. Every letter but the first can be stopped with one press in
the mail program (RFC 8058).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from booking.correspondence import registry as correspondence
from booking.correspondence.letters import Letter, one_line, render
from booking.foundation import clock
from booking.foundation.clock import local_date, wall
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.foundation.wording import when_words
from booking.organisations.followers import links, rules, selectors
from booking.organisations.followers.models import Follower, PendingFollow
from booking.organisations.followers.registry import Coming, Fact

Payload = Mapping[str, Any]
#: News is of no use after this; what has not left by then is erased.
_LIFE = timedelta(days=14)
#: So long is a subject that is made of the only news in a letter.
_TITLE = 100
#: So many lines in one letter; the page has the rest.
_LINES = 40
#: So many places are named at a letter's foot.
_NAMED = 10


def register() -> None:
    """Make the letters known to the outbox."""
    correspondence.register(
        "follow_confirm", confirm, confirm_open, secret=True, life=rules.PENDING_LIFE, recipient_of=pending_address
    )
    correspondence.register("follow_news", news, news_true, secret=True, life=_LIFE, recipient_of=follower_address)
    correspondence.register("follow_week", week, week_filled, secret=True, life=_LIFE, recipient_of=follower_address)


def url_of(name: str, *args: Any, language: str) -> str:
    """The whole address of a page in ``language``; the front page where a host shows it elsewhere."""
    with translation.override(language):
        try:
            path = reverse(f"booking:{name}", args=args)
        except NoReverseMatch:
            path = "/"
    return booking_settings().public_base_url + path


def name_of(target: selectors.Target) -> str:
    """What is followed, in the active language."""
    return str(localized(target, "name"))


# --- to whom ---------------------------------------------------------------------------------------------------------


def pending_address(payload: Payload) -> str:
    """ "" when the link is too old by now."""
    row = PendingFollow.objects.filter(pk=payload.get("pending")).first()
    return links.open_address(row.address_sealed) if row is not None else ""


def follower_address(payload: Payload) -> str:
    """ "" when they have stopped."""
    row = Follower.objects.filter(pk=payload.get("follower")).first()
    return links.open_address(row.address_sealed) if row is not None else ""


# --- the letters -----------------------------------------------------------------------------------------------------


def confirm(payload: Payload, language: str) -> Letter:
    """Was it you? Only the owner of the address learns here whether it follows already."""
    row = PendingFollow.objects.select_related("resource", "organisation").get(pk=payload["pending"])
    target: selectors.Target = row.resource or row.organisation  # type: ignore[assignment]
    follower = selectors.of_address(row.address_sealed).first()
    known = (
        follower is not None and follower.follows.filter(resource=row.resource, organisation=row.organisation).exists()
    )
    context = {
        "place": name_of(target),
        "known": known,
        "until": local_date(row.created_at + rules.PENDING_LIFE, booking_settings().tz),
        "link": (
            url_of("following", links.open_link(follower.page_sealed), language=language)
            if known and follower is not None
            else url_of("follow_confirm", links.open_link(row.token_sealed), language=language)
        ),
    }
    return render("follow_confirm", context, language)


def news(payload: Payload, language: str) -> Letter:
    """All that is due for one follower: a line each, with when and where to read more."""
    follower = Follower.objects.get(pk=payload["follower"])
    told = selectors.still_to_tell(follower.pk, payload["notices"], clock.now())
    return _subscribed("follow_news", follower, [_item(one.fact) for one in told], language)


def week(payload: Payload, language: str) -> Letter:
    """What happens from Monday to Sunday in the places that somebody follows."""
    follower = Follower.objects.get(pk=payload["follower"])
    items = [_item(one) for one in _coming_week(follower, payload)]
    return _subscribed("follow_week", follower, items, language)


def _item(one: Fact | Coming) -> dict[str, Any]:
    when, words = when_words(one.start, one.end, one.tz), one.words
    if isinstance(one, Fact) and one.timeless:
        when = ""
    if isinstance(one, Coming):
        when = f"{when}, {one.place}"
        words = _("Cancelled: %(what)s") % {"what": words} if one.cancelled else words
    return {"words": words, "when": when, "link": one.link}


def _subscribed(name: str, follower: Follower, items: list[dict[str, Any]], language: str) -> Letter:
    page = links.open_link(follower.page_sealed)
    stop = url_of("follow_stop", links.open_link(follower.stop_sealed), language=language)
    followed = [name_of(one.target) for one in selectors.followed_by(follower) if one.shown and not one.muted]
    context = {
        "items": items[:_LINES],
        "more": max(len(items) - _LINES, 0),
        "count": len(items),
        "first": Truncator(one_line(items[0]["words"])).chars(_TITLE) if items else "",
        "places": ", ".join(followed[:_NAMED]) + (" …" if len(followed) > _NAMED else ""),
        "link": url_of("following", page, language=language),
        "stop": stop,
    }
    headers = (("List-Unsubscribe", f"<{stop}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return render(name, context, language, headers=headers)


# --- still true? -----------------------------------------------------------------------------------------------------


def confirm_open(payload: Payload) -> bool:
    row = PendingFollow.objects.filter(pk=payload.get("pending")).first()
    return row is not None and row.created_at > clock.now() - rules.PENDING_LIFE


def news_true(payload: Payload) -> bool:
    if not Follower.objects.filter(pk=payload.get("follower")).exists():
        return False
    return bool(selectors.still_to_tell(payload["follower"], payload["notices"], clock.now()))


def week_filled(payload: Payload) -> bool:
    follower = Follower.objects.filter(pk=payload.get("follower")).first()
    return follower is not None and bool(_coming_week(follower, payload))


def _coming_week(follower: Follower, payload: Payload) -> Iterable[Coming]:
    start, end = _monday_to_sunday(date.fromisoformat(payload["sunday"]))
    places = [one for one in selectors.followed_by(follower) if not one.muted]
    now = clock.now()
    return [one for one in selectors.coming(places, start, end) if one.end > now]


def _monday_to_sunday(sunday: date) -> tuple[datetime, datetime]:
    tz = booking_settings().tz
    monday = sunday + timedelta(days=1)
    return wall(monday, time(), tz), wall(monday + timedelta(days=7), time(), tz)
