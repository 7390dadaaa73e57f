"""Beginning to follow, choosing, and stopping. Whoever has a link may do what its page offers; nobody signs in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from booking.catalogue.models import Resource
from booking.correspondence.services import enqueue
from booking.foundation import text, vault
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Invalid, NotFound, WrongState
from booking.foundation.i18n import current_language
from booking.organisations.followers import links, registry, rules, selectors
from booking.organisations.followers.models import Follow, Follower, FollowerChoice, FollowerWord, PendingFollow
from booking.organisations.followers.selectors import Target
from booking.organisations.followers.services.telling import tell_asker


def ask_by_email(*, target: Target, address: str, language: str, now: datetime) -> PendingFollow:
    """Somebody typed an address to follow ``target`` with: its owner gets a letter with a link, and nothing else yet.

    Does the same whether the address follows already or not; what the letter says differs (nobody learns from the form
    who follows). Raises ``Invalid`` for what is no address, ``NotFound`` for what can't be followed.
    """
    mailbox = text.clean(address, max_length=text.EMAIL, loc=("email",), required=True)
    try:
        validate_email(mailbox)
    except ValidationError:
        raise Invalid("email", _("This is not an e-mail address."), loc=("email",)) from None
    token = links.new_token()
    with transaction.atomic():
        _check_open(target)
        pending = PendingFollow.objects.create(
            **_as(target),
            address_sealed=links.seal_address(mailbox),
            address_hash=links.address_hash(mailbox),
            key_id=vault.key_id(),
            language=current_language(language),
            token_hash=links.hash_of(token),
            token_sealed=links.seal_link(token),
            created_at=now,
        )
        enqueue(
            key=f"follow_confirm:{pending.pk}",
            handler="follow_confirm",
            payload={"pending": pending.pk},
            recipient="",
            language=pending.language,
            due_at=now,
            now=now,
            soon=True,
        )
    return pending


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Who follows now, and the link of their page."""

    follower: Follower
    page_token: str


def confirm(*, token: str, now: datetime) -> Confirmed:
    """The owner of the address pressed the button: they follow. Pressed twice it is the same.

    Raises ``NotFound`` for an unknown link or one that is older than three days.
    """
    try:
        return _confirm(token, now)
    except IntegrityError:
        # Two links of one new address were pressed in the same moment: the other made the row.
        return _confirm(token, now)


@transaction.atomic
def _confirm(token: str, now: datetime) -> Confirmed:
    pending = selectors.find_pending(token, now)
    target = _target_of(pending)
    _check_open(target)
    follower = selectors.of_address(pending.address_sealed).select_for_update().first()
    if follower is None:
        address = links.open_address(pending.address_sealed)
        if not address:
            raise NotFound("unknown_link", _("There is no such link."))
        follower = _new(address=address, language=pending.language, now=now)
    _add(follower, target, now)
    return Confirmed(follower, links.open_link(follower.page_sealed))


def follow_by_link(*, target: Target, language: str, now: datetime) -> Confirmed:
    """A secret page that shows what happens; no address at all. Raises ``NotFound`` for what can't be followed."""
    with transaction.atomic():
        _check_open(target)
        follower = _new(address="", language=current_language(language), now=now)
        _add(follower, target, now)
        return Confirmed(follower, links.open_link(follower.page_sealed))


def add_place(*, follower: Follower, target: Target, now: datetime) -> Follow:
    """One more place on the same page. Twice is once. Raises ``NotFound``, ``WrongState`` (``too_many_followed``)."""
    with transaction.atomic():
        _check_open(target)
        return _add(_locked(follower), target, now)


def drop_place(*, follower: Follower, follow_id: int) -> None:
    """Follow this place no more. The last one can't be dropped, only stopped: then nothing is kept.

    Twice is once. Raises ``WrongState`` (``last_followed``).
    """
    with transaction.atomic():
        row = _locked(follower)
        if not row.follows.filter(pk=follow_id).exists():
            return
        if row.follows.count() == 1:
            raise WrongState("last_followed", _("This is the only place you follow. Stop everything instead."))
        row.follows.filter(pk=follow_id).delete()


def mute_place(*, follower: Follower, follow_id: int, muted: bool) -> None:
    """Let a place be quiet: it stands on the page and sends nothing. Or hear of it again."""
    with transaction.atomic():
        _locked(follower).follows.filter(pk=follow_id).update(muted=muted)


def choose(*, follower: Follower, choices: Mapping[str, str], language: str = "") -> None:
    """How each kind of message reaches the follower, and in which language.

    Raises ``Invalid`` with the kind as path for a choice that the kind doesn't have.
    """
    wanted = []
    for kind in registry.kinds():
        if kind.code in choices:
            if choices[kind.code] not in kind.choices:
                raise Invalid("not_a_choice", _("Choose one of the answers."), loc=(kind.code,))
            wanted.append((kind.code, choices[kind.code]))
    with transaction.atomic():
        row = _locked(follower)
        for code, when in wanted:
            FollowerChoice.objects.update_or_create(follower=row, kind=code, defaults={"when": when})
        if language and row.language != current_language(language):
            row.language = current_language(language)
            row.save(update_fields=["language"])


