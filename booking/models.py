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
from booking.privacy.models import Consent, ConsentText, Erasure, Look, RetentionRule
from booking.staff.models import StaffLogEntry

__all__ = [
    "Absence",
    "Activity",
    "Case",
    "CatalogueStamp",
    "Cell",
    "Closure",
    "CoHost",
    "Consent",
    "ConsentText",
    "Cover",
    "Decision",
    "Erasure",
    "Event",
    "Feature",
    "FeedVersion",
    "Heartbeat",
    "IdempotencyRecord",
    "Invitation",
    "LeaderMatter",
    "LeadershipOffer",
    "Line",
    "Look",
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
    "RetentionRule",
    "Series",
    "SlowWeeks",
    "StaffLogEntry",
    "Unit",
    "UnitRole",
    "UnitRules",
]
