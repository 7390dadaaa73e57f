"""What is kept about people, told by every capability: what there is, what erasing does to it, and when it goes.

A capability describes its rows once, in its ``wiring.py``. The person's page, the export, erasing and retention walk
these registries and know no model, so they are complete as soon as every model is described. A test fails for a model
with a foreign key to the user, or an address, phone or name of somebody, that nobody described
(tests/privacy/test_nothing_is_forgotten.py). Source: quality.md "Security and privacy".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise

Text = str | Promise
Value = str | int | bool | date | datetime | None | list[str]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is known: a stable code for programs, words for people, and the value. Never a secret."""

    code: str
    label: Text
    value: Value


@dataclass(frozen=True, slots=True)
class Record:
    """One row about a person. ``where``: the address of the page on which it is seen and changed, if there is one."""

    title: Text
    facts: tuple[Fact, ...]
    where: str = ""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why somebody can't be erased yet, and where they go to change that."""

    code: str
    words: Text
    where: str = ""
    link: Text = ""


Collect = Callable[[Any], Iterable[Record]]
#: Takes away what can go; runs in the transaction that erases everything, and answers how many rows it touched.
Erase = Callable[[Any, datetime], int]
Obstacles = Callable[[Any, datetime], Iterable[Obstacle]]


def _nothing(_user: Any, _now: datetime) -> tuple[Obstacle, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class PersonalData:
    """One class of what is kept about people.

    why        what it is for, and by what right
    goes       what erasing takes away ("" when nothing)
    stays      what is kept nevertheless, and why ("" when nothing)
    covers     the fields it answers for, as ``app_label.model.field`` in small letters
    last       erased after all others: the account itself, which the others still ask for the address
    """

    name: str
    label: Text
    why: Text
    collect: Collect
    erase: Erase
    goes: Text = ""
    stays: Text = ""
    covers: tuple[str, ...] = ()
    obstacles: Obstacles = _nothing
    last: bool = False


#: Deletes or empties the rows it is given; answers how many. Runs in a transaction of its own per batch.
Forget = Callable[[QuerySet[Any], datetime], int]


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """One class of rows that goes by itself after a time.

    rows       what could still go (whatever its age); a row that was emptied isn't among them any more
    moment     the field or annotation from which its time counts
    keep       how long, unless ``BOOKING["retention_days"]`` or an administrator says otherwise
    fixed      the time is part of a promise elsewhere (the API's 24 hours) and is nobody's choice
    own_job    another job of ``tick`` takes them away; here it is only shown
    """

    name: str
    label: Text
    what: Text
    rows: Callable[[], QuerySet[Any]]
    moment: str
    keep: timedelta
    forget: Forget | None = None
    fixed: bool = False
    own_job: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """What a host tells about its own users: the plugin never owns them.

    ``details`` answers what a person may correct themselves (name, phone, language; what the host hasn't is left out),
    ``correct`` stores it. ``is_fresh`` says whether this session has proved lately who uses it; ``prove_url`` is where
    that is done, given the page to come back to.
    """

    details: Callable[[Any], Mapping[str, str]]
    correct: Callable[..., None]
    is_fresh: Callable[[Any], bool]
    prove_url: Callable[[str], str]
    languages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LookedAt:
    """How one kind of thing whose contact data staff look at is found for a person, and named.

    ``of`` answers the ids of the things that show the person's contact data; ``words`` the words for some ids.
    """

    kind: str
    of: Callable[[Any], QuerySet[Any]]
    words: Callable[[Iterable[int]], Mapping[int, str]]


@dataclass(slots=True)
class _Registries:
    data: dict[str, PersonalData] = field(default_factory=dict)
    retention: dict[str, RetentionClass] = field(default_factory=dict)
    impersonal: dict[str, str] = field(default_factory=dict)
    looked_at: dict[str, LookedAt] = field(default_factory=dict)
    account: list[Account] = field(default_factory=list)


_known = _Registries()


def register_personal_data(data: PersonalData) -> None:
    """Describe a class of what is kept about people. Registering a name again replaces it."""
    _known.data[data.name] = data


def personal_data() -> list[PersonalData]:
    """All classes in the order they were registered; those that must come ``last`` at the end."""
    return sorted(_known.data.values(), key=lambda one: one.last)


def register_retention(klass: RetentionClass) -> None:
    """Describe a class of rows that goes after a time. Registering a name again replaces it."""
    if not klass.own_job and klass.forget is None:
        raise ValueError(f"{klass.name}: say how its rows are forgotten")
    _known.retention[klass.name] = klass


def retention_classes() -> list[RetentionClass]:
    """In the order they were registered."""
    return list(_known.retention.values())


def retention_class(name: str) -> RetentionClass | None:
    """The class of that name."""
    return _known.retention.get(name)


def not_about_people(why: str, *fields: str) -> None:
    """Fields that look as if they were about a person and aren't, such as a hall's name; ``why`` in a few words."""
    _known.impersonal.update(dict.fromkeys(fields, why))


def impersonal_fields() -> Mapping[str, str]:
    """Field → why it isn't about a person."""
    return _known.impersonal


def covered_fields() -> Iterator[str]:
    """All fields that some class answers for."""
    for data in _known.data.values():
        yield from data.covers


def register_account(account: Account) -> None:
    """The host describes its users. The last one counts."""
    _known.account[:] = [account]


def account() -> Account | None:
    """What the host told, if it did."""
    return _known.account[0] if _known.account else None


def register_looked_at(looked_at: LookedAt) -> None:
    """Describe a kind of thing whose contact data is looked at. Registering a kind again replaces it."""
    _known.looked_at[looked_at.kind] = looked_at


def things_looked_at() -> list[LookedAt]:
    """All kinds, in the order they were registered."""
    return list(_known.looked_at.values())


def address_of(user: Any) -> str:
    """The e-mail address of a host's user, whatever its field is called."""
    return str(getattr(user, user.get_email_field_name(), "") or "")


# --- a person in the words of others ----------------------------------------------------------------------------------

#: Stands where somebody's name, address or phone stood.
GONE = "…"
#: A phone number shorter than this (an extension, 110) may be anything else.
_PHONE_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Naming:
    """Finds what names a person in words that were written about something else, and takes just that out of them.

    ``words`` are the same for the database to look for: as they are written in the account, in any case.
    """

    words: tuple[str, ...]
    pattern: re.Pattern[str] | None

    def is_in(self, text: str) -> bool:
        """Whether the text names the person."""
        return self.pattern is not None and self.pattern.search(text) is not None

    def without(self, text: str) -> str:
        """The text that no longer says who it was: ``Key with Kari Li, 99 11 88 77`` → ``Key with …, …``."""
        return self.pattern.sub(GONE, text) if self.pattern is not None else text

    def in_any(self, *fields: str) -> Q:
        """Rows in which one of these fields holds the name, the address or the phone."""
        found = Q(pk__in=[])
        for name in fields:
            for word in self.words:
                found |= Q(**{f"{name}__icontains": word})
        return found


def naming(user: Any) -> Naming:
    """How ``user`` is named in words: by name, address and phone, as whole words, however they are spaced."""
    name = " ".join(str(getattr(user, "name", "") or "").split())
    phone = str(getattr(user, "phone", "") or "").strip()
    address = address_of(user).strip()
    patterns = []
    if address:
        patterns.append(re.escape(address))
    if len(name) > 1:
        # Names of files are written with hyphens and underscores.
        patterns.append(r"[\s._-]+".join(re.escape(part) for part in name.split()))
    digits = re.sub(r"\D", "", phone)
    if phone.startswith(("+47", "0047")):
        digits = digits[-_PHONE_DIGITS:]
    if len(digits) >= _PHONE_DIGITS:
        # With or without a country's number before it, grouped in any way.
        patterns.append(r"(?:(?:\+|00)\d{1,3}[\s.-]*)?" + r"[\s.-]*".join(digits))
    words = tuple(word for word in (name if len(name) > 1 else "", address, phone) if word)
    if not patterns:
        return Naming(words, None)
    # Longest first, and none of them as a part of a longer word or number.
    joined = "|".join(sorted(patterns, key=len, reverse=True))
    return Naming(words, re.compile(rf"(?<![^\W_])(?:{joined})(?![^\W_])", re.IGNORECASE))