def propose(*, follower: Follower, follow_id: int, message: str, token: str, now: datetime) -> str:
    """Write to the unit that answers for a followed place, without a name; answers the enquiry's reference.

    The same form (``token``) sent twice is one enquiry. Raises ``NotFound`` for a place that isn't followed or shown,
    ``Invalid`` without words.
    """
    with transaction.atomic():
        row = _locked(follower)
        mark = links.hash_of(token or links.new_token())
        if (twin := row.words.filter(token=mark).first()) is not None:
            return str(twin.reference)
        place = row.follows.select_related("resource").filter(pk=follow_id, resource__isnull=False).first()
        if place is None or place.resource is None:
            raise NotFound("not_followed", _("Choose a place that you follow."))
        _check_open(place.resource)
        with override(row.language):
            reference, subject = registry.talk().ask(place.resource, message, now)
        made = FollowerWord.objects.create(follower=row, reference=reference, token=mark, created_at=now)
        # The enquiry was received before it was known whose it is: its receipt is told now.
        tell_asker(subject, made.reference, revision="receipt", now=now)
    return reference


def say_more(*, follower: Follower, reference: str, message: str, now: datetime) -> None:
    """Write again in a thread of one's own. Raises ``NotFound``, ``Invalid``."""
    with transaction.atomic():
        if not _locked(follower).words.filter(reference=reference).exists():
            raise NotFound("unknown_thread", _("There is no such conversation."))
        registry.talk().say_more(reference, message, now)


def renew_link(*, follower: Follower) -> str:
    """A new page link; the old one opens nothing any more. Answers the new link.

    The link that stops stays: it lies in letters, and must never say that it has stopped what goes on.
    """
    token = links.new_token()
    with transaction.atomic():
        row = _locked(follower)
        row.page_hash, row.page_sealed = links.hash_of(token), links.seal_link(token)
        row.save(update_fields=["page_hash", "page_sealed"])
        _forget_pending(row)
    return token


def stop(*, follower: Follower) -> None:
    """Follow nothing any more: the address, the choices and the links are erased at once, and no trace is kept.

    Letters that lie in the outbox find no address and are dropped.
    """
    with transaction.atomic():
        row = Follower.objects.select_for_update().filter(pk=follower.pk).first()
        if row is not None:
            _forget_pending(row)
            row.delete()


def seen(*, follower: Follower, now: datetime) -> None:
    """Remember the month in which the page was opened: one without an address is forgotten when nobody comes."""
    month = local_date(now, booking_settings().tz).replace(day=1)
    Follower.objects.filter(pk=follower.pk, seen_on__lt=month).update(seen_on=month)


def _locked(follower: Follower) -> Follower:
    row = Follower.objects.select_for_update().filter(pk=follower.pk).first()
    if row is None:
        raise NotFound("unknown_link", _("There is no such link."))
    return row


def _forget_pending(row: Follower) -> None:
    if row.address_hash:
        hashes = links.address_hashes(links.open_address(row.address_sealed))
        PendingFollow.objects.filter(address_hash__in=[*hashes, row.address_hash]).delete()


def _as(target: Target) -> dict[str, Any]:
    return {"resource": target} if isinstance(target, Resource) else {"organisation": target}


def _target_of(pending: PendingFollow) -> Target:
    target: Target = pending.resource or pending.organisation  # type: ignore[assignment]
    return target


def _check_open(target: Target) -> None:
    rows: Any = selectors.resources_to_follow() if isinstance(target, Resource) else selectors.organisations_to_follow()
    if not rows.filter(pk=target.pk).exists():
        raise NotFound("not_to_follow", _("This can't be followed."))


def _new(*, address: str, language: str, now: datetime) -> Follower:
    token, stop_token = links.new_token(), links.new_token()
    return Follower.objects.create(
        address_sealed=links.seal_address(address) if address else "",
        address_hash=links.address_hash(address) if address else "",
        key_id=vault.key_id(),
        language=language,
        page_hash=links.hash_of(token),
        page_sealed=links.seal_link(token),
        stop_hash=links.hash_of(stop_token),
        stop_sealed=links.seal_link(stop_token),
        seen_on=local_date(now, booking_settings().tz).replace(day=1),
        created_at=now,
    )


def _add(follower: Follower, target: Target, now: datetime) -> Follow:
    place = _as(target)
    row = follower.follows.filter(**place).first()
    if row is None:
        if follower.follows.count() >= rules.MOST_FOLLOWED:
            raise WrongState("too_many_followed", _("You follow many places already. Drop one first."))
        row, _made = Follow.objects.get_or_create(follower=follower, **place, defaults={"created_at": now})
    return row
