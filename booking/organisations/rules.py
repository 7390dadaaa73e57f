"""What holds for organisations and the people in them. Pure: no database, no request, no clock."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength, ValidationError
from stdnum.no import orgnr

from booking.foundation.errors import Invalid, WrongState

#: Head counts are by age band, never by name (the same bands as in a request).
BANDS = ("0-5", "6-12", "13-19", "20-59", "60+")
MOST_MEMBERS = 100_000
#: So many things an organisation may say that it does.
MOST_ACTIVITIES = 20
ACTIVITY_LENGTH = 60
#: How long a link of invitation is good, and how long an offer to lead waits for its answer.
INVITATION_LIFE = timedelta(days=14)
OFFER_LIFE = timedelta(days=30)
#: Addresses that mean something else under /organisations/.
RESERVED_SLUGS = ("new",)
#: From this likeness on (0 to 1) two names are pointed out as perhaps the same organisation.
LIKE = 0.78
#: Room for a counter after a slug, under the column's 80.
SLUG_LENGTH = 70
#: Letters that Unicode doesn't take apart, as Norwegians write them without the keys. The rest is slugify's.
_PLAIN = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "đ": "d", "ŧ": "t", "ŋ": "n", "ß": "ss"})


class HatKind(StrEnum):
    """In which capacity somebody acts."""

    PERSON = "person"
    ORGANISATION = "organisation"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class Hat:
    """A capacity that a person may act in. ``code`` is ``organisation:<slug>``, ``unit:<slug>`` or ``person``."""

    code: str
    label: str
    kind: HatKind

    @property
    def slug(self) -> str:
        """The slug of the organisation or unit; empty for a private person."""
        return self.code.partition(":")[2]


def check_number(value: object, *, loc: Sequence[str | int] = ("number",)) -> str:
    """A Norwegian organisation number as nine digits. Blanks, dots and a leading ``NO`` or trailing ``MVA`` are fine.

    Source: Enhetsregisteret; the last digit is a control digit by weights 3 2 7 6 5 4 3 2, modulo 11. Raises
    ``Invalid`` with one of ``number_digits, number_length, number_checksum``. That such an organisation exists is not
    checked here.
    """
    text = str(value if value is not None else "").upper()
    for sign in (" ", "\u00a0", "\u202f", ".", "-"):
        text = text.replace(sign, "")
    text = text.removeprefix("NO").removesuffix("MVA")
    # stdnum accepts any Unicode digit; the register has the ten ASCII ones.
    if not text.isascii() or not text.isdigit():
        raise Invalid("number_digits", _("An organisation number has only digits."), loc=loc)
    try:
        return str(orgnr.validate(text))
    except InvalidLength:
        raise Invalid("number_length", _("An organisation number has nine digits."), loc=loc) from None
    except InvalidChecksum:
        raise Invalid(
            "number_checksum", _("There is no such organisation number: a digit must be wrong."), loc=loc
        ) from None
    except (InvalidFormat, ValidationError):
        raise Invalid("number_digits", _("An organisation number has only digits."), loc=loc) from None


def is_current(start: date | None, end: date | None, on: date) -> bool:
    """Whether a role from ``start`` to and including ``end`` (None: open) holds on the day ``on``."""
    return (start is None or start <= on) and (end is None or on <= end)


def check_leaders_left(leaders: Collection[int], leaving: int) -> None:
    """The last leader can't leave: somebody must be there whom the municipality can reach.

    ``leaders`` are the ids of the people who lead now and from tomorrow on, ``leaving`` the one who goes. Raises
    ``WrongState`` (``last_leader``).
    """
    if leaving in leaders and not set(leaders) - {leaving}:
        raise WrongState(
            "last_leader", _("This is the only leader. Name another leader first, or set the organisation inactive.")
        )


def slug_of(name: str) -> str:
    """The address form of a name: ``Ørsta skulekorps`` gives ``orsta-skulekorps``. Empty when no letter is left."""
    return slugify(name.lower().translate(_PLAIN))[:SLUG_LENGTH].strip("-")


def free_slug(wanted: str, taken: Iterable[str]) -> str:
    """``wanted``, or with ``-2``, ``-3`` ... behind it when others have it. An empty one becomes ``organisasjon``."""
    stem = wanted[:SLUG_LENGTH].strip("-") or "organisasjon"
    used = {*taken, *RESERVED_SLUGS}
    slug, number = stem, 2
    while slug in used:
        slug, number = f"{stem}-{number}", number + 1
    return slug


def check_counts(value: object, *, loc: Sequence[str | int] = ("member_counts",)) -> dict[str, int]:
    """Head counts by age band, such as ``{"6-12": 40}``; bands that are empty or 0 are left out.

    Raises ``Invalid`` (``unknown_band``, ``not_a_number``, ``out_of_range``) for anything else.
    """
    if value in (None, ""):
        return {}
    if not isinstance(value, Mapping) or set(value) - set(BANDS):
        raise Invalid("unknown_band", _("The age bands are %(bands)s."), loc=loc, params={"bands": ", ".join(BANDS)})
    counts: dict[str, int] = {}
    for band in BANDS:
        count: Any = value.get(band)
        if count in (None, ""):
            continue
        if isinstance(count, bool) or not isinstance(count, int):
            raise Invalid("not_a_number", _("This must be a whole number."), loc=(*loc, band))
        if not 0 <= count <= MOST_MEMBERS:
            raise Invalid(
                "out_of_range",
                _("This must be between %(least)s and %(most)s."),
                loc=(*loc, band),
                params={"least": 0, "most": MOST_MEMBERS},
            )
        if count:
            counts[band] = count
    return counts


def activity_names(value: str | Iterable[str]) -> list[str]:
    """What somebody wrote as a list: split at commas, semicolons and line ends, tidied, each thing once.

    ``"Handball, handball;  Ski"`` gives ``["Handball", "Ski"]``. Raises ``Invalid`` when there are too many.
    """
    parts = re.split(r"[,;\n]", value) if isinstance(value, str) else list(value)
    names: dict[str, str] = {}
    for part in parts:
        name = " ".join(part.split())
        if name:
            names.setdefault(fold_activity(name), name)
    if len(names) > MOST_ACTIVITIES:
        raise Invalid("too_many", _("At most %(most)s."), loc=("activities",), params={"most": MOST_ACTIVITIES})
    return list(names.values())


def fold_activity(name: str) -> str:
    """The form in which activities are compared: "Håndball" and "håndball " are the same."""
    return " ".join(name.casefold().split())[:ACTIVITY_LENGTH]


#: Words that say what kind of body it is, not which one.
_GENERIC = re.compile(
    r"\b(foreningen|forening|foreining|laget|lag|idrettslag|il|klubb|gruppe|gruppa|og|i|ved|av|the|of)\b"
)


def plain_name(name: str) -> str:
    """A name without case, signs and Norwegian letters, for comparison."""
    return " ".join(re.findall(r"[a-z0-9]+", slugify(name.lower().translate(_PLAIN)).replace("-", " ")))


def likeness(one: str, other: str) -> float:
    """How alike two names are, 0 to 1. 1: the same but for case and signs.

    "Lilleby IL" and "Lilleby idrettslag" are alike: what only says the kind of body counts little.
    """
    first, second = plain_name(one), plain_name(other)
    if not first or not second:
        return 0.0
    if first == second:
        return 1.0
    whole = SequenceMatcher(None, first, second, autojunk=False).ratio()
    bare, other_bare = " ".join(_GENERIC.sub(" ", first).split()), " ".join(_GENERIC.sub(" ", second).split())
    if bare and bare == other_bare:
        # The same town twice is no likeness: at least one of them must say more than its place, or be nothing else.
        return max(whole, 0.9)
    return whole


def may_manage(roles: Collection[str], role: str) -> bool:
    """Whether somebody with ``roles`` may give or end the role ``role``: board members all but the leader's own."""
    return "leader" in roles or ("board" in roles and role != "leader")


