"""Every door of the product and who gets through, as the documentation tells it.

``docs/administrators/permissions.md`` holds the tables; this module reads them, and finds out what is so. A door is an
address and a method. A cell says what somebody meets there:

    yes      in; what the form then says of what was typed is another matter
    –        there is no such thing (404: it may exist, but not for them)
    no       they may know it, and may not do it
    log in   the sign-in page, or 401
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.template.backends.django import Template
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.safestring import SafeString

from tests.permissions.scene import WHO, Scene

DOC = Path(__file__).resolve().parents[2] / "docs" / "administrators" / "permissions.md"
METHODS = ("get", "post", "delete")
#: Who is asked first whether an address has the method at all: everybody who gets in anywhere.
PROBES = ("administrator", "leader", "officer")
#: Table by table: what its doors' names begin with. The first that fits.
TABLES = {
    "admin": ("booking_",),
    "api": ("booking_api:",),
    "feeds": ("booking_feeds:",),
    "account": ("account_", "mfa_", "oidc_", "booking:me", "booking:privacy"),
    "mine": ("booking:my_", "booking:hat", "booking:case", "booking:join", "booking:ask"),
    "public": ("booking:",),
}
ORDER = ("public", "mine", "account", "api", "feeds", "admin")
#: Not doors of the product: the catch-alls, the styleguide, and the demo's letters.
APART = ("styleguide", "sent_", ":unknown")


@dataclass(frozen=True, slots=True)
class Door:
    """One address and method. ``path`` with real things in it; ``shown`` with their kinds."""

    name: str
    table: str
    method: str
    shown: str
    path: str

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.shown


def patterns(resolver: Any = None, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, URLPattern]]:
    """(full name, pattern) of everything that has a name."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one, (*spaces, one.namespace) if one.namespace else spaces)
        elif isinstance(one, URLPattern) and one.name:
            yield ":".join((*spaces, one.name)), one


def table_of(name: str) -> str | None:
    """The table that a door stands in; None: it isn't ours."""
    if any(word in name for word in APART):
        return None
    for table in ("api", "feeds", "admin", "account", "mine", "public"):
        if name.startswith(TABLES[table]):
            return table
    return None


def doors(scene: Scene, only: str) -> list[Door]:
    """The doors of one table, in the order of the documentation."""
    found = {}
    for name, pattern in patterns():
        table = table_of(name)
        if table != only:
            continue
        words = {word: thing_for(name, word) for word in pattern.pattern.converters}
        values = {word: value_of(scene, name, word, thing) for word, thing in words.items()}
        values |= {word: uuid.UUID(int=0) for word, one in pattern.pattern.converters.items() if is_uuid(one)}
        path = reverse(name, kwargs=values)
        shown = reverse(
            name, kwargs={word: SAMPLE[type(conv).__name__] for word, conv in pattern.pattern.converters.items()}
        )
        for word, conv in pattern.pattern.converters.items():
            shown = shown.replace(SAMPLE[type(conv).__name__], f"‹{words[word].replace('_', ' ')}›", 1)
        for method in METHODS if table == "api" else METHODS[:2]:
            found[table, path, method] = Door(name, table, method, shown, path)
    return sorted(found.values(), key=lambda door: (ORDER.index(door.table), door.shown, METHODS.index(door.method)))


def is_uuid(converter: Any) -> bool:
    return type(converter).__name__ == "UUIDConverter"


#: Values that survive `reverse` and are found again in the path.
SAMPLE = {
    "IntConverter": "990099",
    "SlugConverter": "slug-0-slug",
    "StringConverter": "str-0-str",
    "UUIDConverter": "00000000-0000-4000-8000-000000000000",
    "PathConverter": "path-0-path",
}

