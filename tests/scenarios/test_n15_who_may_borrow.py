"""N15 (who): clubs with a number, groups without one and private persons; rules say who may have what.

"They can't offer us money, but they have tools that can help us": premises, equipment, people.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from booking.cases import drafts, services
from booking.foundation import clock
from booking.organisations.models import Organisation
from tests import factories as f
from tests.scenarios.conftest import Stage


def codes(stage: Stage, user: object, moment: Callable[[int, int], datetime], **fields: object) -> set[str]:
    """What stands in the way of this person's request."""
    line = {"resource": "lillebyhallen", "start": moment(9, 18).isoformat(), "end": moment(9, 20).isoformat()}
    draft = drafts.parse({"purpose": "Treff", "lines": [line], **fields}, user=user)
    check = services.check_request(draft, user=user, now=clock.now())
    found = [*check.verdicts, *(verdict for one in check.lines for verdict in one.verdicts)]
    return {verdict.code for verdict in found if verdict.blocks}


def test_a_group_without_a_number_asks_the_day_it_registers_and_is_verified_by_people(
    stage: Stage, moment: Callable[[int, int], datetime]
) -> None:
    amina = f.make_user("Amina Hassan")
    form = {"name": "Kvinnegruppa Sammen", "number": "", "kind": "informal", "language": "nb", "activities": "sy, mat"}
    browser = stage.browser(amina)
    browser.post("/organisations/new/", form)
    group = Organisation.objects.get(name="Kvinnegruppa Sammen")
    assert (group.state, group.number) == ("unverified", None)
    assert codes(stage, amina, moment, organisation=group.slug) == set()
    # A thing may ask for more: then a person at the municipality looks first.
    stage.hall.unverified_may_ask = False
    stage.hall.save()
    assert codes(stage, amina, moment, organisation=group.slug) != set()
    stage.browser(stage.unit.officer).post(f"/admin/booking/organisations/verify/{group.pk}/")
    assert codes(stage, amina, moment, organisation=group.slug) == set()
    assert amina.email in [letter.to[0] for letter in stage.post_goes_out()]


def test_private_persons_ask_only_for_what_is_lent_to_them(
    stage: Stage, moment: Callable[[int, int], datetime]
) -> None:
    person = f.make_user("Per Privat")
    assert codes(stage, person, moment) != set()
    stage.hall.private_persons = True
    stage.hall.save()
    assert codes(stage, person, moment) == set()


def test_a_coach_brings_a_helper_in_by_a_link_and_the_helper_books(
    stage: Stage, moment: Callable[[int, int], datetime]
) -> None:
    """Late in the evening, on the phone: no form for the municipality, no password."""
    desk = stage.browser(stage.coach)
    desk.post(f"/my/organisations/{stage.club.slug}/invite/", {"role": "booker", "email": "hjelper@example.org"})
    [letter] = [one for one in stage.post_goes_out() if one.to == ["hjelper@example.org"]]
    link = next(word for word in letter.body.split() if "/invitations/" in word)
    helper = f.make_user("Hanne Hjelper", email="hjelper@example.org")
    path = link[link.index("/invitations/") :]
    assert stage.browser(helper).post(path)["Location"] == f"/my/organisations/{stage.club.slug}/"
    assert codes(stage, helper, moment, organisation=stage.club.slug) == set()