def two_needed(*, setting: str, others: int) -> bool:
    """Whether a second person has to confirm: always, or (``where_possible``) while there is somebody who could."""
    return setting == "always" or others > 0


#: No names on rosters below this age, and no account below the other (needs N17; quality.md "Security and privacy").
NAMED_FROM, ACCOUNT_FROM = 15, 13


def name_on_roster(name: str, *, age: int | None, stands_for: str) -> str:
    """What a roster, list or plan shows for somebody: the name from fifteen years on, else whom they stand for.

    ``age`` in whole years, as the organisation's leader has said it; None: nobody said, and then no name is shown
    either. ``stands_for`` is the organisation or group ("Ungdomsrådet"), and never holds a name. We ask for no dates
    of birth: who makes the roster says "15 or older".

        name_on_roster("Nora", age=14, stands_for="Ungdomsrådet")   → "Ungdomsrådet"
        name_on_roster("Nora", age=15, stands_for="Ungdomsrådet")   → "Nora"
        name_on_roster("Nora", age=None, stands_for="Ungdomsrådet") → "Ungdomsrådet"
    """
    return name if age is not None and age >= NAMED_FROM else stands_for


def may_have_account(age: int | None) -> bool:
    """Thirteen at least, or nobody has asked. Younger ones act through their organisation, or by a link."""
    return age is None or age >= ACCOUNT_FROM