#: The kind of thing that a word in an address stands for: by the name's beginning, then for all.
THINGS = {
    "booking_agreements": {"pk": "agreement", "row": "document"},
    "booking_agreements:done": {"row": "task_date"},
    "booking_agreements:stop_task": {"row": "task"},
    "booking:my_activit": {"slug": "organisation", "pk": "activity"},
    "booking:my_agreement": {"reference": "agreement", "pk": "document"},
    "booking:my_agreement_done": {"reference": "agreement", "pk": "task_date"},
    "booking_meetings": {"pk": "meeting", "row": "commitment"},
    "booking_meetings:withdraw_point": {"row": "point"},
    "booking:meeting": {"reference": "meeting", "pk": "commitment"},
    "booking:meeting_point_back": {"pk": "point"},
    "booking_api:meeting": {"ref": "meeting"},
    "booking_permits": {"pk": "permit", "row": "permit_document"},
    "booking_requirements": {"pk": "requirement"},
    "booking_uses": {"pk": "use"},
    "booking:case_permit": {"pk": "permit"},
    "booking:case_permit_document": {"pk": "permit_document"},
    "booking_api:request_permit": {"number": "permit"},
    "booking_works": {"pk": "works"},
    "booking_seasons": {"pk": "season", "number": "wish"},
    "booking:season": {"slug": "season", "organisation": "organisation", "number": "wish"},
    "booking_api:season": {"slug": "season"},
    "booking_rulesets": {"pk": "notice_rules"},
    "booking:works_": {"reference": "works"},
    "booking_api:works": {"ref": "works"},
    **{
        f"booking:season_{word}": {
            "slug": "hall_round",
            "number": "proposal",
            "pk": "slot",
            "organisation": "club_slug",
        }
        for word in ("proposal", "compare", "print", "organisation", "slot")
    },
    "booking:season_meeting": {"slug": "hall_round", "number": "table"},
    "booking:season_run": {"slug": "hall_round", "pk": "draft_run"},
    "booking_api:season_proposal": {"slug": "hall_round", "number": "proposal"},
    "booking_api:season_diff": {"slug": "hall_round", "number": "proposal"},
    **{
        f"booking_api:season_{word}": {"slug": "hall_round", "number": "proposal"}
        for word in ("publish", "withdraw", "undo")
    },
    "booking_api:season_comments": {"slug": "heard_round", "number": "heard"},
    "booking_api:season_adopt": {"slug": "heard_round", "number": "heard"},
    **{
        f"booking:season_{word}": {"slug": "heard_round", "pk": "comment", "organisation": "club_slug"}
        for word in ("hearing", "say", "unsay", "confirm")
    },
    "booking:season_say_about": {"slug": "heard_round", "number": "heard"},
    "booking:season_swap": {"slug": "heard_round", "pk": "swap", "organisation": "club_slug"},
    "booking:season_timetable": {"slug": "running_round"},
    "booking:my_hours": {"slug": "organisation", "pk": "allocation"},
    **{f"booking:my_hours_{word}": {"slug": "organisation", "pk": "season_date"} for word in ("release", "use")},
    "booking:my_hours_release_rest": {"slug": "organisation", "pk": "allocation"},
    "booking:my_hours_figures": {"slug": "organisation", "season": "running_round"},
    **{f"booking_seasons:{word}": {"pk": "heard_round", "row": "comment"} for word in ("hearing", "answer", "adopt")},
    "booking_seasons:running": {"pk": "running_round"},
    "booking_seasons:use": {"pk": "running_round"},
    "booking:season_use": {"slug": "running_round"},
    "booking_api:insight_season": {"slug": "running_round"},
    "booking_api:insight_season_own": {"slug": "running_round", "organisation": "organisation"},
    "booking_feeds:season": {"slug": "running_round"},
    **{
        f"booking_seasons:{word}": {"pk": "hall_round", "row": "draft_run"}
        for word in ("proposals", "calculate", "simulate", "stop_draft")
    },
    "booking_calendars_in": {"pk": "calendar", "row": "calendar_block"},
    "booking_webhooks": {"pk": "webhook", "row": "webhook_delivery"},
    "booking_people": {"pk": "person", "absence": "absence"},
    "booking:fault": {"reference": "fault_case"},
    "booking_timeline": {"pk": "granted_line"},
    "booking_closures": {"pk": "closure"},
    "booking_faults": {"pk": "fault"},
    "booking_caretakers": {"pk": "link"},
    "booking_feeds:organisation": {"slug": "organisation"},
    "booking_feeds:secret": {"feed_id": "feed", "secret": "secret", "slug": "name"},
    "booking_api:feed": {"feed_id": "feed"},
    "booking:my_calendar": {"feed_id": "feed"},
    "booking_calendars": {"feed_id": "feed"},
    "booking_texts": {"pk": "grounds"},
    "booking_duty_kinds": {"pk": "duty_kind"},
    "booking_duty_plans": {"pk": "duty_plan"},
    "booking_api:duty_": {"number": "duty"},
    "booking_parked": {"pk": "parked"},
    "booking_routing": {"pk": "routing"},
    "booking_retention": {"pk": "retention"},
    "booking_consent_texts": {"pk": "consent_text"},
    "booking:follow_organisation": {"slug": "organisation"},
    "booking:organisation_calendar": {"slug": "organisation"},
    "booking_cases": {"pk": "case"},
    "booking_cases:view": {"pk": "saved_view"},
    "booking_outbox": {"pk": "letter"},
    "booking_resources": {"pk": "resource"},
    "booking_resources:stock": {"pk": "chairs"},
    "booking_units": {"pk": "unit", "exception": "unit_exception"},
    "booking_features": {"pk": "feature"},
    "booking_kits": {"pk": "kit"},
    "booking:kit": {"slug": "kit"},
    "booking_organisations": {"pk": "organisation"},
    "booking_leaders": {"pk": "matter"},
    "booking_api:organisation": {"slug": "organisation"},
    "booking_api:members": {"slug": "organisation"},
    "booking:organisation": {"slug": "organisation"},
    "booking:leader_lost": {"slug": "organisation"},
    "booking:my_invite_revoke": {"pk": "invitation"},
    "booking:my_hand_over": {"pk": "offer"},
    "booking:my_take_back": {"pk": "offer"},
    "booking:my_": {"slug": "organisation", "pk": "membership"},
    "": {"slug": "resource", "reference": "case", "ref": "case", "number": "line"},
}


