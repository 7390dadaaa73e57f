"""The letters about co-hosts: asked, answered, taken off."""

from __future__ import annotations

from django.utils.translation import gettext as _

from booking.cases.letters.facts import MOST_LINES, Payload, case_of, lines_of, title_of
from booking.cases.letters.promise import notice
from booking.cases.models import Case, CoHost, HostState
from booking.correspondence.letters import Letter
from booking.organisations.models import Organisation


def _dates(case: Case, language: str) -> list[str]:
    rows = [f"{line.place}, {line.when}" for line in lines_of(case, language)]
    return rows[:MOST_LINES]


def _main(case: Case) -> str:
    return case.organisation.name if case.organisation is not None else str(case.requester or "")


def asked(payload: Payload, language: str) -> Letter:
    """Who asks, what for, when; one press to answer."""
    case = case_of(payload)
    host = Organisation.objects.get(pk=payload["organisation"])
    return notice(
        case,
        language,
        _("Will you be co-host? %(title)s") % {"title": title_of(case)},
        [
            _("%(main)s asks whether %(host)s will be co-host of “%(title)s”.")
            % {"main": _main(case), "host": host.name, "title": title_of(case)},
            *_dates(case, language),
            _("A co-host sees the case, talks along, and its members can sign up for duties."),
            _("Say yes or no on the page."),
        ],
        action=_("Answer"),
    )  # fmt: skip


def still_asked(payload: Payload) -> bool:
    return CoHost.objects.filter(
        case=payload["case"], organisation=payload["organisation"], state=HostState.ASKED
    ).exists()


def answered(payload: Payload, language: str) -> Letter:
    """To the main host: yes, no, or gone."""
    case = case_of(payload)
    host = Organisation.objects.get(pk=payload["organisation"])
    subjects = {
        "accepted": _("%(host)s is co-host"),
        "declined": _("%(host)s said no to being co-host"),
        "left": _("%(host)s is no longer co-host"),
    }
    return notice(
        case,
        language,
        subjects[payload["answer"]] % {"host": host.name},
        [_("It is about “%(title)s”.") % {"title": title_of(case)}],
    )


def ended(payload: Payload, language: str) -> Letter:
    """To a co-host that the main host has taken off."""
    case = case_of(payload)
    host = Organisation.objects.get(pk=payload["organisation"])
    return notice(
        case,
        language,
        _("%(host)s is no longer co-host") % {"host": host.name},
        [_("%(main)s has ended it for “%(title)s”.") % {"main": _main(case), "title": title_of(case)}],
    )


def has_ended(payload: Payload) -> bool:
    return CoHost.objects.filter(
        case=payload["case"], organisation=payload["organisation"], state=HostState.LEFT
    ).exists()
