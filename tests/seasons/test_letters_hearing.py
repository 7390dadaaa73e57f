"""Every letter of hearing, adoption and the running season in every language, against stored snapshots.

A changed letter fails here. Read the difference; when it is meant, run with ``UPDATE_SNAPSHOTS=1`` and commit it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import translation
from django.utils.translation import gettext

from booking.cases.models import Line, LineState
from booking.catalogue.models import Feature
from booking.correspondence import registry
from booking.correspondence.models import OutboxMessage
from booking.foundation import clock
from booking.organisations.models import Organisation
from booking.seasons.models import Allocation, Comment, ProposalState, SeasonRound, SwapOffer
from booking.seasons.selectors.adopting import preview
from booking.seasons.services.adopting import Accepted, adopt
from booking.seasons.services.confirming import remind_silent
from booking.seasons.services.hearing import answer_comment, comment, hear
from booking.seasons.services.running import release_rest, report_use
from booking.seasons.services.swapping import accept_swap, offer_swap
from tests.factories import NOW, make_organisation, make_user
from tests.seasons.conftest import Heard, make_line
from tests.seasons.test_hearing import swap
from tests.seasons.world import START, TODAY, Valley

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SNAPSHOTS = Path(__file__).parents[1] / "correspondence" / "snapshots"
LANGUAGES = [code for code, _name in django_settings.LANGUAGES]
GROUNDS = "Etter høringen, med <ett> bytte."


def other(valley: Valley, heard: Heard) -> Heard:
    """A proposal in which the club's hour is another, the choir's still none."""
    made = valley.proposal(
        heard[0], (heard[0].wishes.get(team="J13"), valley.hall.whole, 2, 17, 18), state=ProposalState.PUBLISHED
    )
    return heard[0], made


def season_hearing(valley: Valley, heard: Heard) -> datetime:
    hear(*other(valley, heard), by=valley.officer, now=NOW)
    return NOW


def season_hearing_without_hours(valley: Valley, heard: Heard) -> datetime:
    made = valley.proposal(
        heard[0], (heard[0].wishes.get(team="G14"), valley.hall.whole, 2, 17, 18), state=ProposalState.PUBLISHED
    )
    hear(heard[0], made, by=valley.officer, now=NOW)
    return NOW


def season_council(valley: Valley, heard: Heard) -> datetime:
    speaker = make_user("Maja Ungdomsråd")
    council = make_organisation("Ungdomsrådet", leader=speaker)
    council.kind, council.slug = "council", "ungdomsradet"
    council.save()
    valley.hall.whole.features.add(Feature.objects.create(slug="for-ungdom", name="For ungdom"))
    hear(*other(valley, heard), by=valley.officer, now=NOW)
    return NOW


def season_confirm(valley: Valley, heard: Heard) -> datetime:
    SeasonRound.objects.update(confirm_by=TODAY + timedelta(days=2))
    remind_silent(NOW)
    return NOW


def said(valley: Valley, heard: Heard) -> Comment:
    words = "Klokka 17 er <for tidlig>.\nDe bor langt unna."
    return comment(heard[1], words=words, kind="objection", by=valley.leader, organisation=valley.club, now=NOW)


def season_objection(valley: Valley, heard: Heard) -> datetime:
    said(valley, heard)
    return NOW


def season_answer(valley: Valley, heard: Heard) -> datetime:
    answer_comment(said(valley, heard), answer="Vi flytter dem til klokka <18>.", by=valley.officer, now=NOW)
    return NOW


def season_swap(valley: Valley, heard: Heard) -> datetime:
    slots = {slot.wish.team: slot for slot in heard[1].slots.all()}
    offer_swap(
        heard[1], ours_id=slots["G14"].pk, theirs_id=slots["J13"].pk, by=valley.handball_leader,
        organisation=valley.handball, words="Passer det <bedre>?", now=NOW,
    )  # fmt: skip
    return NOW


def season_swap_answer(valley: Valley, heard: Heard) -> datetime:
    accept_swap(SwapOffer.objects.get(pk=swap(valley, heard).pk), by=valley.handball_leader, now=NOW)
    return NOW


def season_adopted(valley: Valley, heard: Heard) -> datetime:
    """One date is somebody else's, and was left out."""
    adopt(heard[0], heard[1], grounds=GROUNDS, by=valley.officer, now=NOW, accepted=_left_out(valley, heard))
    return NOW


