"""What somebody does on a roster, whoever they are: with an account, or by a link. One door each, the same acts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from booking.cases.models import Case
from booking.rosters import services
from booking.rosters.models import Helper

#: What both may do.
PERSONAL = ("sign_up", "withdraw", "ask_swap", "accept_swap", "decline_swap", "stop_swap")


def number_in(data: QueryDict, name: str, *, required: bool = True) -> int | None:
    """A whole number that a button sent; 404 for anything else."""
    sent = data.get(name, "")
    if not sent and not required:
        return None
    if not (sent.isascii() and sent.isdigit() and len(sent) < 10):
        raise Http404
    return int(sent)


def do_personal(
    act: str, case: Case, data: QueryDict, *, by: Any = None, helper: Helper | None = None, now: datetime
) -> str:
    """Do it; answers what is said about it. Raises domain errors, and Http404 for an act that isn't one."""
    who: dict[str, Any] = {"by": by, "helper": helper, "now": now}
    named = data.get("named") == "yes"
    if act in ("sign_up", "withdraw", "ask_swap", "stop_swap"):
        duty = number_in(data, "duty") or 0
        if act == "sign_up":
            services.sign_up(case, duty, side=data.get("side", "")[:100], named=named, **who)
            return _("You are signed up. Thank you!")
        if act == "withdraw":
            services.withdraw(case, duty, **who)
            return _("You are off this duty.")
        if act == "ask_swap":
            to = number_in(data, "to", required=False)
            services.ask_swap(case, duty, to=to, **who)
            if to is None:
                return _("Everybody on the roster sees that you look for somebody. Until then you have the duty.")
            return _("They are asked. Until they say yes you have the duty.")
        services.stop_swap(case, duty, **who)
        return _("You keep the duty.")
    if act == "accept_swap":
        services.accept_swap(
            case, number_in(data, "swap") or 0, side=data.get("side", "")[:100], named=named, **who
        )  # fmt: skip
        return _("You have taken over. Thank you!")
    if act == "decline_swap":
        services.decline_swap(case, number_in(data, "swap") or 0, **who)
        return _("They are told that you can't.")
    raise Http404
