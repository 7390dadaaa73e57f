"""What `make test` leaves out on the second database, by kind: what no database makes a difference to.

What has no database in it is left out anyway, and so is a test or module with the mark `once`. Here stand whole files
of one kind. Services, constraints, locks, selectors, feeds, the outbox, privacy, and scenarios are tested on both; and
tests/permissions goes through every door on the second one too, as somebody who gets in, so that each page and each
answer of the API is made there once.

Of a test with many cases the first and the last run there too: its cases differ in values, which go into the same
statements. Not where the case itself is what a database might take otherwise (``EVERY_CASE``).
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePath

#: tools/run_tests.py runs everything on another database too.
SECOND_DATABASE = os.environ.get("SAMSKAP_SECOND_DATABASE") == "1"

#: Kind by kind, files and folders under tests/.
ONCE = {
    "what pages say and keep, of what selectors found": (
        "agreements/test_public.py", "agreements/test_staff_and_api.py", "calendars/incoming/test_staff.py",
        "calendars/test_pages.py", "cases/test_desk_links.py", "cases/test_move_doors.py", "cases/test_public.py",
        "cases/test_staff.py", "cases/test_staff_acts.py", "catalogue/test_people_pages.py",
        "catalogue/test_resource_page.py", "catalogue/test_staff_pages.py", "happenings/test_boards.py",
        "house/test_enumeration.py",
        "occupancy/test_closures_page.py", "organisations/test_follower_staff.py", "organisations/test_public.py",
        "organisations/test_staff.py", "pages", "permits/test_pages.py", "privacy/test_pages.py", "public",
        "rosters/test_doors.py", "seasons/test_hearing_doors.py", "seasons/test_hearing_pages.py",
        "seasons/test_pages.py", "seasons/test_proposal_pages.py", "seasons/test_proposal_staff.py",
        "seasons/test_staff.py", "staff", "webhooks/test_staff.py", "works/doors",
    ),
    "what letters say": (
        "agreements/test_letters.py", "calendars/test_letters.py", "organisations/test_follower_letters.py",
        "permits/test_letters.py", "rosters/test_letters.py", "seasons/test_letters_hearing.py",
        "seasons/test_letters_rounds.py", "works/test_letters.py",
    ),
    "what other programs read out of a feed, line by line": (
        "calendars/test_edge_cases.py", "calendars/test_reading_back.py", "calendars/test_real_clients.py",
    ),
    "what comes from outside, before it is kept": (
        "agreements/test_documents.py", "organisations/test_register_client.py",
    ),
    "who may what, cell by cell": (
        "accounts/test_matrix.py", "api/test_operations.py", "cases/test_own_case.py", "privacy/test_rights.py",
    ),
    "ways in, which stand in sessions and signatures": (
        "accounts/test_age.py", "accounts/test_factors.py", "accounts/test_oidc.py",
        "accounts/test_probing_and_limits.py", "accounts/test_users_admin.py",
    ),
    "Lilleby on other days than today": ("lilleby/test_building.py",),
}  # fmt: skip

#: Guards, locks and constraints; words and numbers in statements of our own; each table; who may what, door by door.
EVERY_CASE = (
    "tests/catalogue/test_search.py", "tests/catalogue/test_snapshot_agrees.py", "tests/house/test_database.py",
    "tests/occupancy/", "tests/permissions/", "tests/privacy/", "tests/scenarios/",
)  # fmt: skip

_FOUND = frozenset(PurePath(name) for names in ONCE.values() for name in names)


def is_of_a_kind_tested_once(path: PurePath) -> bool:
    """``path``: of a test module, from tests/ on."""
    return path in _FOUND or not _FOUND.isdisjoint(path.parents)


def cases_in_the_middle(names: Iterable[str]) -> set[str]:
    """Of the names of tests in order, those that are neither the first nor the last case of their test."""
    cases: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if not name.startswith(EVERY_CASE) and "race" not in name:
            cases[name.partition("[")[0]].append(name)
    return {name for found in cases.values() for name in found[1:-1]}
