"""Every letter in every language, against stored snapshots (tests/correspondence/snapshots).

A changed letter fails here. Read the difference; when it is meant, run with ``UPDATE_SNAPSHOTS=1`` and commit it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from django.utils import translation

from booking.cases import services
from booking.cases.links import case_url
from booking.cases.models import Case
from booking.cases.services import LineOutcome
from booking.catalogue import selectors as catalogue_selectors
from booking.catalogue import services as catalogue
from booking.correspondence import registry
from booking.correspondence.letters import Letter
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.occupancy import services as occupancy
from booking.privacy.services import erase_person
from tests import factories
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SNAPSHOTS = Path(__file__).parent / "snapshots"
LANGUAGES = [code for code, _name in django_settings.LANGUAGES]


class Scene:
    """A hall with names in three languages, a club, and everything that can be written about them."""

    def __init__(self) -> None:
        unit = factories.make_unit(
            "Kultur og idrett", name_en="Culture and sports", email="kultur@example.org", phone="12 34 56 78"
        )
        self.officer = unit.officer
        self.unit = unit
        self.hall = factories.make_resource("Lillebyhallen", name_en="Lilleby hall", unit=unit)
        self.chairs = factories.make_stock("Stoler", 40, name_nn="Stolar", name_en="Chairs", unit=unit)
        self.coach = factories.make_user("Kari Trener")
        self.club = factories.make_organisation("Lilleby <IL> & co", leader=self.coach)

    def ask(self, *lines: tuple[Any, int, int], user: Any = None, **fields: Any) -> Case:
        from booking.cases import drafts

        data = {
            "organisation": self.club.slug,
            "title": "Vintercup",
            "lines": [
                {
                    "resource": resource.slug,
                    "quantity": quantity,
                    "start": (datetime(2026, 3, 9, 17, tzinfo=UTC) + timedelta(days=day)).isoformat(),
                    "end": (datetime(2026, 3, 9, 19, tzinfo=UTC) + timedelta(days=day)).isoformat(),
                }
                for resource, day, quantity in lines
            ],
        } | fields
        return services.submit_request(drafts.parse(data, user=self.coach), user=self.coach, now=NOW)

    def decide(self, case: Case, *outcomes: str, grounds: str = "Hallen er leid ut til <turnering>.") -> Case:
        wanted = [LineOutcome(number, outcome) for number, outcome in enumerate(outcomes, start=1)]
        return services.decide_lines(case, wanted, grounds, by=self.officer, now=NOW)


def receipt(scene: Scene) -> str:
    scene.ask((scene.hall, 0, 1), (scene.chairs, 0, 30), message="Vi trenger garderobe.\nHilsen Kari")
    return "case_receipt"


def receipt_slow_weeks(scene: Scene) -> str:
    scene.unit.slow_weeks.create(start=date(2026, 3, 2), end=date(2026, 3, 20), promise_days=18, reason="Vinterferie.")
    scene.ask((scene.hall, 0, 1))
    return "case_receipt"


def receipt_asked_anyway(scene: Scene) -> str:
    scene.hall.max_minutes = 60
    scene.hall.save()
    scene.ask((scene.hall, 0, 1), override_reason="Cupfinale")
    return "case_receipt"


def receipt_granted(scene: Scene) -> str:
    scene.hall.approval = "automatic"
    scene.hall.save()
    scene.ask((scene.hall, 0, 1))
    return "case_receipt"


def receipt_partly_granted(scene: Scene) -> str:
    scene.hall.approval = "automatic"
    scene.hall.save()
    scene.ask((scene.hall, 0, 1))
    OutboxMessage.objects.all().delete()
    scene.ask((scene.hall, 0, 1), (scene.hall, 1, 1), (scene.chairs, 1, 5), if_taken="waiting_list")
    return "case_receipt"


def receipt_conflict(scene: Scene) -> str:
    """Somebody else answers, and never why (needs N10)."""
    scene.unit.deputy = factories.make_officer(scene.unit, "Dina Stedfortreder")
    scene.unit.save()
    factories.give_membership(scene.officer, scene.club, "board")
    scene.ask((scene.hall, 0, 1))
    return "case_receipt"


def receipt_enquiry(scene: Scene) -> str:
    services.submit_enquiry(
        message="Hvem rydder skiløypa?", unit=scene.unit, contact_email="besoker@example.org", now=NOW
    )
    return "case_receipt"


def granted(scene: Scene) -> str:
    scene.decide(scene.ask((scene.hall, 0, 1), (scene.chairs, 0, 30)), "grant", "grant", grounds="")
    return "case_decision"


def refused(scene: Scene) -> str:
    scene.decide(scene.ask((scene.hall, 0, 1)), "refuse")
    return "case_decision"


def partly(scene: Scene) -> str:
    scene.decide(scene.ask((scene.hall, 0, 1), (scene.hall, 1, 1), (scene.chairs, 0, 1)), "grant", "refuse")
    return "case_decision"


def waiting_list_decided(scene: Scene) -> str:
    scene.decide(scene.ask((scene.hall, 0, 1)), "waiting_list")
    return "case_decision"


def waiting_list_rival(scene: Scene) -> str:
    rival = scene.ask((scene.hall, 0, 1))
    scene.decide(scene.ask((scene.hall, 0, 1)), "grant")
    assert rival.lines.get().state == "waiting_list"
    return "case_waiting_list"


def withdrawn(scene: Scene) -> str:
    case = scene.ask((scene.hall, 0, 1), (scene.chairs, 0, 30))
    services.withdraw_line(case, 1, by=scene.coach, now=NOW)
    return "case_withdrawn"


def cancelled(scene: Scene) -> str:
    case = scene.decide(scene.ask((scene.hall, 0, 1)), "grant")
    services.withdraw_case(case, by=scene.coach, now=NOW)
    return "case_withdrawn"


def _close(scene: Scene) -> Any:
    scene.decide(scene.ask((scene.hall, 0, 1)), "grant")
    start = datetime(2026, 3, 9, tzinfo=UTC)
    return occupancy.close_resource(scene.hall, start=start, end=start + timedelta(days=1), reason="Lekkasje", now=NOW)


def displaced(scene: Scene) -> str:
    _close(scene)
    return "case_displaced"


def restored(scene: Scene) -> str:
    occupancy.reopen(_close(scene).closure, now=NOW)
    return "case_restored"


def message(scene: Scene) -> str:
    """The leader calls the coach by name: at once."""
    case = scene.ask((scene.hall, 0, 1))
    services.add_message(case, by=scene.officer, body="@Kari Hvor mange kommer?\n<b>Svar</b> gjerne i dag.", now=NOW)
    return "case_message"


def message_to_officer(scene: Scene) -> str:
    case = scene.ask((scene.hall, 0, 1))
    services.add_message(case, by=scene.coach, body="Får vi nøkkel?", needs_answer=True, now=NOW)
    return "case_message_to_officer"


def note_to_you(scene: Scene) -> str:
    """A colleague's note, with names in it that outsiders don't see."""
    case = scene.ask((scene.hall, 0, 1))
    boss = factories.make_leader(scene.unit)
    services.add_message(case, by=scene.officer, body="@Lise Er dette <greit>?", internal=True, now=NOW)
    assert boss.is_active
    return "case_note_to_you"


def _talk(scene: Scene) -> Case:
    case = scene.ask((scene.hall, 0, 1))
    for minute, by, body in (
        (0, scene.officer, "Hallen er ryddet."),
        (3, scene.coach, "Takk!"),
        (9, scene.officer, "Bare hyggelig <3"),
    ):
        services.add_message(case, by=by, body=body, now=NOW + timedelta(minutes=minute))
    return case


def talk(scene: Scene) -> str:
    """Two of the officer's messages in one letter, without the reader's own."""
    _talk(scene)
    OutboxMessage.objects.filter(handler="case_talk").exclude(recipient=scene.coach.email).delete()
    return "case_talk"


def talk_to_officer(scene: Scene) -> str:
    _talk(scene)
    OutboxMessage.objects.filter(handler="case_talk", recipient=scene.coach.email).delete()
    return "case_talk"


def evening(scene: Scene) -> str:
    services.choose_mail(by=scene.coach, wishes={"talk": "evening"})
    _talk(scene)
    return "case_evening"


def talk_taken(scene: Scene) -> str:
    """Where e-mail comes in, the letter says that it can be answered."""
    return talk(scene)


def holding_reply(scene: Scene) -> str:
    services.holding_reply(
        scene.ask((scene.hall, 0, 1)), until=date(2026, 4, 10), message="Vi venter på <befaring>.",
        by=scene.officer, now=NOW,
    )  # fmt: skip
    return "case_holding_reply"


def asked(scene: Scene) -> str:
    services.ask(scene.ask((scene.hall, 0, 1)), message="Hvor mange kommer?", by=scene.officer, now=NOW)
    return "case_asked"


def _handed(scene: Scene, times: int = 1) -> Case:
    case = scene.ask((scene.hall, 0, 1))
    other = factories.make_unit("Teknisk", name_en="Technical", phone="87 65 43 21")
    factories.make_leader(scene.unit)
    for number in range(times):
        here, there = (scene.unit, other) if number % 2 == 0 else (other, scene.unit)
        services.hand_over(case, unit=there, reason="Gjelder uteområdet.", by=here.officer, now=NOW)
    return case


def handed_over(scene: Scene) -> str:
    _handed(scene)
    return "case_handed_over"


def given_to_you(scene: Scene) -> str:
    _handed(scene)
    return "case_given_to_you"


def handed_often(scene: Scene) -> str:
    _handed(scene, 4)
    return "case_handed_often"


def _late(scene: Scene, days: int) -> None:
    factories.make_leader(scene.unit)
    scene.ask((scene.hall, 0, 1), (scene.chairs, 0, 30))
    scene.ask((scene.hall, 1, 1), title="Vårmønstring")
    with clock.at(NOW + timedelta(days=days)):
        services.run_steps(NOW + timedelta(days=days))


def last_day(scene: Scene) -> str:
    _late(scene, 11)
    return "case_last_day"


def late_status(scene: Scene) -> str:
    _late(scene, 31)
    return "case_late_status"


def digest(scene: Scene) -> str:
    _late(scene, 15)
    return "staff_digest"


def late_in_your_unit(scene: Scene) -> str:
    _late(scene, 15)
    return "staff_late"


def stands_in(scene: Scene) -> str:
    days = {"start": date(2026, 3, 9), "end": date(2026, 3, 13)}
    catalogue.record_absence(user=scene.officer, deputy=scene.unit.deputy, by=scene.officer, now=NOW, **days)
    return "staff_stands_in"


def has_got(scene: Scene) -> str:
    """A unit, a thing and a case at once; more than a letter names stands on the page."""
    scene.hall.officer = scene.officer
    scene.hall.save()
    scene.ask((scene.chairs, 0, 30))
    rows = [
        (section.kind.name, row.key)
        for section in catalogue_selectors.carried_by(scene.officer, NOW.date())
        for row in section.rows
        if row.movable
    ]
    wishes = [catalogue.Wish(kind, key, scene.unit.deputy) for kind, key in rows]
    reason = "Ola begynner i <Bodø>. Sigrid tar over."
    catalogue.hand_over_carried(wishes, leaver=scene.officer, reason=reason, by=scene.officer, now=NOW)
    return "staff_has_got"


def dismissed(scene: Scene) -> str:
    services.dismiss(scene.ask((scene.hall, 0, 1)), grounds="Ikke kommunens hall.", by=scene.officer, now=NOW)
    return "case_dismissed"


def _appeal(scene: Scene) -> Case:
    case = scene.decide(scene.ask((scene.hall, 0, 1)), "refuse")
    return services.appeal(case, message="Vi var først.", by=scene.coach, now=NOW)


def appealed(scene: Scene) -> str:
    _appeal(scene)
    return "case_appealed"


def appeal_upheld(scene: Scene) -> str:
    services.answer_appeal(_appeal(scene), outcome="uphold", grounds="Hallen er stengt.", by=scene.officer, now=NOW)
    return "case_appeal_answered"


def appeal_reopened(scene: Scene) -> str:
    services.answer_appeal(_appeal(scene), outcome="reopen", grounds="Dere var først.", by=scene.officer, now=NOW)
    return "case_appeal_answered"


def privacy_erased(scene: Scene) -> str:
    person = factories.make_user("Xenia Ulvesdatter", email="xenia@example.org")
    erase_person(user=person, by=person, now=NOW)
    return "privacy_erased"


def offered(scene: Scene) -> str:
    first = scene.decide(scene.ask((scene.hall, 0, 1)), "grant")
    scene.ask((scene.hall, 0, 1), if_taken="waiting_list")
    services.withdraw_case(first, by=scene.coach, now=NOW)
    return "case_offered"


def offer_expired(scene: Scene) -> str:
    offered(scene)
    services.run_offers(NOW + timedelta(days=2))
    return "case_offer_expired"


def _take_back(scene: Scene, day: int = 14, **fields: Any) -> Case:
    case = scene.decide(scene.ask((scene.hall, day, 1)), "grant")
    start = datetime(2026, 3, 9, 17, tzinfo=UTC) + timedelta(days=day + 1)
    instead = [services.Instead(1, scene.hall, start, start + timedelta(hours=2))]
    values = {"reason": "Valglokale for <kommunestyret>.", "by": scene.officer, "now": NOW, "instead": instead}
    return services.take_back(case, [1], **(values | fields))


def taken_back(scene: Scene) -> str:
    _take_back(scene)
    return "case_taken_back"


def taken_back_soon(scene: Scene) -> str:
    _take_back(scene, -6, kind="emergency", reason="Vannlekkasje i hallen.")
    return "case_taken_back"


def moved(scene: Scene) -> str:
    case = _take_back(scene)
    start = datetime(2026, 3, 24, 17, tzinfo=UTC)
    end = start + timedelta(hours=2)
    services.accept_alternative(case, 1, resource=scene.hall, start=start, end=end, by=scene.coach, now=NOW)
    return "case_moved"


def objected(scene: Scene) -> str:
    services.object_to(_take_back(scene), 1, message="Vi har kamp.", by=scene.coach, now=NOW)
    return "case_objected"


def objection_answered(scene: Scene) -> str:
    objected(scene)
    case = Case.objects.latest("pk")
    services.answer_objection(case, 1, message="Valget kan ikke flyttes.", by=scene.officer, now=NOW)
    return "case_objection_answered"


def taken_back_ended(scene: Scene) -> str:
    services.end_take_back(_take_back(scene), 1, by=scene.officer, now=NOW + timedelta(days=15))
    return "case_taken_back_ended"


def _change(scene: Scene) -> Case:
    case = scene.decide(scene.ask((scene.hall, 0, 1)), "grant")
    start = datetime(2026, 3, 10, 17, tzinfo=UTC)
    wish = services.Wish(1, start, start + timedelta(hours=2), why="Kamp på mandag.")
    return services.propose_change(case, wish, by=scene.coach, now=NOW)


def change_received(scene: Scene) -> str:
    _change(scene)
    return "case_change_received"


def change_granted(scene: Scene) -> str:
    case = _change(scene)
    batch = case.lines.get().changes.get().batch
    services.decide_change(case, batch, outcome="grant", by=scene.officer, now=NOW)
    return "case_change_decided"


def change_refused(scene: Scene) -> str:
    case = _change(scene)
    batch = case.lines.get().changes.get().batch
    services.decide_change(case, batch, outcome="refuse", grounds="Hallen vaskes da.", by=scene.officer, now=NOW)
    return "case_change_decided"


def _proposed_move(scene: Scene) -> Case:
    case = scene.decide(scene.ask((scene.hall, 0, 1)), "grant")
    start = datetime(2026, 3, 10, 17, tzinfo=UTC)
    wish = services.Wish(1, start, start + timedelta(hours=2), why="Det er valg i hallen.")
    return services.propose_move(case, wish, by=scene.officer, now=NOW)


def move_proposed(scene: Scene) -> str:
    _proposed_move(scene)
    return "case_move_proposed"


def move_taken_back(scene: Scene) -> str:
    case = _proposed_move(scene)
    services.take_move_back(case, case.lines.get().changes.get().batch, by=scene.officer, now=NOW)
    return "case_move_over"


def move_declined(scene: Scene) -> str:
    case = _proposed_move(scene)
    batch = case.lines.get().changes.get().batch
    services.decline_move(case, batch, message="Da er det kamp.", by=scene.coach, now=NOW)
    return "case_move_answered"


def tie_declared(scene: Scene) -> str:
    factories.make_leader(scene.unit)
    services.declare_tie(scene.ask((scene.hall, 0, 1)), why="Datteren min spiller der.", by=scene.officer, now=NOW)
    return "case_tie_declared"


#: The day on which letters are read whose words depend on it.
READ_ON = {"last_day": 11, "late_status": 31, "digest": 15, "late_in_your_unit": 15}

SCENES: list[Callable[[Scene], str]] = [
    receipt, receipt_slow_weeks, receipt_asked_anyway, receipt_granted, receipt_partly_granted, receipt_conflict,
    receipt_enquiry,
    granted, refused, partly, waiting_list_decided, waiting_list_rival, withdrawn, cancelled, displaced, restored,
    message, message_to_officer, note_to_you, talk, talk_to_officer, talk_taken, evening,
    holding_reply, asked, handed_over, given_to_you, handed_often, last_day, late_status,
    digest, late_in_your_unit, stands_in, has_got, dismissed, appealed, appeal_upheld, appeal_reopened,
    privacy_erased,
    offered, offer_expired, taken_back, taken_back_soon, moved, objected, objection_answered, taken_back_ended,
    change_received, change_granted, change_refused, move_proposed, move_taken_back, move_declined, tie_declared,
]  # fmt: skip


def render(scene: Callable[[Scene], str], language: str) -> tuple[Letter, str]:
    """The letter, and all of it as one text with the case's address made plain."""
    with clock.at(NOW + timedelta(days=READ_ON.get(scene.__name__, 0))):
        row = OutboxMessage.objects.filter(handler=scene(Scene())).latest("pk")
        handler = registry.handler(row.handler)
        assert handler.still_valid(row.payload)
        letter = handler.write(row.payload, language)
    parts = [f"Subject: {letter.subject}", f"Reply-To: {letter.reply_to}", "", letter.text, letter.html or ""]
    text = "\n".join(parts)
    for case in Case.objects.all():
        text = text.replace(case_url(case.reference, language), "[the case]")
        text = text.replace(reverse("booking_cases:inspect", args=[case.pk]), "/[the case for staff]")
    text = re.sub(r"/desk/[\w-]{60,}/", "/desk/[a link that works once]/", text)
    text = re.sub(r"/admin/booking/people/\d+/", "/[the page of a person]/", text)
    return letter, text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_letter(scene: Callable[[Scene], str], language: str, settings: Any) -> None:
    if scene is talk_taken:
        settings.BOOKING = settings.BOOKING | {"mail_in": {"address": "svar@example.org"}}
    letter, text = render(scene, language)
    stored = SNAPSHOTS / f"{scene.__name__}.{language}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        stored.parent.mkdir(exist_ok=True)
        stored.write_text(text)
    assert stored.exists(), "no snapshot: read the letter, then run with UPDATE_SNAPSHOTS=1"
    assert text == stored.read_text()
    # One clear action; nothing that a title can break out of; no blank lines in heaps.
    assert letter.html is not None
    assert letter.html.count('class="action"') == 1
    assert "<turnering>" not in letter.html
    assert "<b>Svar" not in letter.html
    assert "&lt;" not in letter.text
    assert "\n\n\n" not in letter.text


def test_every_letter_of_the_product_has_a_scene() -> None:
    ours = {name for name in registry.handler_names() if name.startswith(("case_", "staff_", "privacy_"))}
    covered = set()
    for scene in SCENES:
        with clock.at(NOW):
            covered.add(scene(Scene()))
        OutboxMessage.objects.all().delete()
    assert covered == ours


def test_a_letter_speaks_one_language() -> None:
    """Whatever language the worker or the request happens to have."""
    texts = []
    for active in ("nb", "en"):
        with translation.override(active):
            _letter, text = render(receipt_partly_granted, "en")
        texts.append(text)
    assert "Lilleby hall: Tuesday March 10, 2026" in texts[0]
    assert "Lillebyhallen" not in texts[0]
    assert texts[0].replace("2026-0002", "") == texts[1].replace("2026-0004", "")