def thing_for(name: str, word: str) -> str:
    """The name of the thing in the scene; the word itself where the address takes something else."""
    fitting = sorted((start for start in THINGS if name.startswith(start)), key=len, reverse=True)
    return next((THINGS[start][word] for start in fitting if word in THINGS[start]), word)


def value_of(scene: Scene, name: str, word: str, thing: str) -> Any:
    """What stands in the address. A word without a thing gets something that doesn't exist anywhere."""
    if thing in ("line", "duty"):
        return 1
    found = scene.things.get(thing)
    if found is None:
        return FIXED.get(word, 990099)
    if word in ("slug", "organisation", "season"):
        return found.slug
    if thing in ("wish", "proposal", "table", "heard"):
        return found.number
    if word == "feed_id":
        return found.feed_id
    return found.reference if word in ("reference", "ref") else found.pk


#: Words that aren't things: one of each kind.
FIXED = {
    "act": "ask",
    "kind": "venue",
    "provider": "idporten",
    "token": "nonsense",
    "code": "not_found",
    "slug": "x",
    "secret": "nonsense",
}


#: What is sent to doors that look at the form of a body before they look at the person.
BODIES = {
    "line_reply": {"reply": "loss"},
    "series_dates": {"day": "2050-07-01"},
    "request_decide": {"lines": [{"id": 1, "outcome": "grant"}]},
    "request_ask": {"message": "Hvor mange blir dere?"},
    "request_answer_appeal": {"outcome": "uphold", "grounds": "Fordi."},
    "request_appeal": {"message": "Vi klager."},
    "request_dismiss": {"grounds": "Fordi."},
    "request_hand_over": {"unit": "teknisk", "reason": "Fordi."},
    "request_holding_reply": {"until": "2050-07-01"},
    "request_messages": {"message": "Hei"},
    "request_permit": {"state": "applied"},
    "season_proposals": {"name": "Vårt", "last_season": True},
    "season_comments": {"text": "Hei"},
    "season_adopt": {"grounds": "Fordi."},
    "feeds": {"kind": "person"},
}


