"""Kinds of use, what they take, and a request that waits for a noise permit, by the use cases of people's clicks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from booking.cases import drafts
from booking.cases.services import submit_request
from booking.catalogue import services as catalogue
from booking.catalogue.models import Resource, Unit, UseKind
from booking.occupancy import selectors as occupancy
from booking.permits import services
from booking.permits.models import Permit
from municipality.lilleby.builders.letters import send_in_the_past
from municipality.lilleby.builders.life import Town
from municipality.lilleby.content import permits as content


def build_requirements(*, now: datetime) -> None:
    """Before the cases, so that they have what they take."""
    uses = {
        use.slug: catalogue.save_use(
            slug=use.slug,
            values={
                "name": use.name.nb, "name_nn": use.name.nn, "name_en": use.name.en, "heads_over": use.heads_over,
                **({"help": use.help.nb, "help_nn": use.help.nn, "help_en": use.help.en} if use.help else {}),
            },
            now=now,
        )
        for use in content.USES
    }  # fmt: skip
    for need in content.NEEDS:
        kind, _colon, slug = need.on.partition(":")
        owner: dict[str, Any] = {
            "use": {"use": uses.get(slug)},
            "thing": {"resource": Resource.objects.filter(slug=slug).first()},
            "unit": {"unit": Unit.objects.filter(slug=slug).first()},
        }[kind]
        catalogue.save_requirement(
            values={
                "kind": need.kind, "what": need.what.nb, "what_nn": need.what.nn, "what_en": need.what.en,
                "help": need.help.nb, "help_nn": need.help.nn, "help_en": need.help.en,
                "granting_unit": Unit.objects.get(slug=need.unit) if need.unit else None, "granted_by": need.by,
                "url": need.url, "phone": need.phone, "blocking": need.blocking, "severity": need.severity,
                "days_before": need.days_before, **owner,
            },
            now=now,
        )  # fmt: skip


def build_permits(town: Town) -> None:
    """The club has asked, confirmed one condition, and applied for the noise permit."""
    asker, now = town.people[content.ASKER], town.now - timedelta(days=content.AGO)
    thing = Resource.objects.get(slug=content.THING)
    # Whatever the day is on which Lilleby is built: the first evening that nobody has.
    days = (town.today + timedelta(days=content.AHEAD + more) for more in range(28))
    evenings = ((town.at(day, content.START), town.at(day, content.END)) for day in days)
    start, end = next(one for one in evenings if not occupancy.conflicts([occupancy.Wanted(thing.pk, *one, 1)]))
    line = {"resource": thing.slug, "start": start.isoformat(), "end": end.isoformat()}
    slug = town.organisations[content.ORGANISATION].slug
    body = {
        "organisation": slug, "title": content.TITLE, "purpose": content.PURPOSE, "lines": [line],
        "audience": content.AUDIENCE, "uses": content.TICKED,
        "responsible": {"name": asker.get_full_name(), "phone": asker.phone, "email": asker.email},
    }  # fmt: skip
    draft = drafts.parse(body, user=asker, hat=f"organisation:{slug}")
    case = submit_request(draft, user=asker, now=now)
    for permit in Permit.objects.filter(case=case).select_related("requirement__use").order_by("pk"):
        need = permit.requirement
        if need.kind == "condition" and need.use is not None:
            services.confirm(permit, version=need.version, by=asker, now=now + timedelta(hours=1))
        elif need.use is not None and need.use.slug == UseKind.objects.get(slug="amplified-sound").slug:
            services.say_applied(
                permit, applied_on=town.today - timedelta(days=content.AGO), note=content.APPLIED_NOTE, by=asker,
                now=now + timedelta(hours=2),
            )  # fmt: skip
    send_in_the_past(now=town.now)
