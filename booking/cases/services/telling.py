"""Who hears of a message, when: at once, with the hour's talk, in the evening, or only on the page.

Source: requests.md "Preferences". Letters that the law asks for don't come through here; they always go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case, MailWish, Message, Reader, WishKind, WishWay
from booking.cases.rules.talk import evening_of, goes_at_once, hour_of
from booking.cases.selectors.people import Person, people_of
from booking.cases.services.shared import FOLLOWER, letters
from booking.correspondence.services import Outgoing
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid


def letters_about(case: Case, message: Message, now: datetime) -> list[Outgoing]:
    """The letters about one message that was just written, to everybody on the case but its writer."""
    tz = booking_settings().tz
    people = people_of(case, local_date(now, tz))
    if message.internal:
        people = [one for one in people if one.side == "staff"]
    known = {one.user.pk for one in people if one.user is not None}
    people += _called(message, known)
    writer = message.author_id
    receivers = [one for one in people if not _wrote(one, message, writer)]
    ways, muted = wishes_of(receivers), muted_by(case, receivers)
    found = []
    for person in receivers:
        if goes_at_once_to(message, person):
            found.append(_alone(case, message, person, now))
            continue
        pk = person.user.pk if person.user is not None else 0
        way = ways.get((pk, kind_for(person)), WishWay.AT_ONCE)
        if message.internal or pk in muted or way == WishWay.PAGE:
            continue
        found.append(_evening(person, message, now) if way == WishWay.EVENING else _hourly(case, person, message, now))
    if case.requester_hat == FOLLOWER and message.hat.startswith("unit:") and not message.internal:
        # Who asked without a name is nobody's account and nobody's address: their own page and letter tell them.
        found += letters(case, "case_message", f"message:{message.pk}", {"message": message.pk}, due_at=now)
    return found


def goes_at_once_to(message: Message, person: Person) -> bool:
    """Whether this person gets a letter of its own about this message."""
    return goes_at_once(
        mentions=message.mentions,
        needs_answer=message.needs_answer,
        person=person.user.pk if person.user is not None else None,
        answers=person.side == "staff" and not message.hat.startswith("unit:"),
    )


def kind_for(person: Person) -> str:
    """Which of a person's wishes counts here."""
    return WishKind.STAFF_TALK if person.side == "staff" else WishKind.TALK


def wishes_of(people: Iterable[Person]) -> Mapping[tuple[int, str], str]:
    """(user, kind) → way, of those who wish something. One query."""
    ids = [one.user.pk for one in people if one.user is not None]
    rows = MailWish.objects.filter(user__in=ids).values_list("user_id", "kind", "way")
    return {(user, kind): way for user, kind, way in rows}


def muted_by(case: Case, people: Iterable[Person]) -> set[int]:
    """Ids of those who don't want to hear of this case. One query."""
    ids = [one.user.pk for one in people if one.user is not None]
    return set(Reader.objects.filter(case=case, user__in=ids, muted=True).values_list("user_id", flat=True))


@transaction.atomic
def mark_seen(case: Case, *, by: Any, upto: int, now: datetime) -> None:
    """``by`` has had the messages up to the one with that id on the page. Never goes back."""
    if not upto:
        return
    row, new = Reader.objects.get_or_create(case=case, user=by, defaults={"seen": upto, "seen_at": now})
    if not new and row.seen < upto:
        Reader.objects.filter(pk=row.pk, seen__lt=upto).update(seen=upto, seen_at=now)


@transaction.atomic
def mute(case: Case, *, by: Any, muted: bool) -> None:
    """No more e-mail about this talk, or again. What calls ``by`` by name, and legal letters, still come."""
    Reader.objects.update_or_create(case=case, user=by, defaults={"muted": muted})


@transaction.atomic
def choose_mail(*, by: Any, wishes: Mapping[str, str]) -> None:
    """How ``by`` wants to hear of messages, by kind. Raises ``Invalid`` for an unknown kind or way."""
    for kind, way in wishes.items():
        if kind not in WishKind.values or way not in WishWay.values:
            raise Invalid("unknown_choice", _("Choose one of the ways."), loc=(kind,))
        MailWish.objects.update_or_create(user=by, kind=kind, defaults={"way": way})


def _wrote(person: Person, message: Message, writer: int | None) -> bool:
    if person.user is not None:
        return bool(person.user.pk == writer)
    return bool(message.sender_address) and person.address.lower() == message.sender_address.lower()


def _called(message: Message, known: set[int]) -> list[Person]:
    """People who are called by name and wouldn't hear of it otherwise."""
    from django.contrib.auth import get_user_model

    from booking.cases.access import party_hats
    from booking.cases.selectors.people import address_of

    missing = [pk for pk in message.mentions if pk not in known]
    on = local_date(message.at, booking_settings().tz)
    return [
        Person(
            "party" if party_hats(user, message.case, on) else "staff",
            address_of(user),
            getattr(user, "language", "") or "nb",
            str(user),
            user,
        )
        for user in get_user_model()._default_manager.filter(pk__in=missing, is_active=True).order_by("pk")
        if address_of(user)
    ]


def _alone(case: Case, message: Message, person: Person, now: datetime) -> Outgoing:
    if message.internal:
        handler = "case_note_to_you"
    else:
        handler = "case_message" if person.side == "party" else "case_message_to_officer"
    return _letter(f"message:{message.pk}:{person.key}", handler, {"case": case.pk, "message": message.pk}, person, now)


def _hourly(case: Case, person: Person, message: Message, now: datetime) -> Outgoing:
    slot = hour_of(message.at)
    payload = {
        "case": case.pk,
        "from": slot.start.isoformat(),
        "until": slot.end.isoformat(),
        "side": person.side,
        "user": person.user.pk if person.user is not None else None,
        "role": person.role,
    }
    key = f"talk:{case.pk}:{person.key}:{slot.start:%Y%m%d%H}"
    return _letter(key, "case_talk", payload, person, slot.due)


def _evening(person: Person, message: Message, now: datetime) -> Outgoing:
    slot = evening_of(message.at, booking_settings().tz)
    payload = {
        "user": person.user.pk,
        "kind": kind_for(person),
        "from": slot.start.isoformat(),
        "until": slot.end.isoformat(),
    }
    key = f"evening:{kind_for(person)}:{person.user.pk}:{slot.end:%Y%m%d}"
    return _letter(key, "case_evening", payload, person, slot.due)


def _letter(key: str, handler: str, payload: dict[str, Any], person: Person, due: datetime) -> Outgoing:
    return Outgoing(
        key=key[:200],
        handler=handler,
        payload=payload,
        recipient=person.address,
        recipient_user=person.user,
        language=person.language,
        due_at=due,
    )