def _left_out(valley: Valley, heard: Heard) -> Accepted:
    (first, *_rest) = preview(heard[0], heard[1], now=NOW).dates.values()
    start, end = first[0].start, first[0].end
    make_line(valley, valley.hall.whole, start, end, state=LineState.GRANTED, organisation=valley.choir)
    codes = tuple(one.code for one in preview(heard[0], heard[1], now=NOW).clashes)
    return Accepted(codes, "Valget er i hallen.")


def season_adopted_without_hours(valley: Valley, heard: Heard) -> datetime:
    heard[1].slots.filter(wish__team="J13").delete()
    adopt(heard[0], heard[1], grounds=GROUNDS, by=valley.officer, now=NOW)
    return NOW


def season_adopted_again(valley: Valley, heard: Heard) -> datetime:
    adopt(heard[0], heard[1], grounds="Etter høringen.", by=valley.officer, now=NOW)
    OutboxMessage.objects.all().delete()
    changed = valley.proposal(
        heard[0], (heard[0].wishes.get(team="J13"), valley.hall.whole, 2, 17, 18),
        (heard[0].wishes.get(team="G14"), valley.hall.whole, 1, 18, 19.5), state=ProposalState.PUBLISHED,
    )  # fmt: skip
    found = SeasonRound.objects.get(pk=heard[0].pk)
    adopt(found, changed, grounds=GROUNDS, by=valley.officer, now=NOW)
    return NOW


def hours_of_the_club(valley: Valley, heard: Heard) -> Allocation:
    adopt(heard[0], heard[1], grounds="Etter høringen.", by=valley.officer, now=NOW)
    return Allocation.objects.get(wish__team="J13")


def season_released(valley: Valley, heard: Heard) -> datetime:
    row = hours_of_the_club(valley, heard)
    release_rest(row, since=START + timedelta(weeks=4), by=valley.coach, now=NOW)
    return NOW


def season_unused(valley: Valley, heard: Heard) -> datetime:
    row = hours_of_the_club(valley, heard)
    first, second = Line.objects.filter(series=row.series).order_by("start")[:2]
    for line in (first, second):
        report_use(line, used=False, by=valley.officer, now=line.end + timedelta(minutes=5))
    return second.end + timedelta(minutes=5)


SCENES: dict[str, Callable[[Valley, Heard], datetime]] = {
    scene.__name__: scene
    for scene in (
        season_hearing, season_hearing_without_hours, season_council, season_confirm, season_objection, season_answer,
        season_swap, season_swap_answer, season_adopted, season_adopted_without_hours, season_adopted_again,
        season_released, season_unused,
    )
}  # fmt: skip
#: To the officer: about the organisation, not to it.
TO_STAFF = ("season_objection",)
#: To an organisation that takes no part.
TO_OTHERS = ("season_council",)


def handler_of(scene: str) -> str:
    return scene.removesuffix("_without_hours").removesuffix("_again")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scene", SCENES)
def test_letter(valley: Valley, heard: Heard, scene: str, language: str) -> None:
    with translation.override(language):
        if language != "en" and gettext("Confirm your hours") == "Confirm your hours":
            pytest.skip("the translations are not there (tests/house/test_translations.py says so too)")
    Organisation.objects.filter(pk=valley.club.pk).update(slug="lil")
    valley.club.slug = "lil"
    now = SCENES[scene](valley, heard)
    rows = OutboxMessage.objects.filter(handler=handler_of(scene))
    if scene not in (*TO_STAFF, *TO_OTHERS):
        rows = rows.filter(payload__organisation=valley.club.pk)
    row = rows.earliest("pk")
    handler = registry.handler(row.handler)
    with clock.at(now):
        assert handler.still_valid(row.payload)
        letter = handler.write(row.payload, language)
    text = "\n".join([f"Subject: {letter.subject}", f"Reply-To: {letter.reply_to}", "", letter.text, letter.html or ""])
    if scene in TO_STAFF:
        text = text.replace(f"/hearing/{heard[0].pk}/", "/hearing/ROUND/")
    stored = SNAPSHOTS / f"{scene}.{language}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        stored.write_text(text)
    assert stored.exists(), "no snapshot: read the letter, then run with UPDATE_SNAPSHOTS=1"
    assert text == stored.read_text()
    assert letter.html is not None
    assert letter.html.count('class="action"') == 1
    for raw in ("<ett>", "<18>", "<for tidlig>", "<bedre>"):
        assert raw not in letter.html
    assert "&lt;" not in letter.text
    assert "\n\n\n" not in letter.text


def test_every_letter_of_the_seasons_has_a_snapshot() -> None:
    known = {name for name in registry.handler_names() if name.startswith("season_")}
    pictured = {handler_of(path.name.split(".")[0]) for path in SNAPSHOTS.glob("season_*.nb.txt")}
    assert known == pictured
