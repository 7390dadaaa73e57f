"""What rule sets connect when Django starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Q
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from booking.foundation import checks, personal
from booking.foundation.personal import Fact, PersonalData, Record
from booking.works.rulesets import guards
from booking.works.rulesets.models import NoticeRuleSet


def connect() -> None:
    """The guard of the database, its check, and what the rows know about people."""
    sender = apps.get_app_config("samskap_booking")
    post_migrate.connect(guards.after_migrate, sender=sender, dispatch_uid="booking.works.rulesets.guards.after")
    checks.register_guard_probe("rulesets", guards.missing)
    personal.register_personal_data(
        PersonalData(
            name="notice rules",
            label=_("Notice rules that you wrote or published"),
            why=_("So that somebody answers for the rules that people are told by."),
            stays=_("Who wrote and published a version: deadlines rest on it."),
            collect=_collect,
            erase=lambda user, now: 0,
            covers=(
                "samskap_booking.noticeruleset.created_by",
                "samskap_booking.noticeruleset.published_by",
            ),
        )
    )


def _collect(user: Any) -> Iterator[Record]:
    for row in NoticeRuleSet.objects.filter(Q(created_by=user) | Q(published_by=user)):
        yield Record(
            row.name,
            (
                Fact("written_at", _("Written"), row.created_at if row.created_by_id == user.pk else None),
                Fact("published_at", _("Published"), row.published_at if row.published_by_id == user.pk else None),
                Fact("note", _("Note"), row.note),
            ),
        )