def walk(scene: Scene, door: Door) -> list[str] | None:
    """What everybody meets at the door, in the order of the columns; None: the address hasn't the method.

    It has it when somebody gets in, or when what it is about can't be had here. Pages are drawn for those who are
    asked first: who gets in is known before anything is drawn, and drawing is most of the time.
    """
    met = {who: meet(scene, door, who) for who in PROBES}
    if "yes" not in met.values() and (door.method != "get" or "" in met.values()):
        return None
    with undrawn():
        return [met[who] if who in met else meet(scene, door, who) for who in WHO]


@contextmanager
def undrawn() -> Iterator[None]:
    """Django's templates give nothing meanwhile."""
    drawing = Template.render
    Template.render = lambda self, context=None, request=None: SafeString()  # type: ignore[method-assign]
    try:
        yield
    finally:
        Template.render = drawing  # type: ignore[method-assign]


def meet(scene: Scene, door: Door, who: str) -> str:
    """What that person meets at the door. Whatever happens behind it is undone."""
    client = scene.client(who)
    options: dict[str, Any] = {}
    if door.table == "api" and door.method != "get":
        options = {"data": BODIES.get(door.name.partition(":")[2], {}), "content_type": "application/json"}
    with transaction.atomic():
        answer = getattr(client, door.method)(door.path, **options)
        transaction.set_rollback(True)
    return word_for(answer)


def word_for(answer: Any) -> str:
    """The cell for an answer; "" where there is no such method."""
    status = answer.status_code
    if status in (301, 302, 303):
        target = answer["Location"].partition("?")[0]
        if target.endswith(("/account/login/", "/admin/login/")):
            return "log in"
        return "no" if target == "/admin/" else "yes"
    if status >= 500:
        return f"BROKEN {status}"
    return {401: "log in", 403: "no", 404: "–", 410: "–", 405: ""}.get(status, "yes")


# --- the documentation ----------------------------------------------------------------------------------------------

MARK = re.compile(r"<!-- table: (\w+) -->\n.*?<!-- end -->", re.DOTALL)


def render(rows: dict[tuple[str, str], list[str]], table: str) -> str:
    """The table in Markdown."""
    lines = [
        f"<!-- table: {table} -->",
        "| door | " + " | ".join(WHO.values()) + " |",
        "|---" * (len(WHO) + 1) + "|",
    ]
    for (method, shown), cells in rows.items():
        lines.append(f"| {method.upper()} `{shown}` | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "<!-- end -->"])


def written(table: str) -> dict[tuple[str, str], list[str]]:
    """What the documentation says: cells by (method, address)."""
    rows = {}
    text = next(match[0] for match in MARK.finditer(DOC.read_text()) if match[1] == table)
    for line in text.splitlines():
        if match := re.match(r"\| (GET|POST|DELETE) `([^`]+)` \| (.*) \|$", line):
            rows[match[1].lower(), match[2]] = [cell.strip() for cell in match[3].split(" | ")]
    return rows


def write(rows: dict[tuple[str, str], list[str]], table: str) -> None:
    """The table anew; the words around it and the other tables stay."""
    DOC.write_text(MARK.sub(lambda match: render(rows, table) if match[1] == table else match[0], DOC.read_text()))
