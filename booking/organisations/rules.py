"""What holds for organisations and the people in them. Pure: no database, no request, no clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import InvalidChecksum, InvalidFormat, InvalidLength, ValidationError
from stdnum.no import orgnr

from booking.foundation.errors import Invalid, WrongState

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
    used = set(taken)
    slug, number = stem, 2
    while slug in used:
        slug, number = f"{stem}-{number}", number + 1
    return slug
