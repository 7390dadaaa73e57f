"""What is said in this year's hearing, and a small round that runs: Sundays in Lillebyhallen."""

from __future__ import annotations

from datetime import timedelta

from booking.cases.models import Line, LineState
from booking.cases.services import withdraw_line
from booking.foundation.errors import DomainError
from booking.seasons.models import Allocation, AuthorKind, Proposal, SeasonRound
from booking.seasons.rules.asking import WishSpec
from booking.seasons.rules.instance import Slot
from booking.seasons.selectors.adopting import preview
from booking.seasons.services import flow, preparing, wishing
from booking.seasons.services.adopting import Accepted, adopt
from booking.seasons.services.confirming import confirm
from booking.seasons.services.hearing import answer_comment, comment, hear
from booking.seasons.services.preparing import RoundSpec, Week
from booking.seasons.services.running import report_use
from booking.seasons.services.swapping import offer_swap
from municipality.lilleby.builders.life import Town
from municipality.lilleby.builders.tables import table
from municipality.lilleby.content import hearing as content


def say(town: Town, round: SeasonRound, proposal: Proposal) -> None:
    """Comments, an objection that is answered and one that waits, confirmations, and a swap that is offered."""
    round.refresh_from_db()
    proposal.round = round
    officer = town.people["ingrid"]
    for number, (who, key, kind, words, answer) in enumerate(content.SAID):
        at = town.at(town.today - timedelta(days=6 - number), "20:15")
        organisation = town.organisations[key]
        made = comment(proposal, words=words, kind=kind, by=town.people[who], organisation=organisation, now=at)
        if answer:
            answer_comment(made, answer=answer, by=officer, now=at + timedelta(hours=14))
    for who, key in content.CONFIRMED:
        if proposal.slots.filter(wish__organisation=town.organisations[key]).exists():
            confirm(
                round, yes=True, by=town.people[who], organisation=town.organisations[key],
                now=town.at(town.today - timedelta(days=3), "07:40"),
            )  # fmt: skip
    (who, ours), (_other, theirs) = content.SWAP
    mine = proposal.slots.filter(wish__organisation=town.organisations[ours]).order_by("pk").first()
    other = proposal.slots.filter(wish__organisation=town.organisations[theirs]).order_by("pk").first()
    if mine is not None and other is not None:
        offer_swap(
            proposal, ours_id=mine.pk, theirs_id=other.pk, words=content.SWAP_WORDS, by=town.people[who],
            organisation=town.organisations[ours], now=town.at(town.today - timedelta(days=2), "21:05"),
        )  # fmt: skip


def build_running(town: Town) -> None:
    """Wished for, heard and adopted in good time, and used since: most weeks."""
    officer = town.people["ingrid"]
    hall = town.things["lillebyhallen"]
    start = town.today - timedelta(days=(town.today.weekday() + 1) % 7 + 7 * content.WEEKS_BEHIND)

    def day(weeks: int) -> object:
        return start - timedelta(weeks=weeks, days=3)  # offices are closed on Sundays

    spec = RoundSpec(
        name=content.NAME[0], name_nn=content.NAME[1], name_en=content.NAME[2], about=content.ABOUT, officer=officer,
        season_start=start, season_end=start + timedelta(weeks=content.WEEKS), opens_on=day(12), closes_on=day(9),
        proposals_until=day(7), hearing_until=day(5), confirm_by=day(5), adopt_on=day(4),
        adopted_by_whom=content.ADOPTS, complain_to=content.COMPLAIN,
    )  # fmt: skip
    made = preparing.create_round(spec, unit=hall.unit, by=officer, now=town.at(start - timedelta(weeks=13), "10:00"))
    made = preparing.set_places(
        made, {hall.pk: [Week(6, 10 * 60, 18 * 60)]}, by=officer, now=town.at(start - timedelta(weeks=13), "10:20")
    )
    flow.open_round(made, by=officer, now=town.at(start - timedelta(weeks=12), "09:00"))
    slots = []
    for number, (who, key, team, activity, ages, begin, end) in enumerate(content.TEAMS):
        at = town.at(start - timedelta(weeks=11) + timedelta(days=number), "19:00")
        wanted = WishSpec(
            team=team, activity=activity, age_from=ages[0], age_to=ages[1], heads=18, minutes_min=60,
            minutes_wanted=(end - begin) * 60, places=(hall.pk,),
        )  # fmt: skip
        wish = wishing.enter_wish(made, town.organisations[key], wanted, by=town.people[who], now=at)
        slots.append(Slot(wish.pk, hall.pk, 6, begin * 60, end * 60))
    made.refresh_from_db()
    flow.close_wishes(made, by=officer, now=town.at(start - timedelta(weeks=8), "09:00"))
    proposal = table(
        made, content.PROPOSAL, tuple(sorted(slots)), at=town.at(start - timedelta(weeks=8), "12:00"), by=officer,
        hat=f"unit:{made.unit.slug}", author_kind=AuthorKind.MUNICIPALITY,
    )  # fmt: skip
    made.refresh_from_db()
    made = hear(made, proposal, by=officer, now=town.at(start - timedelta(weeks=6), "09:00"))
    for who, key, *_rest in content.TEAMS:
        confirm(
            made, yes=True, by=town.people[who], organisation=town.organisations[key],
            now=town.at(start - timedelta(weeks=6, days=-2), "20:00"),
        )  # fmt: skip
    at = town.at(start - timedelta(weeks=4, days=3), "12:00")
    made.refresh_from_db()
    clashes = preview(made, proposal, now=at).clashes
    adopt(
        made, proposal, grounds=content.GROUNDS, by=officer, now=at,
        accepted=Accepted([one.code for one in clashes], content.LEFT_OUT if clashes else ""),
    )  # fmt: skip
    flow.run_rounds(town.at(start, "00:30"))
    _use(town, made)


def _use(town: Town, round: SeasonRound) -> None:
    """Most dates were used; the last team was away twice in a row, and gives up a date."""
    rows = list(Allocation.objects.filter(round=round).select_related("series", "wish").order_by("start"))
    for number, row in enumerate(rows):
        lines = Line.objects.filter(series=row.series, end__lt=town.now).select_related("case").order_by("start")
        who = content.TEAMS[number][0]
        for position, line in enumerate(reversed(lines)):
            away = number == len(rows) - 1 and position in (1, 2)
            if position:  # the latest date is left to be tapped
                try:
                    report_use(line, used=not away, by=town.people[who], now=line.end + timedelta(hours=1))
                except DomainError:  # given up or displaced by what else happens in Lilleby
                    continue
    coming = Line.objects.filter(
        series=rows[-1].series, start__gt=town.now + timedelta(days=8), state=LineState.GRANTED
    )
    line = coming.select_related("case").order_by("start").first()
    if line is not None:
        withdraw_line(line.case, line.number, by=town.people[content.TEAMS[-1][0]], now=town.at(town.today, "00:10"))
