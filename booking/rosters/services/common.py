"""What every act on a roster shares: the person, the lock, the log, the letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from booking.cases.models import Case, MailWish, WishKind, WishWay
from booking.cases.services.shared import Actor, event, lock_cases
from booking.correspondence.rules import not_at_night
from booking.correspondence.services import Outgoing, enqueue_many
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Forbidden, NotFound, WrongState
from booking.organisations import selectors as organisations
from booking.organisations.models import LEADING_ROLES, Organisation
from booking.rosters.access import Seat, Side, hosts_of_roster, seat_of
from booking.rosters.models import Duty, Helper, SignUp, SignUpState
from booking.rosters.rules import ON


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a roster: with an account, or a helper by a link. Exactly one of the two."""

    user: Any = None
    helper: Helper | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """For a row."""
        return {"user": self.user, "helper": self.helper}

    @property
    def key(self) -> str:
        """What tells people apart in the keys of letters."""
        return f"u{self.user.pk}" if self.user is not None else f"h{self.helper.pk if self.helper else ''}"

    @property
    def payload(self) -> dict[str, int]:
        """For a letter."""
        if self.user is not None:
            return {"user": self.user.pk}
        return {"helper": self.helper.pk} if self.helper is not None else {}


def person_of(row: SignUp) -> Person:
    """Who signed up."""
    return Person(row.user, row.helper)


def today_of(now: datetime) -> date:
    """The date on the municipality's wall clock."""
    return local_date(now, booking_settings().tz)


def locked(case: Case) -> Case:
    """The case under its lock, read anew. Rosters have no lock of their own: a date may move while somebody signs up,
    and both take the case's."""
    return lock_cases([case.pk])[case.pk]


def seat(case: Case, by: Any, now: datetime) -> Seat:
    """What ``by`` may do. Raises ``Forbidden`` for who has nothing to do with it."""
    found = seat_of(by, case, today_of(now))
    if not found:
        raise Forbidden("forbidden", _("Only members of the hosts and the unit's people see this roster."))
    return found


def managing(case: Case, by: Any, now: datetime) -> Seat:
    """Raises ``Forbidden`` for who may sign up only."""
    found = seat(case, by, now)
    if not found.manages:
        raise Forbidden("forbidden", _("Only who leads or books for a host, or the unit, changes the roster."))
    return found


def duty_of(case: Case, number: int) -> Duty:
    """A duty by its number in the case. Raises ``NotFound``."""
    found = Duty.objects.select_related("line", "line__resource", "kind").filter(case=case, number=number).first()
    if found is None or found.removed_at is not None:
        raise NotFound("not_found", _("There is no such duty."))
    return found


def check_on(duty: Duty, now: datetime) -> None:
    """Raises ``WrongState`` for a date that doesn't take place, or is over."""
    if duty.line.end <= now:
        raise WrongState("over", _("This date is over."))
    if duty.line.state not in ON:
        raise WrongState("not_on", _("This date does not take place as things are."))


def next_number(case: Case) -> int:
    """The number of the next duty; those of removed ones don't come again."""
    return int(Duty.objects.filter(case=case).aggregate(last=Max("number"))["last"] or 0) + 1


def log(case: Case, what: str, duties: Iterable[Duty], *, by: Actor, now: datetime, **data: Any) -> None:
    """One entry of the case's log (api.md ``duty_changed``): numbers and codes, and never who it was unless they are
    named on the roster anyway."""
    listed = list(duties)
    event(
        case, "duty_changed", now=now, by=by, what=what,
        duties=[duty.number for duty in listed],
        lines=sorted({duty.line.number for duty in listed}),
        roles=sorted({duty.role for duty in listed}), **data,
    ).save()  # fmt: skip


def actor_of(person: Person, side: Side, *, named: bool) -> Actor:
    """Who the log names: nobody whose name doesn't stand on the roster."""
    return Actor(person.user if named else None, side.code if named else "")


# --- letters ---------------------------------------------------------------------------------------------------------


def address_of(user: Any) -> str:
    """Where somebody with an account reads mail; "" for who can't sign in any more."""
    if not user.is_active:
        return ""
    return str(getattr(user, user.get_email_field_name(), "") or "")


def ways_of(users: Iterable[int]) -> Mapping[int, str]:
    """How people want to hear of their duties; who said nothing: at once. One query."""
    rows = MailWish.objects.filter(user__in=list(users), kind=WishKind.DUTY)
    return dict(rows.values_list("user_id", "way"))


def letter(
    handler: str, key: str, person: Person, payload: Mapping[str, Any], *, due: datetime, ways: Mapping[int, str] | None
) -> list[Outgoing]:
    """A letter to somebody on a roster; none for who wants the page only, or has no address.

    ``ways``: None for what must be said anyway (a date that is off). The letters of helpers show their secret link:
    they have a handler of their own, which finds the address itself and forgets the text.
    """
    if person.user is not None:
        address = address_of(person.user)
        if not address or (ways is not None and ways.get(person.user.pk) == WishWay.PAGE):
            return []
        language = getattr(person.user, "language", "") or "nb"
        body = {**payload, **person.payload}
        return [Outgoing(f"{key}:{person.key}", handler, body, address, language, due, person.user)]
    if person.helper is None or not person.helper.email or person.helper.revoked_at is not None:
        return []
    # Secrets leave at night too; this one can wait until the morning.
    due = not_at_night(due, booking_settings().tz)
    body = {**payload, **person.payload}
    return [Outgoing(f"{key}:{person.key}", f"{handler}_link", body, "", person.helper.language, due)]


def to_hosts(
    case: Case, handler: str, key: str, payload: Mapping[str, Any], *, now: datetime, without: Any = None
) -> list[Outgoing]:
    """One letter per leading person of the hosts; each once."""
    found: dict[int, Any] = {}
    for host in hosts_of_roster(case):
        for user in leading_people(host, today_of(now)):
            found.setdefault(user.pk, user)
    if without is not None:
        found.pop(without.pk, None)
    ways = ways_of(found)
    return [
        one
        for _pk, user in sorted(found.items())
        for one in letter(handler, key, Person(user), payload, due=now, ways=ways)
    ]


def leading_people(host: Organisation, on: date) -> list[Any]:
    """Leaders, board and bookers who can sign in."""
    rows = organisations.members(host, on).filter(role__in=LEADING_ROLES, user__is_active=True)
    return list({row.user_id: row.user for row in rows}.values())


def post(messages: Iterable[Outgoing], *, now: datetime) -> None:
    """Into the outbox, in this transaction."""
    enqueue_many(list(messages), now=now)


def on_it(duty: Duty) -> list[SignUp]:
    """Who is on a duty now, by place."""
    rows = duty.sign_ups.filter(state=SignUpState.ON).select_related("user", "helper", "organisation", "unit")
    return list(rows.order_by("place"))
