"""The calendars that there are: what each is called, what it is made of, and which version it has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.utils import translation
from django.utils.translation import gettext as _

from booking.calendars import registry, statements
from booking.calendars.selectors.places import feed_url, public_url
from booking.calendars.selectors.scopes import CATALOGUE, EXTRAS, Audience, scope_of
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Resource, ResourceState, Unit
from booking.foundation import wording
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation

#: Before any change was counted: when nothing has changed yet, a calendar is as old as this.
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)

Version = tuple[int, datetime | None]
#: (language) → name and description of the calendar itself.
Heading = Callable[[str], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Calendar:
    """One calendar as it is asked for.

    ``slug``: name of the file. ``scopes``: what it is made of, asked for only when it is read. ``version``: one query.
    ``source``: its public address, "" where the address is a secret. ``since``: its age when nothing has changed yet.
    """

    kind: str
    slug: str
    audience: Audience
    zone: str
    heading: Heading
    scopes: Callable[[], Sequence[str]]
    version: Callable[[], Version]
    source: str = ""
    since: datetime = BEGINNING
    #: What it is made of, where that changes without a change in any of it (a role ends, a room moves to another
    #: building): part of the validator.
    made_of: tuple[str, ...] = ()


def _fixed(scopes: Sequence[str], audience: Audience) -> tuple[Callable[[], Sequence[str]], Callable[[], Version]]:
    return (lambda: scopes), (lambda: statements.version_of([*scopes, *EXTRAS[audience]]))


def made_of(
    kind: str, slug: str, scopes: Sequence[str], heading: Heading, *, audience: Audience, source: str = ""
) -> Calendar:
    """A calendar of the municipality's zone made of exactly these scopes."""
    listed, version = _fixed(scopes, audience)
    zone = booking_settings().timezone
    return Calendar(kind, slug, audience, zone, heading, listed, version, source, made_of=tuple(scopes))


# --- resources -------------------------------------------------------------------------------------------------------


def heading(resource: Resource, language: str, *, narrowed_to: date | None = None) -> tuple[str, str]:
    """Name and description of a resource's calendar; one that had to be cut says where."""
    conf = booking_settings()
    with translation.override(language):
        name = str(localized(resource, "name", language))
        text = _(
            "When %(name)s is taken or closed. From %(municipality)s. Your calendar fetches this by itself, some only "
            "once a day: look at the page before you count on a free hour."
        ) % {"name": name, "municipality": conf.municipality_name}
    return name, with_cut(text, language, narrowed_to)


def with_cut(text: str, language: str, narrowed_to: date | None) -> str:
    """The description of a calendar that holds only what begins before a day."""
    if narrowed_to is None:
        return text
    with translation.override(language):
        day = wording.day_words(narrowed_to, with_weekday=False)
        return text + " " + _("There is too much for one calendar: it shows what begins before %(day)s.") % {"day": day}


def tree_of(head: statements.Head) -> Calendar:
    """A building with all that lies in it: each public thing's own time, named by its room."""

    ids = sorted(_lying_in(head.pk))

    def scopes() -> list[str]:
        public = catalogue.public_resources().filter(pk__in=ids).order_by("pk")
        return [scope_of(pk) for pk in public.values_list("pk", flat=True)]

    def version() -> Version:
        # Which things lie in it changes with the catalogue only.
        return statements.version_of([*(scope_of(pk) for pk in ids), CATALOGUE])

    def words(language: str) -> tuple[str, str]:
        resource = Resource.objects.get(pk=head.pk)
        with translation.override(language):
            name = str(localized(resource, "name", language))
            return (
                _("%(name)s, all rooms") % {"name": name},
                _("When the rooms and grounds of %(name)s are taken or closed. From %(municipality)s.")
                % {"name": name, "municipality": booking_settings().municipality_name},
            )

    zone = head.timezone or booking_settings().timezone
    source = public_url(f"resource-{head.slug}") + "?parts=1"
    made_of = tuple(scope_of(pk) for pk in ids)
    return Calendar("resource", head.slug, Audience.TREE, zone, words, scopes, version, source, made_of=made_of)


