"""Wiring only: Django finds every capability's models here."""

from booking.calendars.models import FeedVersion, RenderedEvent, RenderedScope
from booking.cases.models import Case, CoHost, Decision, Event, Line, Message, Series, Step
from booking.catalogue.models import (
    Absence,
    CatalogueStamp,
    Cell,
    Cover,
    Feature,
    OpeningException,
    OpeningHours,
    PermitRequirement,
    PriceRule,
    Resource,
    SlowWeeks,
    Unit,
    UnitRole,
    UnitRules,
)
from booking.correspondence.models import Heartbeat, OutboxMessage
from booking.foundation.models import IdempotencyRecord, RateWindow, ReferenceCounter
from booking.occupancy.models import Closure, Occupancy
from booking.organisations.models import (
    Activity,
    Invitation,
    LeaderMatter,
    LeadershipOffer,
    Membership,
    Organisation,
    RegisterAnswer,
)
from booking.staff.models import StaffLogEntry

__all__ = [
    "Absence",
    "Activity",
    "Case",
    "CatalogueStamp",
    "Cell",
    "Closure",
    "CoHost",
    "Cover",
    "Decision",
    "Event",
    "Feature",
    "FeedVersion",
    "Heartbeat",
    "IdempotencyRecord",
    "Invitation",
    "LeaderMatter",
    "LeadershipOffer",
    "Line",
    "Membership",
    "Message",
    "Occupancy",
    "OpeningException",
    "OpeningHours",
    "Organisation",
    "OutboxMessage",
    "PermitRequirement",
    "PriceRule",
    "RateWindow",
    "ReferenceCounter",
    "RegisterAnswer",
    "RenderedEvent",
    "RenderedScope",
    "Resource",
    "Series",
    "SlowWeeks",
    "StaffLogEntry",
    "Unit",
    "UnitRole",
    "UnitRules",
]
