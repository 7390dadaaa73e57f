"""Two entries of one organisation become one, and nothing is lost: what points at the one points at the other.

Foreign keys are found in Django's own list of models, so that a table which is made later is moved too; a floor with
more to say (a unique constraint both may fill, a slug kept as text) registers a mover in ``organisations.registry``.
The entry that goes stays as a row that leads on: its slug redirects, and nothing that was said about it is rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import registry as log_registry

from booking.foundation.errors import Invalid, WrongState
from booking.organisations import registry, rules
from booking.organisations.models import (
    Activity,
    LeaderMatter,
    LeadershipOffer,
    MatterState,
    Membership,
    OfferState,
    Organisation,
    OrganisationState,
)
from booking.organisations.services.common import check_no_ties, tell, today_of, write_log
from booking.organisations.services.people import end_row

#: For so long `sweep_merged` looks after an entry.
SWEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Consequence:
    """One line of what a merge does: how many, of what."""

    count: int
    words: Any


def merge_organisations(*, source: Organisation, target: Organisation, by: Any, now: datetime) -> Organisation:
    """``source`` goes up in ``target``: memberships, cases, co-hosts, invitations, log, and all else that points at it.

    Can't be undone. The same merge again changes nothing. Where ``target`` has no number, contact or text it gets
    ``source``'s; its own are kept. Raises ``Invalid`` (``same``), ``WrongState`` (``merged``, ``inactive``) and
    ``Disqualified`` when ``by`` has a leading role in either.
    """
    if source.pk == target.pk:
        raise Invalid("same", _("Choose another organisation."), loc=("target",))
    with transaction.atomic():
        rows = Organisation.objects.select_for_update().filter(pk__in=[source.pk, target.pk]).order_by("pk")
        found = {row.pk: row for row in rows}
        source, target = found[source.pk], found[target.pk]
        if source.merged_into_id == target.pk:
            return target
        if source.merged_into_id is not None or target.merged_into_id is not None:
            raise WrongState("merged", _("This organisation has been merged with another one."))
        if target.state == OrganisationState.INACTIVE:
            raise WrongState("inactive", _("This organisation is inactive. Make it active first."))
        check_no_ties(source, by, now)
        check_no_ties(target, by, now)
        for move in registry.movers():
            move(source, target, now)
        for relation in relations():
            _move(relation, source, target)
        _move_log(source, target)
        _join(source, target, now)
        write_log(target, "merged", by=by, now=now, data={"from": source.pk, "slug": source.slug})
        tell(source)
        tell(target)
    return target


def sweep_merged(now: datetime) -> int:
    """Move what somebody wrote on an entry in the very moment it went up in another; ``tick`` calls it. How many rows.

    An insert that waited for the merge's lock goes on with the old key afterwards.
    """
    moved = 0
    for pk in Organisation.objects.filter(merged_at__gt=now - SWEPT_FOR).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            source = Organisation.objects.select_for_update(of=("self",)).select_related("merged_into").get(pk=pk)
            target = source.merged_into
            left = [one for one in relations() if one.model._base_manager.filter(**{one.name: source}).exists()]
            if target is None or not left:
                continue
            for move in registry.movers():
                move(source, target, now)
            for relation in left:
                moved += _move(relation, source, target)
    return moved


def relations() -> Iterator[models.ForeignKey[Any, Any]]:
    """Every foreign key (many-to-many tables included) to ``Organisation``, in a fixed order."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed:
            continue
        for field in model._meta.local_fields:
            if isinstance(field, models.ForeignKey) and field.related_model is Organisation:
                found.append(field)
    yield from sorted(found, key=lambda field: (field.model._meta.label, field.name))


def consequences(source: Organisation) -> list[Consequence]:
    """What would move, counted: shown before the merge, because it can't be undone."""
    told = []
    for relation in relations():
        count = relation.model._base_manager.filter(**{relation.name: source}).count()
        if count:
            told.append(Consequence(count, relation.model._meta.verbose_name_plural))
    for tell_of in registry.tellers():
        told += [Consequence(count, words) for count, words in tell_of(source) if count]
    return told


def _move(relation: models.ForeignKey[Any, Any], source: Organisation, target: Organisation) -> int:
    rows = relation.model._base_manager.filter(**{relation.name: source})
    try:
        with transaction.atomic():
            return rows.update(**{relation.name: target})
    except IntegrityError:
        # A table with a constraint that both entries fill, and nobody who knows how to join them.
        raise WrongState(
            "merge_conflict",
            _("Both organisations have the same entry in “%(table)s”. Settle that first."),
            params={"table": relation.model._meta.verbose_name_plural},
        ) from None


def _move_log(source: Organisation, target: Organisation) -> None:
    """The log of the one is read under the other; each row keeps the name that the entry had then."""
    log_registry.get_logs_for_instance(source).update(object_id=str(target.pk))


def _join(source: Organisation, target: Organisation, now: datetime) -> None:
    """What ``target`` lacks it gets; the number moves only if it has none. Then ``source`` leads on."""
    number = source.number
    taken_over = []
    for name in ("email", "phone", "contact_name", "website", "about", "member_counts"):
        if not getattr(target, name) and getattr(source, name):
            setattr(target, name, getattr(source, name))
            taken_over.append(name)
    if "member_counts" in taken_over:
        target.counted_on = source.counted_on
    source.state, source.merged_into, source.merged_at, source.listed = (
        OrganisationState.INACTIVE, target, now, False,
    )  # fmt: skip
    if not target.number and number:
        source.number = None
        source.save()
        target.number = number
        if target.state == OrganisationState.VERIFIED:
            # It was another thing that had been verified.
            target.state, target.verified_at, target.verified_by = OrganisationState.UNVERIFIED, None, None
    else:
        source.save()
    target.save()


# --- our own tables --------------------------------------------------------------------------------------------------


def move_memberships(source: Organisation, target: Organisation, now: datetime) -> None:
    """An open role that somebody has in both goes on in one row; the other ends and stays as history."""
    mine = set(Membership.objects.filter(organisation=target, end=None).values_list("user_id", "role"))
    for row in Membership.objects.select_for_update().filter(organisation=source, end=None).order_by("pk"):
        if (row.user_id, row.role) in mine:
            end_row(row, None, today_of(now))


def move_activities(source: Organisation, target: Organisation, now: datetime) -> None:
    """Each thing once; at most as many as an organisation may have."""
    known = set(target.activities.values_list("folded", flat=True))
    for row in list(source.activities.all()):
        if row.folded in known or len(known) >= rules.MOST_ACTIVITIES:
            row.delete()
        else:
            known.add(row.folded)
    Activity.objects.filter(organisation=source).update(organisation=target)


def close_what_is_open_in_both(source: Organisation, target: Organisation, now: datetime) -> None:
    """One offer and one matter may be open in an organisation: those of the entry that goes are put back."""
    LeadershipOffer.objects.filter(organisation=source, state=OfferState.OPEN).update(
        state=OfferState.WITHDRAWN, answered_at=now
    )
    if LeaderMatter.objects.filter(organisation=target, state=MatterState.OPEN).exists():
        LeaderMatter.objects.filter(organisation=source, state=MatterState.OPEN).update(state=MatterState.RECEIVED)
