"""What is kept about people, told by every capability: what there is, what erasing does to it, and when it goes.

A capability describes its rows once, in its ``wiring.py``. The person's page, the export, erasing and retention walk
these registries and know no model, so they are complete as soon as every model is described. A test fails for a model
with a foreign key to the user, or an address, phone or name of somebody, that nobody described
(tests/privacy/test_nothing_is_forgotten.py). Source: quality.md "Security and privacy".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
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
