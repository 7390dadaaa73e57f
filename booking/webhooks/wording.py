"""Webhooks in words, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.foundation.conf import booking_settings
from booking.foundation.i18n import filled
from booking.webhooks import rules
from booking.webhooks.models import WebhookAttempt, WebhookEndpoint

FAMILIES: dict[str, Promise] = {
    "request": gettext_lazy("Requests and enquiries"),
    "works": gettext_lazy("Works"),
    "season": gettext_lazy("Season rounds"),
}
#: Name of the event → when it is sent.
TYPES: dict[str, Promise] = {
    "request.received": gettext_lazy("A request or an enquiry has come in"),
    "request.decided": gettext_lazy("Something in it was decided, or a decision was undone"),
    "request.changed": gettext_lazy("Dates in it were changed"),
    "request.change_proposed": gettext_lazy("A change was proposed, or what was proposed is over"),
    "request.offered": gettext_lazy("A free time was offered, or the offer ran out"),
    "request.withdrawn": gettext_lazy("The organisation withdrew dates"),
    "request.cancelled": gettext_lazy("Dates were cancelled"),
    "request.displaced": gettext_lazy("Granted time was taken away"),
    "request.restored": gettext_lazy("Granted time was given back"),
    "request.objection": gettext_lazy("The organisation objected, or the objection was answered"),
    "request.asked": gettext_lazy("The municipality asked something"),
    "request.answered": gettext_lazy("The question was answered"),
    "request.delayed": gettext_lazy("A later answer was promised"),
    "request.handed_over": gettext_lazy("It moved to another unit or case officer"),
    "request.appeal": gettext_lazy("A decision was appealed, or the appeal was answered"),
    "request.message": gettext_lazy("A message was written"),
    "request.permit_changed": gettext_lazy("A permit changed"),
    "request.duty_changed": gettext_lazy("The duty roster changed"),
    "request.fault": gettext_lazy("A fault was reported, or what becomes of it has changed"),
    "request.closed": gettext_lazy("The case was closed"),
    "works.planned": gettext_lazy("The plan was made public"),
    "works.consultation": gettext_lazy("Those affected were asked, or somebody answered"),
    "works.noticed": gettext_lazy("Notice was given"),
    "works.ready": gettext_lazy("The start was set"),
    "works.changed": gettext_lazy("The plan was changed"),
    "works.started": gettext_lazy("The works began, or went on"),
    "works.emergency": gettext_lazy("An emergency was declared"),
    "works.stopped": gettext_lazy("The works paused"),
    "works.overrun": gettext_lazy("The works take longer than told"),
    "works.completed": gettext_lazy("The works were done"),
    "works.restored": gettext_lazy("The ground was restored"),
    "works.postponed": gettext_lazy("The works were postponed"),
    "works.cancelled": gettext_lazy("The works were cancelled"),
    "works.closed": gettext_lazy("The matter was closed"),
    "season.opened": gettext_lazy("Open for wishes"),
    "season.closed": gettext_lazy("Wishes closed"),
    "season.proposal": gettext_lazy("A proposal was published, withdrawn or agreed on"),
    "season.hearing": gettext_lazy("The hearing began, or is about another proposal"),
    "season.comment": gettext_lazy("A comment came in, or was answered"),
    "season.adopted": gettext_lazy("The timetable was adopted, or changed by a new decision"),
    "season.started": gettext_lazy("The season began"),
    "season.ended": gettext_lazy("The season ended"),
    "season.changed": gettext_lazy("Dates, hours or rules were changed"),
    rules.TEST: gettext_lazy("A test"),
}
_ADDRESS: dict[str, Promise] = {
    "bad_address": gettext_lazy("This isn't an address that can be sent to."),
    "scheme": gettext_lazy("The address must begin with https://."),
    "private_address": gettext_lazy(
        "This address lies in a closed network, so nothing may be sent there. An administrator can allow it."
    ),
}
_FAILURES: dict[str, Promise] = {
    **_ADDRESS,
    "private_address": gettext_lazy(
        "%(host)s lies in a closed network, so nothing may be sent there. An administrator can allow it."
    ),
    "unknown_host": gettext_lazy("There is no server called %(host)s."),
    "no_connection": gettext_lazy("%(host)s can't be reached."),
    "certificate": gettext_lazy("The certificate of %(host)s doesn't hold."),
    "server_slow": gettext_lazy("No answer came within %(seconds)s seconds."),
    "connection_lost": gettext_lazy("The connection broke off before an answer came."),
}


def type_words(name: str) -> str:
    """When the event is sent."""
    return str(TYPES.get(name, name))


def address_words(code: str) -> Promise:
    """Why an address can't be stored."""
    return _ADDRESS.get(code, _ADDRESS["bad_address"])


def failure_words(error: Mapping[str, Any]) -> str:
    """Why there was no answer."""
    code = str(error.get("code", ""))
    return filled(_FAILURES[code], {k: v for k, v in error.items() if k != "code"}) if code in _FAILURES else code


def attempt_words(attempt: WebhookAttempt) -> str:
    """How a try went, in a sentence."""
    words = str(attempt.get_outcome_display())
    if attempt.error:
        return f"{words}. {failure_words(attempt.error)}"
    return f"{words} ({attempt.status})" if attempt.status else words


def state_words(endpoint: WebhookEndpoint) -> str:
    """How an endpoint stands, the worst first."""
    if endpoint.state == "active" and endpoint.failing_since is not None:
        return _("Doesn't accept what is sent")
    return str(endpoint.get_state_display())


def groups() -> list[tuple[str, list[tuple[str, Promise]]]]:
    """What can be asked for, by family; parts of the product that are switched off have none."""
    conf, switches = booking_settings(), {"works": "works", "season": "seasons"}
    return [
        (str(FAMILIES[family]), [(name, TYPES[name]) for name in dict.fromkeys(names.values())])
        for family, names in rules.FAMILIES.items()
        if family not in switches or conf.is_on(switches[family])
    ]
