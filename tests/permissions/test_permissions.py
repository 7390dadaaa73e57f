"""Who gets through which door: the tables of docs/administrators/permissions.md, walked.

A door that isn't in the tables fails, and so does one that answers somebody otherwise. When that is meant: run with
``UPDATE_PERMISSIONS=1``, read the difference line by line, and commit it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

from tests.permissions import doors
from tests.permissions.scene import WHO, build

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
COLUMNS = list(WHO)
#: What all units share, or what is found by whom it concerns and not by its unit.
SHARED = (
    "/admin/booking/organisations/",
    "/admin/booking/leaders/",
    "/admin/booking/features/",
    "/admin/booking/notice-rules/",  # of the whole town, like features
    "/api/booking/v1/organisations/",
    "/organisations/",
)
Cells = Mapping[tuple[str, str], str]


@pytest.mark.parametrize("table", doors.ORDER)
def test_every_door_answers_everybody_as_the_documentation_says(table: str) -> None:
    if os.environ.get("SAMSKAP_SECOND_DATABASE") == "1":
        everything_opens_here_too(table)
        return
    scene = build()
    seen = {door.key: met for door in doors.doors(scene, table) if (met := doors.walk(scene, door)) is not None}
    if os.environ.get("UPDATE_PERMISSIONS"):
        doors.write(seen, table)
    written = doors.written(table)
    wrong = [f"{method.upper()} {shown} is gone" for method, shown in written.keys() - seen.keys()]
    wrong += [f"{method.upper()} {shown} isn't in the tables" for method, shown in seen.keys() - written.keys()]
    for key in seen.keys() & written.keys():
        for who, was, said in zip(COLUMNS, seen[key], written[key], strict=True):
            if was != said:
                wrong.append(f"{key[0].upper()} {key[1]} as {WHO[who]}: {was}, not {said}")
    assert not wrong, "\n".join(wrong)


def everything_opens_here_too(table: str) -> None:
    """Rights are the same on both databases, and walked on the first. What lies behind each door is asked for here
    too, once, by somebody who gets in."""
    scene, written = build(), doors.written(table)
    wrong, opened = [], 0
    for door in doors.doors(scene, table):
        cells = dict(zip(COLUMNS, written.get(door.key, ()), strict=False))
        who = next((who for who in doors.PROBES if cells.get(who) == "yes"), None)
        if who is not None:
            opened += 1
            if (was := doors.meet(scene, door, who)) != "yes":
                wrong.append(f"{door.method.upper()} {door.shown} as {WHO[who]}: {was}, not yes")
    assert opened
    assert not wrong, "\n".join(wrong)


# --- what holds for whole columns: so that a table that was written anew without being read is found out -------------


def column(who: str, tables: tuple[str, ...] = doors.ORDER) -> Cells:
    index = COLUMNS.index(who)
    return {key: cells[index] for table in tables for key, cells in doors.written(table).items()}


def more_than(who: str, other: str) -> list[tuple[str, str]]:
    """Doors that open for the one and not for the other."""
    theirs = column(other)
    return [key for key, cell in column(who).items() if cell == "yes" and theirs[key] != "yes"]


def test_there_are_many_doors_and_none_breaks() -> None:
    assert len(column("officer")) > 120  # fewer means that the walk is broken
    assert not [(who, key) for who in WHO for key, cell in column(who).items() if "BROKEN" in cell]


def test_a_follower_is_anybody_before_every_door_but_their_own_link() -> None:
    assert not more_than("follower", "anonymous")


def test_a_deputy_may_what_the_officer_may() -> None:
    assert column("deputy") == column("officer")


def test_who_leads_a_unit_may_whatever_its_officers_may() -> None:
    assert not more_than("officer", "unit_leader")


def test_an_officer_elsewhere_has_no_more_in_this_unit_than_anybody_who_is_signed_in() -> None:
    assert not [key for key in more_than("elsewhere", "stranger") if "‹" in key[1] and not key[1].startswith(SHARED)]


@pytest.mark.parametrize("who", ["anonymous", "follower", "stranger", "member", "booker", "leader", "co_host"])
def test_the_admin_opens_for_nobody_without_a_role_in_a_unit(who: str) -> None:
    assert not [key for key, cell in column(who, ("admin",)).items() if cell == "yes"]


def test_an_insight_reader_sees_no_thing_and_no_case_and_changes_nothing() -> None:
    assert not [key for key in more_than("reader", "stranger") if key[0] != "get" or "case" in key[1] or "‹" in key[1]]


def test_members_without_a_leading_role_see_no_case() -> None:
    # Duties are for every member of a host (needs N13): they see the roster, never the case.
    seen = [key[1] for key, cell in column("member").items() if "‹case›" in key[1] and cell == "yes"]
    assert not [shown for shown in seen if "/duties/" not in shown]


def test_a_caretaker_or_planner_decides_nothing() -> None:
    for who in ("caretaker", "planner"):
        acts = [key for key in more_than(who, "stranger") if key[0] == "post" and "‹case›" in key[1]]
        assert all(shown.endswith(("/message/", "/messages/", "/mute/", "/sign-up/")) for _method, shown in acts), acts
