"""What rosters say about people: who is on which duty, and helpers without an account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from booking.cases.models import CoHost
from booking.cases.services.shared import lock_cases
from booking.correspondence.models import OutboxMessage
from booking.correspondence.services import forget_texts
from booking.foundation import personal
from booking.foundation.personal import Fact, PersonalData, Record, RetentionClass, address_of, naming
from booking.rosters import secrets, selectors
from booking.rosters.models import Duty, Helper, RosterLink, SignUp, SignUpState, Swap, SwapState
from booking.rosters.services.links import take_helper_off
from booking.rosters.services.signing import end


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="rosters",
            label=_("Duties and co-hosting"),
            why=_("So that the hosts know who opens, locks and helps, and can reach them."),
            goes=_(
                "Your places on dates to come, and your name, phone and e-mail where you signed up by a link without "
                "an account."
            ),
            stays=_("That somebody had a duty, on dates that are over, and which organisation asked and answered."),
            collect=_collect,
            erase=_erase,
            covers=(
                "samskap_booking.signup.user",
                "samskap_booking.swap.to_user",
                "samskap_booking.helper.name",
                "samskap_booking.helper.phone",
                "samskap_booking.helper.email",
                "samskap_booking.helper.contact_hash",
                "samskap_booking.helper.made_by",
                "samskap_booking.rosterlink.made_by",
                "samskap_booking.cohost.asked_by",
                "samskap_booking.cohost.answered_by",
            ),
        )
    )
    personal.not_about_people(
        "names a kind of duty", *(f"samskap_booking.dutykind.{name}" for name in ("name", "name_nn", "name_en"))
    )
    personal.register_retention(
        RetentionClass(
            name="roster_helpers",
            label=_("Helpers without an account"),
            what=_("First name, phone and e-mail are deleted after their last date. How many helped stays."),
            rows=_helpers_with_something,
            moment="last_on",
            keep=timedelta(days=30),
            forget=_forget_helpers,
        )
    )


def _helpers_with_something() -> QuerySet[Helper]:
    return Helper.objects.exclude(name="", phone="", email="")


def _forget_helpers(rows: QuerySet[Helper], now: datetime) -> int:
    return sum(_forget(one, now) for one in list(rows))


def _forget(helper: Helper, now: datetime) -> int:
    """Nobody can be found by it any more, nor opens their page. The letters to them had no text left anyway."""
    helper.name = helper.phone = helper.email = helper.contact_hash = ""
    helper.grown = False
    helper.revoked_at = helper.revoked_at or now
    # The link is random, and the way back to it is gone.
    fresh = secrets.new_link()
    helper.token_hash, helper.token_sealed, helper.key_id = fresh.token_hash, fresh.token_sealed, fresh.key_id
    helper.save()
    return 1


def _page(reference: str) -> str:
    try:
        return reverse("booking:case_duties", args=[reference])
    except NoReverseMatch:
        return ""


def _as_helper(user: Any) -> QuerySet[Helper]:
    address = address_of(user)
    return Helper.objects.filter(email__iexact=address) if address else Helper.objects.none()


def _collect(user: Any) -> Iterator[Record]:
    helpers = _as_helper(user)
    rows = SignUp.objects.filter(Q(user=user) | Q(helper__in=helpers)).select_related(
        "duty__line", "duty__kind", "duty__case", "organisation", "unit"
    )
    for row in rows.order_by("-at", "-pk").iterator(chunk_size=500):
        yield Record(
            selectors.words_of(row.duty),
            (
                Fact("case", _("Case"), row.duty.case.reference),
                Fact("duty", _("Duty"), selectors.words_of(row.duty)),
                Fact("start", _("From"), row.duty.line.start),
                Fact("signed_up_at", _("Signed up"), row.at),
                Fact("state", _("State"), str(row.get_state_display())),
                Fact("named", _("Your first name stood on the roster"), row.named),
            ),
            _page(row.duty.case.reference),
        )
    for helper in helpers.select_related("case").order_by("pk"):
        yield Record(
            _("Link to a duty roster"),
            (
                Fact("case", _("Case"), helper.case.reference),
                Fact("name", _("First name"), helper.name),
                Fact("phone", _("Phone"), helper.phone),
                Fact("email", _("E-mail"), helper.email),
            ),
        )
    for swap in Swap.objects.filter(to_user=user).select_related("sign_up__duty__case").order_by("pk"):
        yield Record(
            _("Asked to take over a duty"),
            (
                Fact("case", _("Case"), swap.sign_up.duty.case.reference),
                Fact("asked_at", _("When"), swap.asked_at),
                Fact("state", _("State"), str(swap.get_state_display())),
            ),
        )
    made = Helper.objects.filter(made_by=user).select_related("case").order_by("pk")
    for one in [*made, *RosterLink.objects.filter(made_by=user).select_related("case").order_by("pk")]:
        yield Record(
            _("A link to a roster that you made"),
            (Fact("case", _("Case"), one.case.reference), Fact("at", _("When"), one.created_at)),
            _page(one.case.reference),
        )
    hosts = CoHost.objects.filter(Q(asked_by=user) | Q(answered_by=user)).select_related("case", "organisation")
    for host in hosts.order_by("pk"):
        yield Record(
            _("Co-host"),
            (
                Fact("case", _("Case"), host.case.reference),
                Fact("organisation", _("Organisation"), host.organisation.name),
                Fact("asked_at", _("You asked"), host.asked_at if host.asked_by_id == user.pk else None),
                Fact("answered_at", _("You answered"), host.answered_at if host.answered_by_id == user.pk else None),
            ),
        )


def _erase(user: Any, now: datetime) -> int:
    """Off all dates to come, and no helper any more; what is over stays, and says no longer who it was."""
    touched = 0
    mine = SignUp.objects.filter(user=user, state=SignUpState.ON, duty__line__end__gt=now)
    helpers = _as_helper(user)
    ids = {*mine.order_by().values_list("duty__case_id", flat=True), *helpers.values_list("case_id", flat=True)}
    lock_cases(ids)
    for row in mine.select_related("duty").order_by("pk"):
        end(row, SignUpState.REMOVED, now=now)
        duty = Duty.objects.get(pk=row.duty_id)
        duty.filled -= 1
        duty.save(update_fields=["filled"])
        touched += 1
    SignUp.objects.filter(user=user, named=True).update(named=False)
    for helper in helpers.order_by("pk"):
        take_helper_off(helper, now=now)
        touched += _forget(helper, now)
    named = naming(user)
    for duty in Duty.objects.filter(named.in_any("words")).exclude(words=""):
        if named.is_in(duty.words):
            touched += Duty.objects.filter(pk=duty.pk).update(words=named.without(duty.words)[:80])
    touched += Swap.objects.filter(to_user=user, state=SwapState.OPEN).update(state=SwapState.LAPSED, answered_at=now)
    told = OutboxMessage.objects.filter(recipient_user=user, handler__startswith="duty_")
    return touched + forget_texts(told)