def _lying_in(pk: int) -> set[int]:
    found, level = {pk}, {pk}
    while level:
        level = set(Resource.objects.filter(parent_id__in=level).values_list("pk", flat=True)) - found
        found |= level
    return found


def retired_resource(slug: str) -> bool:
    """Whether the slug was a public thing's that isn't lent any more."""
    return Resource.objects.filter(slug=slug, state=ResourceState.RETIRED, public=True).exists()


# --- what everybody is invited to ------------------------------------------------------------------------------------


def happenings() -> Calendar:
    """What happens in town: granted time with a public title, and what else was registered."""

    def words(language: str) -> tuple[str, str]:
        with translation.override(language):
            name = booking_settings().municipality_name
            return (
                _("What happens in %(municipality)s") % {"municipality": name},
                _("What everybody is invited to, or may know of. The page of each place says more."),
            )

    return made_of(
        "happenings", "happenings", ("happenings",), words, audience=Audience.HAPPENING, source=public_url("happenings")
    )


def public_organisation(slug: str) -> Calendar | None:
    """What an organisation of the public register invites to: its granted time with a public title."""
    one = organisations.listed_organisations().filter(slug=slug).first()
    if one is None:
        return None
    name = one.name

    def words(language: str) -> tuple[str, str]:
        with translation.override(language):
            return name, _("What %(name)s invites to, and where.") % {"name": name}

    return made_of(
        "organisation", slug, (f"organisation:{one.pk}",), words, audience=Audience.HAPPENING,
        source=public_url(f"organisation-{slug}"),
    )  # fmt: skip


# --- behind a secret -------------------------------------------------------------------------------------------------


def of_person(user_id: int, organisation_ids: Sequence[int], slug: str) -> Calendar:
    """One's own cases, and those of one's organisations."""

    def words(language: str) -> tuple[str, str]:
        with translation.override(language):
            name = booking_settings().municipality_name
            return (
                _("My loans in %(municipality)s") % {"municipality": name},
                _("What you and your organisations have asked for and been granted. %(slow)s") % {"slow": slow()},
            )

    scopes = [f"person:{user_id}", *(f"organisation:{pk}" for pk in sorted(organisation_ids))]
    return made_of("person", slug, scopes, words, audience=Audience.PARTY)


def of_organisation(organisation_id: int, slug: str) -> Calendar:
    """All that an organisation has asked for, been granted and lost, also as a co-host."""

    def words(language: str) -> tuple[str, str]:
        name = Organisation.objects.values_list("name", flat=True).get(pk=organisation_id)
        with translation.override(language):
            text = _("What %(name)s has asked for and been granted. %(slow)s") % {"name": name, "slow": slow()}
            return name, text

    return made_of("organisation", slug, [f"organisation:{organisation_id}"], words, audience=Audience.PARTY)


def of_unit(pk: int, slug: str) -> Calendar:
    """All that stands on the things of a unit and of the units below it, for its people."""

    def scopes() -> list[str]:
        below = catalogue.with_child_units([pk])
        ids = Resource.objects.filter(unit_id__in=below).order_by("pk").values_list("pk", flat=True)
        more = [f"{kind}:{one}" for kind in registry.kinds_on_units() for one in sorted(below)]
        return [*(scope_of(one) for one in ids), *more]

    def words(language: str) -> tuple[str, str]:
        with translation.override(language):
            name = str(localized(Unit.objects.get(pk=pk), "name", language))
            return name, _("What stands on the things of %(name)s, with whose it is. For its staff only.") % {
                "name": name
            }

    def version() -> Version:
        return statements.version_of_units(pk, EXTRAS[Audience.STAFF], registry.kinds_on_units())

    return Calendar("unit", slug, Audience.STAFF, booking_settings().timezone, words, scopes, version)


def slow() -> str:
    """Every private calendar says it: a feed is a view, never a channel of notice."""
    return _(
        "Your calendar fetches this by itself, some only once a day. What changes at short notice comes by e-mail."
    )


__all__ = [
    "Calendar", "feed_url", "happenings", "heading", "made_of", "of_organisation", "of_person", "of_unit",
    "public_organisation", "retired_resource", "tree_of", "with_cut",
]  # fmt: skip
