"""What a person is told about themselves, what goes when, and who looked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.utils import translation

from booking.catalogue.models import UnitRoleName
from booking.catalogue.selectors import units_of
from booking.foundation import clock, personal
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import LocalizedText, localized
from booking.foundation.personal import Obstacle, PersonalData, Record, RetentionClass
from booking.privacy import registry, rules
from booking.privacy.models import Consent, ConsentText, Erasure, Look, RetentionRule

#: Rows of one class in an export; nobody has more, and a program that went mad doesn't make it endless.
MOST = 20_000
#: Rows of one class on the page that people read; the file has all of them.
SHOWN = 25


# --- what there is about a person ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Section:
    """One class with its first rows, for reading."""

    data: PersonalData
    records: Sequence[Record]
    more: bool


def sections(user: Any, *, most: int = SHOWN) -> list[Section]:
    """Everything that is kept about ``user``, class by class, at most ``most`` rows of each; the account first."""
    found = []
    for data in sorted(personal.personal_data(), key=lambda one: not one.last):
        rows = list(islice(data.collect(user), most + 1))
        found.append(Section(data, rows[:most], len(rows) > most))
    return found


def export(user: Any, *, now: datetime) -> Iterator[str]:
    """The same as a JSON document, piece by piece: nothing of it is held in memory.

    Names are codes and words are English, because programs read it. ``complete`` is false where there was too much.
    """
    yield json.dumps({"made_at": _plain(now), "municipality": booking_settings().municipality_name})[:-1]
    yield ', "classes": ['
    for number, data in enumerate(personal.personal_data()):
        with translation.override("en"):
            head = json.dumps(
                {"name": data.name, "what": str(data.label), "why": str(data.why), "stays": str(data.stays)},
                ensure_ascii=False,
            )
        yield (", " if number else "") + head[:-1] + ', "rows": ['
        rows, count = iter(data.collect(user)), 0
        while count < MOST:
            # The language is set for each row anew: between two pieces the process may serve somebody else.
            with translation.override("en"):
                record = next(rows, None)
                if record is None:
                    break
                row = json.dumps({fact.code: _plain(fact.value) for fact in record.facts}, ensure_ascii=False)
            yield (", " if count else "") + row
            count += 1
        yield f'], "complete": {json.dumps(count < MOST)}}}'
    yield "]}\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return clock.local(value, booking_settings().tz).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | int | bool | list):
        return value
    return str(value)


def obstacles(user: Any, now: datetime) -> list[Obstacle]:
    """Why ``user`` can't be erased yet."""
    return [one for data in personal.personal_data() for one in data.obstacles(user, now)]


def is_erased(user: Any) -> bool:
    """Whether the row stands for nobody any more."""
    return Erasure.objects.filter(user=user).exists()


# --- how long --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClassView:
    """A class of rows as the retention page shows it."""

    klass: RetentionClass
    rule: RetentionRule | None
    terms: rules.Terms
    #: Would go at the next run of `tick`, with the time in force.
    due: int
    #: Would go as well after somebody has said yes to the shorter time.
    due_if_agreed: int
    left: int
    #: When the first row that is not yet due goes; None when nothing is left.
    next_at: datetime | None
    source: str  # chosen, settings, default, fixed

    @property
    def keep(self) -> timedelta:
        """The time in force."""
        return self.klass.keep if self.klass.fixed or self.klass.own_job else timedelta(days=self.terms.in_force)


def terms_of(klass: RetentionClass, rule: RetentionRule | None) -> rules.Terms:
    """The days of a class that may be changed."""
    return rules.terms(
        default=klass.keep.days,
        configured=booking_settings().retention_days.get(klass.name),
        chosen=rule.days if rule is not None else None,
        in_force=rule.in_force if rule is not None else None,
    )


def class_views(now: datetime) -> list[ClassView]:
    """All classes as they stand: a dry run. One query per class and one for the rules; nothing is changed."""
    known = {rule.name: rule for rule in RetentionRule.objects.select_related("agreed_by")}
    return [class_view(klass, known.get(klass.name), now) for klass in personal.retention_classes()]


def class_view(klass: RetentionClass, rule: RetentionRule | None, now: datetime) -> ClassView:
    """One class as it stands. One query."""
    set_elsewhere = klass.fixed or klass.own_job
    terms = rules.Terms(klass.keep.days, klass.keep.days, False) if set_elsewhere else terms_of(klass, rule)
    keep = klass.keep if set_elsewhere else timedelta(days=terms.in_force)
    shorter = keep if set_elsewhere else timedelta(days=terms.wanted)
    before = Q(**{f"{klass.moment}__lt": now - keep})
    found = klass.rows().aggregate(
        due=Count("pk", filter=before),
        if_agreed=Count("pk", filter=Q(**{f"{klass.moment}__lt": now - shorter})),
        left=Count("pk"),
        oldest=Min(klass.moment, filter=~before),
    )
    if set_elsewhere:
        source = "fixed"
    elif rule is not None and rule.days:
        source = "chosen"
    else:
        source = "settings" if klass.name in booking_settings().retention_days else "default"
    return ClassView(
        klass=klass,
        rule=rule,
        terms=terms,
        due=found["due"],
        due_if_agreed=found["if_agreed"] - found["due"],
        left=found["left"],
        next_at=rules.goes_on(found["oldest"], keep, now),
        source=source,
    )


