"""Texts in versions, and who agreed to which. A version is never changed; a new one is made beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from booking.foundation import text
from booking.foundation.errors import Forbidden, Invalid, WrongState
from booking.foundation.i18n import current_language
from booking.privacy import registry, rules, selectors
from booking.privacy.models import Consent, ConsentText

LONGEST = 20_000


def new_text(*, kind: str, bodies: Mapping[str, str], by: Any = None, now: datetime) -> ConsentText:
    """A new version of a text: ``bodies`` by language, bokmål (``nb``) at least.

    The very words of an earlier version give that one again, so pressing twice makes no second; of a kind with one
    text for all (``text_in_force``) only the newest counts as the same. Raises ``Invalid`` without a text.
    """
    described = registry.consent_kind(kind)
    if described is None:
        raise Invalid("unknown_kind", _("There is no such consent."), loc=("kind",))
    cleaned = {
        code: text.clean(
            bodies.get(code, ""), max_length=LONGEST, loc=(code,), multiline=True, required=code == "nb"
        )
        for code in ("nb", "nn", "en")
    }  # fmt: skip
    mark = rules.digest(cleaned)
    for _try in range(5):
        newest = ConsentText.objects.filter(kind=kind).order_by("-number")
        # One text for all may come back to earlier words: that is a new version. Each thing's own text needs only one.
        known = newest[:1] if described.default is not None else newest.filter(digest=mark)[:1]
        for found in known:
            if found.digest == mark:
                return found
        number = (newest.aggregate(last=Max("number"))["last"] or 0) + 1
        try:
            with transaction.atomic():
                return ConsentText.objects.create(
                    kind=kind,
                    number=number,
                    body=cleaned["nb"],
                    body_nn=cleaned["nn"],
                    body_en=cleaned["en"],
                    digest=mark,
                    created_at=now,
                    created_by=by,
                )
        except IntegrityError:
            continue  # somebody made a version in the same moment: the same words are the same, others get the next
    raise WrongState("busy", _("Somebody else changes this text right now. Try again."))


def text_in_force(kind: str, *, now: datetime) -> ConsentText:
    """The newest version; the first time it is made from the words that come with the product."""
    found = ConsentText.objects.filter(kind=kind).order_by("-number").first()
    if found is not None:
        return found
    described = registry.consent_kind(kind)
    if described is None or described.default is None:
        raise Invalid("unknown_kind", _("There is no such consent."), loc=("kind",))
    return new_text(kind=kind, bodies=selectors.bodies_in_force(kind), now=now)


def agree(*, user: Any, text: ConsentText, about: str = "", now: datetime, language: str | None = None) -> Consent:
    """``user`` agrees to this version, for ``about``. Twice is once.

    A newer version of one text for all takes the older one's place; a case may need the house rules of several things.
    """
    with transaction.atomic():
        mine = Consent.objects.filter(user=user, about=about, text__kind=text.kind, withdrawn_at=None)
        described = registry.consent_kind(text.kind)
        if described is None or described.default is not None:
            for old in mine.exclude(text=text).select_for_update():
                old.withdrawn_at, old.withdrawn_by = max(now, old.given_at), user
                old.save(update_fields=["withdrawn_at", "withdrawn_by"])
        found: Consent | None = mine.filter(text=text).first()
        if found is not None:
            return found
        row = Consent(
            user=user,
            text=text,
            about=about,
            language=language or current_language(get_language()),
            given_at=now,
        )
        Consent.objects.bulk_create([row], ignore_conflicts=True)
        return Consent.objects.get(user=user, text=text, about=about, withdrawn_at=None)


def withdraw(*, consent: Consent, by: Any, now: datetime) -> Consent:
    """Take a consent back, and what it allowed with it. Twice is once.

    Raises ``Forbidden`` for somebody else's, ``WrongState`` (``bound``) for one that goes with something else.
    """
    described = registry.consent_kind(consent.text.kind)
    with transaction.atomic():
        consent = Consent.objects.select_for_update(of=("self",)).select_related("text").get(pk=consent.pk)
        if consent.user_id != by.pk:
            raise Forbidden("forbidden", _("Only who gave a consent can take it back."))
        if consent.withdrawn_at is not None:
            return consent
        if described is None or described.withdrawn is None:
            raise WrongState("bound", described.instead if described else _("This can't be taken back here."))
        consent.withdrawn_at, consent.withdrawn_by = max(now, consent.given_at), by
        consent.save(update_fields=["withdrawn_at", "withdrawn_by"])
        described.withdrawn(consent.about, by, now)
    return consent


def withdraw_about(*, kind: str, about: str, by: Any, now: datetime) -> int:
    """What was agreed to is off again, by whoever may switch it off: everybody's consents for it end. How many."""
    rows: QuerySet[Consent] = Consent.objects.filter(text__kind=kind, about=about, withdrawn_at=None, given_at__lte=now)
    return rows.update(withdrawn_at=now, withdrawn_by=by)
