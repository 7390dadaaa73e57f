"""What Lilleby is made of, before anything is built: words in three languages, outlines, drawings, the school year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from booking.catalogue.rules import geometry
from municipality.lilleby.content import THINGS, pages
from municipality.lilleby.content.calendar import school_holidays, school_holidays_between
from municipality.lilleby.content.kinds import LANGUAGES, Text
from municipality.lilleby.content.organisations import ORGANISATIONS
from municipality.lilleby.content.people import AWAY_THIS_WEEK, EMPLOYEES, LOGINS, PEOPLE, UNITS
from municipality.lilleby.content.town import house, polygon, ring
from municipality.lilleby.content.words import FEATURES
from municipality.lilleby.pictures.scenes import SCENES, draw, size

SVG = "{http://www.w3.org/2000/svg}"


def texts(value: Any) -> Iterator[Text]:
    """Every text in a value of the content, however deep."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from texts(getattr(value, one.name))


@pytest.mark.parametrize("part", [THINGS, ORGANISATIONS, UNITS, FEATURES, pages.HOME, pages.STATEMENTS], ids=str)
def test_everything_is_said_in_three_languages(part):
    found = list(texts(part))
    assert found
    for text in found:
        for language in LANGUAGES:
            words = text.get(language)
            assert words == words.strip() != "", text
            assert "  " not in words, text


def test_long_texts_are_written_in_each_language_not_copied():
    for thing in THINGS:
        for text in thing.body:
            if len(text.nb) > 60:
                assert len({text.nb, text.nn, text.en}) == 3, text


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: thing.slug)
def test_a_thing_names_people_places_and_parts_that_exist(thing):
    slugs = {one.slug for one in THINGS}
    assert thing.officer in EMPLOYEES
    assert thing.deputy in EMPLOYEES
    assert thing.officer != thing.deputy
    assert thing.unit in {unit.slug for unit in UNITS}
    assert set(thing.features) <= set(FEATURES)
    assert thing.parent == "" or thing.parent in slugs
    assert bool(thing.cells) != bool(thing.stock)
    assert len(thing.summary.nb) <= 250
    if thing.body:
        assert thing.picture in SCENES
        assert thing.picture_alt is not None
    if thing.outline:
        geometry.check_geometry(polygon(thing.outline))


def test_slugs_and_addresses_are_used_once():
    for names in (
        [thing.slug for thing in THINGS],
        [one.slug for one in ORGANISATIONS],
        [one.number for one in ORGANISATIONS],
        [person.email for person in PEOPLE.values()],
        [person.phone for person in PEOPLE.values()],
    ):
        assert len(names) == len(set(names))
    assert all(person.email.endswith("@example.org") for person in PEOPLE.values())


def test_the_officer_with_two_hats_leads_a_club_and_somebody_is_away():
    leads = {one.slug for one in ORGANISATIONS for member in one.members
             if member.person == LOGINS["officer_two_hats"] and member.role == "leader"}  # fmt: skip
    assert leads
    deputies = {thing.deputy for thing in THINGS if thing.officer == AWAY_THIS_WEEK}
    assert deputies
    assert AWAY_THIS_WEEK not in deputies


def test_outlines_are_closed_and_turn_to_the_left():
    for points in (house(0, 0, 20, 10, 33), ring((0, 0), (0, 10), (10, 10), (10, 0))):
        assert points[0] == points[-1]
        area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(points))
        assert area > 0  # RFC 7946 3.1.6


@pytest.mark.parametrize("year", range(2024, 2040))
def test_the_school_year_holds_in_any_year(year):
    holidays = school_holidays(year)
    for earlier, later in pairwise(holidays):
        assert earlier.first <= earlier.last < later.first
    summer = holidays[2]
    assert 50 <= (summer.last - summer.first).days <= 66
    assert (summer.last.weekday(), holidays[1].last.weekday()) == (6, 0)  # school begins on a Monday; Easter Monday
    christmas = school_holidays_between(date(year + 1, 1, 1), date(year + 1, 1, 2))
    assert [holiday.name.en for holiday in christmas] == ["Christmas holiday"]


@pytest.mark.parametrize("key", SCENES)
def test_a_drawing_is_small_and_stands_alone(key):
    svg = draw(key, "Kø & <kake>")
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own text
    width, height = size(key)
    assert root.get("viewBox") == f"0 0 {width} {height}"
    assert root.findtext(f"{SVG}title") == "Kø & <kake>"
    assert len(svg) < 60_000
    names: list[str] = []
    for element in root.iter():
        assert element.tag.removeprefix(SVG) not in {"script", "style", "image", "foreignObject", "use", "text"}
        assert not any("href" in name or name.startswith("on") or name == "style" for name in element.attrib)
        if "id" in element.attrib:
            names.append(element.attrib["id"])
        for value in element.attrib.values():
            assert "nan" not in value.lower()
            if value.startswith("url("):
                assert f'id="{value[5:-1]}"' in svg
    assert len(names) == len(set(names))


def test_a_drawing_is_the_same_each_time():
    assert [draw(key, key) for key in SCENES] == [draw(key, key) for key in SCENES]
