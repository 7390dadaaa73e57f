"""What the catalogue knows about people: who answers for what, and when they are away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Absence, HandOver, Resource, ResourceState, Unit, UnitRole
from booking.catalogue.selectors.people import role_rows
from booking.correspondence.models import OutboxMessage
from booking.correspondence.services import forget_texts
from booking.foundation import personal
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.foundation.personal import GONE, Fact, Naming, Obstacle, PersonalData, Record, RetentionClass, naming

#: Letters to colleagues: who is away, and who has got what.
_LETTERS = ("staff_stands_in", "staff_has_got")


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="work",
            label=_("Your work for the municipality"),
            why=_("So that every thing has somebody who answers, and history says who did."),
            goes=_("Days on which you were away, and why your things were handed over."),
            stays=_(
                "That somebody had the role or the thing, from and to, and that it went to somebody else: who decided "
                "what must be found again."
            ),
            collect=_collect,
            erase=_erase,
            obstacles=_obstacles,
            covers=(
                "samskap_booking.unit.officer",
                "samskap_booking.unit.deputy",
                "samskap_booking.unit.substitute",
                "samskap_booking.unitrole.user",
                "samskap_booking.absence.user",
                "samskap_booking.absence.deputy",
                "samskap_booking.absence.recorded_by",
                "samskap_booking.handover.former",
                "samskap_booking.handover.receiver",
                "samskap_booking.handover.by",
                "samskap_booking.handover.seen_by",
                "samskap_booking.resource.officer",
                "samskap_booking.resource.deputy",
            ),
        )
    )
    personal.not_about_people(
        "an office",
        "samskap_booking.unit.name",
        "samskap_booking.unit.name_nn",
        "samskap_booking.unit.name_en",
        "samskap_booking.unit.email",
        "samskap_booking.unit.phone",
    )
    personal.not_about_people(
        "a thing or a place",
        "samskap_booking.kit.name",
        "samskap_booking.kit.name_nn",
        "samskap_booking.kit.name_en",
        "samskap_booking.feature.name",
        "samskap_booking.feature.name_nn",
        "samskap_booking.feature.name_en",
        "samskap_booking.resource.name",
        "samskap_booking.resource.name_nn",
        "samskap_booking.resource.name_en",
        "samskap_booking.resource.address",
    )
    personal.not_about_people(
        "a kind of use",
        "samskap_booking.usekind.name",
        "samskap_booking.usekind.name_nn",
        "samskap_booking.usekind.name_en",
    )
    personal.not_about_people("an office that grants something", "samskap_booking.permitrequirement.phone")
    personal.not_about_people("who owns a thing by the land register", "samskap_booking.resource.owner_name")
    _register_retention()


def _register_retention() -> None:
    personal.register_retention(
        RetentionClass(
            name="absences",
            label=_("Days on which employees were away"),
            what=_("Deleted. Who answered on those days stands in each case."),
            rows=_past_absences,
            moment="over_at",
            keep=timedelta(days=730),
            forget=lambda rows, now: rows.delete()[0],
        )
    )
    personal.register_retention(
        RetentionClass(
            name="hand_overs",
            label=_("Why something was handed over to somebody else"),
            what=_("The reason is emptied. What went from whom to whom, and when, stays."),
            rows=lambda: HandOver.objects.exclude(reason__in=["", GONE]),
            moment="at",
            keep=timedelta(days=730),
            forget=lambda rows, now: rows.update(reason=GONE),
        )
    )


def _past_absences() -> QuerySet[Absence]:
    return Absence.objects.annotate(over_at=Cast("end", DateTimeField()))


def _collect(user: Any) -> Iterator[Record]:
    for role in UnitRole.objects.filter(user=user).select_related("unit").order_by("pk").iterator(chunk_size=500):
        yield Record(
            str(localized(role.unit, "name")),
            (
                Fact("role", _("Role"), str(role.get_role_display())),
                Fact("from", _("From"), role.start),
                Fact("to", _("To"), role.end),
            ),
        )
    for unit in Unit.objects.filter(Q(officer=user) | Q(deputy=user) | Q(substitute=user)).order_by("pk"):
        yield _answers_for(unit, user)
    things = Resource.objects.filter(Q(officer=user) | Q(deputy=user)).order_by("pk")
    for thing in things.iterator(chunk_size=500):
        yield _answers_for(thing, user)
    for away in Absence.objects.filter(user=user).order_by("pk").iterator(chunk_size=500):
        yield Record(_("Away"), (Fact("from", _("From"), away.start), Fact("to", _("To"), away.end)))
    # When a colleague was away is theirs, but who stood in or noted it did so on those days.
    for others in Absence.objects.filter(Q(deputy=user) | Q(recorded_by=user)).exclude(user=user).order_by("pk"):
        words = _("You stood in for a colleague") if others.deputy_id == user.pk else _("You noted an absence")
        yield Record(words, (Fact("from", _("From"), others.start), Fact("to", _("To"), others.end)))
    moved = HandOver.objects.filter(_part_in(user)).order_by("-at", "-pk")
    for row in moved.iterator(chunk_size=500):
        yield Record(
            _("Hand-over of work"),
            (
                Fact("what", _("What"), row.title),
                Fact("at", _("When"), row.at),
                Fact("your_part", _("Your part"), _parts_in_words(row, user)),
                # About the person, or in their own words.
                Fact("reason", _("Reason"), row.reason if user.pk in (row.former_id, row.by_id) else ""),
            ),
        )


def _part_in(user: Any) -> Q:
    return Q(former=user) | Q(receiver=user) | Q(by=user) | Q(seen_by=user)


def _parts_in_words(row: HandOver, user: Any) -> list[str]:
    parts = {
        row.former_id: _("You had it"),
        row.receiver_id: _("You got it"),
        row.by_id: _("You handed it over"),
    }
    found = [str(words) for pk, words in parts.items() if pk == user.pk]
    return found or [str(_("You have seen it"))]


def _answers_for(thing: Unit | Resource, user: Any) -> Record:
    role = _("case officer") if thing.officer_id == user.pk else _("deputy")
    if user.pk not in (thing.officer_id, thing.deputy_id):
        role = _("substitute for the leader")
    return Record(str(localized(thing, "name")), (Fact("role", _("Role"), str(role)),))


def _obstacles(user: Any, now: datetime) -> Iterator[Obstacle]:
    """Who works here is handed over by their leader first: nothing may point at nobody (needs N5, N9)."""
    on = local_date(now, booking_settings().tz)
    roles = list(role_rows(on).filter(user=user).select_related("unit").order_by("pk"))
    named = Q(officer=user) | Q(deputy=user) | Q(substitute=user)
    units = Unit.objects.filter(named, active=True)
    things = Resource.objects.filter(Q(officer=user) | Q(deputy=user)).exclude(state=ResourceState.RETIRED)
    names = {str(localized(role.unit, "name")) for role in roles} | {str(localized(unit, "name")) for unit in units}
    if names:
        yield Obstacle(
            "works_here",
            _(
                "You work for the municipality (%(units)s). Your leader hands your matters over and ends your role "
                "first."
            )
            % {"units": ", ".join(sorted(names))},
        )
    elif things.exists():
        yield Obstacle("answers_for_things", _("You answer for things that can be lent. Hand them over first."))


def _erase(user: Any, now: datetime) -> int:
    named = naming(user)
    touched = _forget_reasons(user, named)
    touched += forget_texts(OutboxMessage.objects.filter(named.in_any("subject", "body"), handler__in=_LETTERS))
    return touched + Absence.objects.filter(user=user).delete()[0]


def _forget_reasons(user: Any, named: Naming) -> int:
    """Why something went from this person, or went because they said so; in what others wrote, only who it was.

    The database wants a reason where a person did it, so a mark stands in its place.
    """
    theirs = HandOver.objects.filter(Q(former=user) | Q(by=user)).exclude(reason__in=["", GONE])
    touched = theirs.update(reason=GONE)
    rows = list(HandOver.objects.select_for_update().filter(_part_in(user)).order_by("pk"))
    changed = []
    for row in rows:
        before = (row.title, row.reason)
        row.title, row.reason = named.without(row.title), named.without(row.reason)
        if before != (row.title, row.reason):
            changed.append(row)
    HandOver.objects.bulk_update(changed, ["title", "reason"], batch_size=200)
    return touched + len(changed)