# --- consent ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConsentView:
    """A consent in words."""

    consent: Consent
    label: str
    body: LocalizedText
    may_withdraw: bool
    instead: str
    about: str


def consents_of(user: Any) -> list[ConsentView]:
    """What ``user`` has agreed to, newest first, withdrawn ones included. One query."""
    rows = Consent.objects.filter(user=user).select_related("text").order_by("-given_at", "-pk")
    return [consent_view(row) for row in rows[:MOST]]


def consent_view(row: Consent) -> ConsentView:
    """One of them."""
    kind = registry.consent_kind(row.text.kind)
    open_ = row.withdrawn_at is None
    return ConsentView(
        consent=row,
        label=str(kind.label) if kind else row.text.kind,
        body=localized(row.text, "body", row.language),
        may_withdraw=bool(open_ and kind and kind.withdrawn),
        instead=str(kind.instead) if open_ and kind else "",
        about=row.about.partition(":")[2],
    )


def words_of(kind: str) -> LocalizedText:
    """The text that people are asked to agree to now, in the reader's language."""
    bodies = bodies_in_force(kind)
    return localized({"body": bodies["nb"], "body_nn": bodies["nn"], "body_en": bodies["en"]}, "body")


def bodies_in_force(kind: str) -> dict[str, str]:
    """The text of a kind in every language, as it is asked for now."""
    newest = ConsentText.objects.filter(kind=kind).order_by("-number").first()
    if newest is not None:
        return {"nb": newest.body, "nn": newest.body_nn, "en": newest.body_en}
    described = registry.consent_kind(kind)
    bodies = {}
    for code in ("nb", "nn", "en"):
        with translation.override(code):
            bodies[code] = str(described.default or "") if described else ""
    return bodies


# --- who looked ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LookView:
    """A look, as the person it is about sees it."""

    day: date
    unit: str
    about: str
    #: Only where the municipality shows its case officers' names.
    viewer: str
    door: str


def looks_at(user: Any, *, most: int = SHOWN) -> list[LookView]:
    """Who looked at ``user``'s contact data, newest first. One query, and one per kind of thing for its words."""
    about = Q(pk__in=[])
    kinds = {one.kind: one for one in personal.things_looked_at()}
    for one in kinds.values():
        about |= Q(about_kind=one.kind, about_id__in=one.of(user))
    rows = list(
        Look.objects.filter(about)
        .exclude(viewer=user)
        .select_related("unit", "viewer")
        .order_by("-day", "-at", "-pk")[:most]
    )
    words: dict[tuple[str, int], str] = {}
    for kind, one in kinds.items():
        ids = {row.about_id for row in rows if row.about_kind == kind}
        words |= {(kind, pk): text for pk, text in one.words(ids).items()} if ids else {}
    names = booking_settings().show_officer_names
    return [
        LookView(
            day=row.day,
            unit=str(localized(row.unit, "name")) if row.unit else "",
            about=words.get((row.about_kind, row.about_id), row.label),
            viewer=str(row.viewer.get_full_name()) if names and row.viewer.is_active else "",
            door=row.get_door_display(),
        )
        for row in rows
    ]


def looks_in_units_of(leader: Any, on: date) -> QuerySet[Look]:
    """Looks at things of the units that ``leader`` leads, child units included."""
    led = units_of(leader, on, roles=[UnitRoleName.LEADER]).order_by().values("pk")
    return Look.objects.filter(unit__in=led)


def texts_by_kind() -> Mapping[str, list[ConsentText]]:
    """All versions, newest first, with how many agreed. One query."""
    rows = ConsentText.objects.annotate(given=Count("consents")).order_by("kind", "-number")
    found: dict[str, list[ConsentText]] = {}
    for row in rows:
        found.setdefault(row.kind, []).append(row)
    return found


def kept_how_long() -> list[tuple[RetentionClass, timedelta]]:
    """Each class and its time in force, for people to read. One query."""
    known = {rule.name: rule for rule in RetentionRule.objects.all()}
    return [
        (
            klass,
            klass.keep
            if klass.fixed or klass.own_job
            else timedelta(days=terms_of(klass, known.get(klass.name)).in_force),
        )
        for klass in personal.retention_classes()
    ]
