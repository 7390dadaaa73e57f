"""New requests into ground that works touch see the works before sending (notice-rules.md "Conflicts", needs N8).

Where the works close it, the time is taken and alternatives are shown: occupancy says so. Where part of it can be used,
or it is noisy, the asker must tick that they have read it; the tick is a receipt.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.cases.verdicts import Situation, Verdict, register
from booking.foundation.conf import booking_settings
from booking.foundation.wording import when_words
from booking.works import selectors
from booking.works.models import Impact, Works, WorksVersion
from booking.works.rules import states
from booking.works.rules.impacts import IMPACTS

CODE = "works_ahead"
#: These stand beside a use; `closed` and `permanent` take the time.
FELT = (Impact.NUISANCE, Impact.ACCESS_LIMITED, Impact.PARTIAL)


@register("works_ahead", "request")
def works_ahead(situation: Situation) -> Iterable[Verdict]:
    """`works_ahead`: works are felt there then. Said once for each works that the request meets.

    Whoever asks must tick that they know; the tick is kept with the case, and as a receipt of the works. What moves
    there later without a tick isn't granted by rule: a person looks.
    """
    if not situation.lines or not selectors.is_on():
        return
    start = min(one.start for one in situation.lines)
    end = max(one.end for one in situation.lines)
    ids = {one.resource.pk for one in situation.lines}
    for works in felt(ids, start, end):
        version = works.current
        if version is None:
            continue
        times = [(one.start, one.end) for one in version.periods.all()] or [(version.window_start, version.window_end)]
        met = [one for one in situation.lines if any(one.start < end and start < one.end for start, end in times)]
        if met:
            known = works.reference in situation.ticked
            unknown = "block" if situation.asking else "needs_officer"
            yield Verdict(
                CODE,
                _("There are works there then: %(title)s, %(when)s. %(impact)s."),
                "info" if known else unknown,
                who_may_override="asker",
                suggestion=_("Tick that you know of the works: %(title)s, %(when)s. Or choose another time or place."),
                params={
                    "works": works.reference,
                    "title": version.title,
                    "when": when_words(version.window_start, version.window_end, booking_settings().tz),
                    "impact": str(Impact(_most_felt(version)).label),
                },
                tick=works.reference if situation.asking else "",
            )


def _most_felt(version: WorksVersion) -> str:
    """The strongest of what stands beside a use."""
    return max((one.impact for one in version.targets.all() if one.impact in FELT), key=IMPACTS.index)


def felt(resource_ids: Iterable[int], start: datetime, end: datetime) -> list[Works]:
    """Noticed works whose impact stands beside a use. A constant number of queries; one when there are none."""
    if not Works.objects.filter(
        state__in=states.BLOCKING, current__window_start__lt=end, current__window_end__gt=start
    ).exists():
        return []
    found: list[Any] = selectors.works_on(resource_ids, start, end)
    return [
        one
        for one in found
        if one.state in states.BLOCKING and any(target.impact in FELT for target in one.current.targets.all())
    ]
