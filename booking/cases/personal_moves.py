"""What time that moves says about people: who took it back, answered an offer, asked for a change, has ties.

Beside ``personal``, which describes the cases themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from booking.cases.models import LineChange, Offer, TakeBack, Tie, WaitingOn
from booking.foundation import personal
from booking.foundation.personal import Fact, PersonalData, Record, RetentionClass


def register() -> None:
    """Tell the registries."""
    personal.register_personal_data(
        PersonalData(
            name="moves",
            label=_("Time that was taken back, offered or changed, and conflicts of interest"),
            why=_("So that it can be seen who decided, and who keeps away from which case."),
            goes=_("Why you have a conflict of interest, and what you wrote to change your own loans."),
            stays=_("That it happened, when, and what the unit said about it. It no longer says who you are."),
            collect=_collect,
            erase=_erase,
            covers=(
                "samskap_booking.takeback.by",
                "samskap_booking.offer.answered_by",
                "samskap_booking.linechange.by",
                "samskap_booking.linechange.decided_by",
                "samskap_booking.tie.user",
                "samskap_booking.tie.decided_by",
            ),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="ties",
            label=_("Why employees kept away from a case"),
            what=_("The reason is emptied when the case has been over for so long. Who kept away stays."),
            rows=_old_ties,
            moment="case__revised_at",
            keep=timedelta(days=730),
            forget=lambda rows, now: Tie.objects.filter(pk__in=list(rows.values_list("pk", flat=True))).update(why=""),
        )
    )


def _old_ties() -> QuerySet[Tie]:
    rows = Tie.objects.exclude(why="").filter(case__waiting_on=WaitingOn.NOBODY)
    return rows.exclude(case__stored_act__in=["draft", "appealed"])


def _collect(user: Any) -> Iterator[Record]:
    for back in TakeBack.objects.filter(by=user).select_related("line__case").order_by("-at", "-pk").iterator():
        yield Record(
            _("Time that you took back"),
            (
                Fact("case", _("Case"), back.line.case.reference),
                Fact("at", _("When"), back.at),
                Fact("reason", _("Reason"), back.reason),
            ),
        )
    for offer in Offer.objects.filter(answered_by=user).select_related("line__case").order_by("-at", "-pk").iterator():
        yield Record(
            _("Offer that you answered"),
            (
                Fact("case", _("Case"), offer.line.case.reference),
                Fact("at", _("When"), offer.answered_at),
                Fact("state", _("State"), str(offer.get_state_display())),
            ),
        )
    changes = LineChange.objects.filter(Q(by=user) | Q(decided_by=user)).select_related("line__case")
    for change in changes.order_by("-at", "-pk").iterator():
        asked = change.by_id == user.pk
        yield Record(
            _("Change that you asked for") if asked else _("Change that you decided"),
            (
                Fact("case", _("Case"), change.line.case.reference),
                Fact("at", _("When"), change.at if asked else change.decided_at),
                Fact("state", _("State"), str(change.get_state_display())),
                # What the other side wrote is theirs.
                Fact("why", _("Why"), change.why if asked else ""),
                Fact("grounds", _("Grounds"), change.grounds if change.decided_by_id == user.pk else ""),
            ),
        )
    ties = Tie.objects.filter(Q(user=user) | Q(decided_by=user)).select_related("case")
    for tie in ties.order_by("-at", "-pk").iterator():
        mine = tie.user_id == user.pk
        yield Record(
            _("Conflict of interest that you told of") if mine else _("Conflict of interest that you decided about"),
            (
                Fact("case", _("Case"), tie.case.reference),
                Fact("at", _("When"), tie.at if mine else tie.decided_at),
                Fact("why", _("Why"), tie.why if mine else ""),
                Fact("verdict", _("Outcome"), str(tie.get_verdict_display())),
            ),
        )


def _erase(user: Any, now: datetime) -> int:
    touched = Tie.objects.filter(user=user).exclude(why="").update(why="")
    own = LineChange.objects.filter(line__case__requester=user, line__case__organisation=None).exclude(why="")
    return touched + own.update(why="")
