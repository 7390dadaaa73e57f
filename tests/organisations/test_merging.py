"""Two entries become one: nothing is lost, nothing is left behind, and the old address leads on."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from wagtail.log_actions import registry as logs

from booking.cases.models import Case, CoHost
from booking.foundation.errors import Disqualified, Invalid, WrongState
from booking.organisations import selectors, services
from booking.organisations.followers import services as followers
from booking.organisations.followers.models import Follow
from booking.organisations.models import LeadershipOffer, Membership, Organisation
from booking.organisations.services.merging import consequences, relations, sweep_merged
from tests.factories import NOW, give_membership, make_number, make_officer, make_organisation, make_unit, make_user
from tests.staff.conftest import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(db):
    return make_unit().officer


@pytest.fixture
def pair(db):
    """The entry that goes (with everything), and the one that stays."""
    source = make_organisation("Lilleby IL", leader=True, slug="lilleby-il", activities="Håndball, Ski", listed=True)
    target = make_organisation("Lilleby Idrettslag", leader=True, slug="lilleby-idrettslag", activities="Ski")
    return source, target


def merge(pair, by):
    return services.merge_organisations(source=pair[0], target=pair[1], by=by, now=NOW)


def make_case(unit, number, **fields):
    return Case.objects.create(
        reference=f"2026-{number:04d}", kind="enquiry", unit=unit, received_at=NOW, revised_at=NOW, **fields
    )


def fill(source, target, unit):
    """A row in every table of our own that points at an organisation, and those that both may fill."""
    both = make_user("I begge")
    for organisation in (source, target):
        give_membership(both, organisation, "member")
    leader = source.memberships.filter(role="leader").get().user
    one, two, three = (make_case(unit, number) for number in (1, 2, 3))
    Case.objects.filter(pk=one.pk).update(organisation=source, requester_hat="organisation:lilleby-il")
    Case.objects.filter(pk=two.pk).update(organisation=target)
    for case, organisation in ((two, source), (three, source), (three, target), (one, target)):
        CoHost.objects.create(case=case, organisation=organisation)
    services.invite(organisation=source, role="member", by=leader, now=NOW)
    services.offer_leadership(organisation=source, to=both, by=leader, now=NOW)
    other = target.memberships.filter(role="leader").get().user
    services.offer_leadership(organisation=target, to=both, by=other, now=NOW)
    for organisation in (source, target):
        organisation.leader_matters.create(reason="left", message="Borte", filed_at=NOW, state="open", new_leader=both)
    followed = followers.follow_by_link(target=source, language="nb", now=NOW).follower
    Follow.objects.create(follower=followed, organisation=target, created_at=NOW)
    followers.follow_by_link(target=source, language="nb", now=NOW)
    followers.ask_by_email(target=source, address="elin@example.org", language="nb", now=NOW)
    older = make_organisation("Enda eldre")
    services.merge_organisations(source=older, target=source, by=unit.officer, now=NOW)
    return older


def test_nothing_points_at_the_old_entry_any_more_whatever_the_table(pair):
    source, target = pair
    unit = make_unit()
    older = fill(source, target, unit)
    before = {one: one.model._base_manager.filter(**{one.name: source}).count() for one in relations()}
    ours = {one for one in before if one.model.__module__.startswith("booking.organisations")}
    assert all(before[one] for one in ours), f"this test must fill {[one for one in ours if not before[one]]}"
    merge(pair, unit.officer)
    for one in relations():
        left = one.model._base_manager.filter(**{one.name: source})
        assert not left.exists(), one
    older.refresh_from_db()
    assert older.merged_into == target
    source.refresh_from_db()
    assert (source.state, source.merged_into, source.listed) == ("inactive", target, False)


def test_cases_and_hats_go_over_and_nobody_hosts_with_themselves(pair):
    source, target = pair
    unit = make_unit()
    fill(source, target, unit)
    merge(pair, unit.officer)
    one, two, three = Case.objects.order_by("reference")
    assert (one.organisation, one.requester_hat, one.version) == (target, "organisation:lilleby-idrettslag", 2)
    assert [host.organisation for host in three.co_hosts.all()] == [target]
    assert not one.co_hosts.exists()
    assert not two.co_hosts.exists()


def test_people_keep_their_roles_once_and_the_history(pair, clerk):
    source, target = pair
    both = make_user("I begge")
    for organisation in (source, target):
        give_membership(both, organisation, "booker")
    count = Membership.objects.count()
    merge(pair, clerk)
    assert Membership.objects.count() == count
    assert Membership.objects.filter(organisation=target, user=both, end=None).count() == 1
    assert Membership.objects.filter(organisation=target).count() == count


def test_an_offer_in_each_leaves_the_one_of_the_entry_that_stays(pair):
    unit = make_unit()
    fill(*pair, unit)
    merge(pair, unit.officer)
    assert sorted(LeadershipOffer.objects.values_list("state", flat=True)) == ["open", "withdrawn"]
    assert LeadershipOffer.objects.get(state="open").offered_by.name == "Leif Lagleder"


def test_the_log_of_both_is_read_together(pair, clerk):
    source, target = pair
    services.update_organisation(organisation=source, changes={"phone": "900 00 000"}, by=clerk, now=NOW)
    merge(pair, clerk)
    actions = [entry.action.rpartition(".")[2] for entry in logs.get_logs_for_instance(target).order_by("pk")]
    assert actions == ["changed", "merged"]
    assert logs.get_logs_for_instance(target).order_by("pk").first().label == "Lilleby IL"


def test_what_the_one_lacks_it_gets_and_its_own_is_kept(clerk):
    number = make_number()
    source = make_organisation("Turlaget", number=number, email="a@example.org", phone="900 00 000", website="")
    target = make_organisation("Turlaget 2", number=None, email="b@example.org")
    services.merge_organisations(source=source, target=target, by=clerk, now=NOW)
    target.refresh_from_db()
    source.refresh_from_db()
    assert (target.number, target.email, target.phone) == (number, "b@example.org", "900 00 000")
    assert source.number is None
    # Another thing than this number had been verified.
    assert target.state == "unverified"


def test_the_same_merge_twice_is_once_and_the_way_back_is_refused(pair, clerk):
    merge(pair, clerk)
    count = logs.get_logs_for_instance(pair[1]).count()
    assert merge(pair, clerk) == pair[1]
    assert logs.get_logs_for_instance(pair[1]).count() == count
    with pytest.raises(WrongState, match="merged"):
        merge(pair[::-1], clerk)
    with pytest.raises(WrongState, match="merged"):
        services.verify_organisation(organisation=pair[0], by=clerk, now=NOW)
    with pytest.raises(Invalid, match="same"):
        services.merge_organisations(source=pair[1], target=pair[1], by=clerk, now=NOW)


@pytest.mark.parametrize("which", [0, 1])
def test_who_leads_or_books_for_either_keeps_away(pair, clerk, which):
    give_membership(clerk, pair[which], "booker")
    with pytest.raises(Disqualified):
        merge(pair, clerk)
    assert not Organisation.objects.filter(merged_into__isnull=False).exists()


def test_an_inactive_entry_takes_nothing_in(pair, clerk):
    services.set_inactive(organisation=pair[1], by=clerk, now=NOW)
    with pytest.raises(WrongState, match="inactive"):
        merge(pair, clerk)


def test_what_was_written_in_the_moment_of_the_merge_is_moved_by_tick(pair, clerk):
    source, target = pair
    merge(pair, clerk)
    late = make_case(make_unit(), 9, organisation=source, requester_hat="organisation:lilleby-il")
    give_membership(make_user(), source, "member")
    assert sweep_merged(NOW) > 0
    late.refresh_from_db()
    assert (late.organisation, late.requester_hat) == (target, "organisation:lilleby-idrettslag")
    assert not source.memberships.exists()
    assert sweep_merged(NOW) == 0


def test_the_old_addresses_lead_on(pair, clerk, client):
    _source, target = pair
    Organisation.objects.filter(pk=target.pk).update(listed=True)
    leader = target.memberships.get().user
    merge(pair, clerk)
    answer = client.get("/organisations/lilleby-il/")
    assert (answer.status_code, answer["Location"]) == (301, "/organisations/lilleby-idrettslag/")
    assert client.get("/api/booking/v1/organisations/lilleby-il/").json()["slug"] == "lilleby-idrettslag"
    assert browser(leader).get("/my/organisations/lilleby-il/")["Location"] == "/my/organisations/lilleby-idrettslag/"
    # What isn't public is not given away by the old name either.
    Organisation.objects.filter(pk=target.pk).update(listed=False)
    assert client.get("/organisations/lilleby-il/").status_code == 404
    assert client.get("/api/booking/v1/organisations/lilleby-il/").status_code == 404


def test_staff_see_the_likely_ones_then_what_moves_and_then_do_it(pair):
    source, target = pair
    desk = browser(make_officer(make_unit(owned=False)))
    page = desk.get(reverse("booking_organisations:inspect", args=[source.pk])).content.decode()
    assert "Lilleby Idrettslag" in page
    address = reverse("booking_organisations:merge", args=[source.pk])
    shown = desk.get(address, {"target": target.pk})
    counted = {str(one.words): one.count for one in shown.context["consequences"]}
    assert sum(counted.values()) == sum(one.count for one in consequences(source)) > 0
    assert not Organisation.objects.filter(merged_into__isnull=False).exists()
    answer = desk.post(address, {"target": target.pk})
    assert answer["Location"] == reverse("booking_organisations:inspect", args=[target.pk])
    source.refresh_from_db()
    assert source.merged_into == target
    assert source not in selectors.visible_organisations(make_user(is_superuser=True), timezone.localdate())


def test_a_target_that_can_not_be_is_refused(pair):
    desk = browser(make_officer(make_unit(owned=False)))
    address = reverse("booking_organisations:merge", args=[pair[0].pk])
    for target in (pair[0].pk, 999999, "x", ""):
        assert desk.post(address, {"target": target}).status_code == 400
