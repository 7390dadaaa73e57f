"""What hearing, adoption and the running season connect when Django starts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db.models.signals import post_migrate
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.cases import day_registry
from booking.cases import registry as cases
from booking.cases.day_registry import DayAct, DayNote
from booking.cases.models import Line
from booking.correspondence import registry as correspondence
from booking.foundation import checks
from booking.foundation.i18n import localized
from booking.organisations import registry as organisations
from booking.organisations.models import Organisation
from booking.organisations.registry import PagePart
from booking.seasons import guards, letters_hearing, tabs
from booking.seasons.hours import team_words
from booking.seasons.models import Allocation, Confirmation, ProposedSlot, RoundState, SeasonRound, UseReport
from booking.seasons.rules.ages import audience
from booking.seasons.selectors.rounds import is_on
from booking.seasons.services import confirming, running


def connect() -> None:
    """Fill the registries."""
    sender = apps.get_app_config("samskap_booking")
    post_migrate.connect(guards.after_migrate, sender=sender, dispatch_uid="booking.seasons.guards.after")
    checks.register_guard_probe("seasons", guards.missing)
    letters_hearing.register()
    correspondence.register_job("seasons: confirmations", confirming.remind_silent)
    tabs.register_public_tab("hearing", _hearing)
    tabs.register_public_tab("timetable", _timetable)
    tabs.register_staff_tab("hearing", _staff_hearing)
    tabs.register_staff_tab("timetable", _staff_running, label=gettext_lazy("The season"), order=50)
    organisations.register_page_part("season hours", page_part, waiting)
    cases.register_line_facts("season hours", line_facts)
    day_registry.register_day_notes("season use", day_notes)
    day_registry.register_day_acts("season-use", day_acts, do_day_act)


def _address(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _hearing(round: SeasonRound, user: Any, on: date) -> str:
    heard = round.heard_id and round.state not in (RoundState.PREPARING, RoundState.OPEN)
    return _address("booking:season_hearing", round.slug) if heard else ""


def _timetable(round: SeasonRound, user: Any, on: date) -> str:
    return _address("booking:season_timetable", round.slug) if round.adopted_id else ""


def _staff_hearing(round: SeasonRound, user: Any, on: date) -> str:
    heard = round.state not in (RoundState.PREPARING, RoundState.OPEN)
    return _address("booking_seasons:hearing", round.pk) if heard else ""


def _staff_running(round: SeasonRound, user: Any, on: date) -> str:
    return _address("booking_seasons:running", round.pk) if round.adopted_id else ""


def page_part(organisation: Organisation, user: Any, roles: Sequence[str], on: date) -> PagePart | None:
    """The weekly hours of an organisation on its own page; nothing where it has none."""
    if not is_on():
        return None
    page, mark = _address("booking:my_hours", organisation.slug), ("granted", _("every week"))
    rows = [
        (team_words(one), page, mark)
        for one in Allocation.objects.filter(
            wish__organisation=organisation, ended_at__isnull=True, until__gte=on,
            round__state__in=[RoundState.ADOPTED, RoundState.RUNNING],
        )
        .select_related("wish", "resource")
        .order_by("wish__team", "weekday", "start")
    ]  # fmt: skip
    if not rows:
        return None
    return PagePart(
        gettext_lazy("Our hours in the season"),
        "",
        rows,
        page,
        gettext_lazy("Next dates, give up, report use, subscribe"),
    )


def waiting(organisation_ids: Sequence[int]) -> Mapping[int, str]:
    """Hours that wait for each organisation's yes, and questions whether it still needs some."""
    if not is_on():
        return {}
    heard = SeasonRound.objects.filter(state=RoundState.HEARING).values("heard")
    slots = ProposedSlot.objects.filter(proposal__in=heard, wish__organisation__in=organisation_ids)
    given = set(slots.values_list("wish__organisation_id", "proposal_id"))
    said = Confirmation.objects.filter(proposal__in=heard, organisation__in=organisation_ids)
    silent = given - set(said.values_list("organisation_id", "proposal_id"))
    found = {pk: _("Hours in a timetable wait for your yes") for pk, _proposal in silent}
    asked = Allocation.objects.filter(
        wish__organisation__in=organisation_ids, asked_to_give_up_at__isnull=False, ended_at__isnull=True
    ).values_list("wish__organisation_id", flat=True)
    counts: dict[int, int] = {}
    for pk in asked:
        counts[pk] = counts.get(pk, 0) + 1
    for pk, count in counts.items():
        found[pk] = ngettext(
            "%(count)s weekly hour was not used twice in a row",
            "%(count)s weekly hours were not used twice in a row",
            count,
        ) % {"count": count}
    return found


def line_facts(line_ids: Collection[int]) -> Mapping[int, cases.LineFact]:
    """Whose hours a date of the season is, and of what age they are. Two queries."""
    rows = dict(
        Line.objects.filter(pk__in=line_ids, series__allocation__isnull=False).values_list("pk", "series__allocation")
    )
    if not rows:
        return {}
    facts = {}
    for one in Allocation.objects.filter(pk__in=set(rows.values())).select_related("wish", "round"):
        team = one.wish
        facts[one.pk] = cases.LineFact(
            f"{team.team}, {localized(one.round, 'name')}", audience(team.age_from, team.age_to, team.heads)
        )
    return {line: facts[pk] for line, pk in rows.items()}


def day_notes(line_ids: Sequence[int], now: datetime) -> Mapping[int, Sequence[DayNote]]:
    """On the caretaker's page: which team it is, and what was reported about its use. Two queries."""
    teams = dict(Line.objects.filter(pk__in=line_ids).filter(series__allocation__isnull=False).values_list(
        "pk", "series__allocation__wish__team"
    ))  # fmt: skip
    said = dict(UseReport.objects.filter(line__in=list(teams)).values_list("line_id", "used")) if teams else {}
    return {
        pk: [
            DayNote(_("Team"), team),
            *([DayNote(_("Use"), _("used") if said[pk] else _("not used"))] if pk in said else []),
        ]
        for pk, team in teams.items()
    }


def day_acts(line_ids: Sequence[int], now: datetime) -> Mapping[int, Sequence[DayAct]]:
    """Used, or not: at season hours that have begun, until somebody has said. One query."""
    rows = Line.objects.filter(
        pk__in=line_ids,
        series__allocation__isnull=False,
        start__lte=now,
        use_report__isnull=True,
        state__in=running.HELD,
    )
    acts = [DayAct("yes", _("Used")), DayAct("no", _("Not used"))]
    return dict.fromkeys(rows.values_list("pk", flat=True), acts)


def do_day_act(line_id: int, code: str, by: Any, hat: str, now: datetime) -> str:
    """What the caretaker tapped. Raises ``KeyError`` for another code."""
    used = {"yes": True, "no": False}[code]
    running.report_use(Line.objects.get(pk=line_id), used=used, by=by, hat=hat, now=now)
    return _("Thank you. It is written down.")
