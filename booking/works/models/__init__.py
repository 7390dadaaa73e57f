"""The tables of works, by subject. Fields and constraints only."""

from booking.works.models.core import (
    Category,
    Confidence,
    Haste,
    Impact,
    PeriodKind,
    ResourceNeed,
    Works,
    WorksEvent,
    WorksFact,
    WorksPeriod,
    WorksState,
    WorksTarget,
    WorksVersion,
)
from booking.works.models.gate import (
    CallLog,
    ConflictState,
    EmergencyCause,
    OverrideKind,
    WorksConflict,
    WorksOffer,
    WorksOfferState,
    WorksOverride,
)
from booking.works.models.parties import (
    AffectedList,
    AffectedParty,
    AffectedState,
    ClockEvent,
    PartyKind,
    ReplyKind,
    WorksAnswer,
    WorksParty,
    WorksReceipt,
    WorksReply,
    WorksReport,
)
from booking.works.models.telling import (
    AttemptPhoto,
    Channel,
    DispatchState,
    NoticeKind,
    WorksAttempt,
    WorksDispatch,
    WorksNotice,
)

__all__ = [
    "AffectedList", "AffectedParty", "AffectedState", "AttemptPhoto", "CallLog", "Category", "Channel", "ClockEvent",
    "Confidence", "ConflictState", "DispatchState", "EmergencyCause", "Haste", "Impact", "NoticeKind", "OverrideKind",
    "PartyKind", "PeriodKind", "ReplyKind", "ResourceNeed", "Works", "WorksAnswer", "WorksAttempt", "WorksConflict",
    "WorksDispatch", "WorksEvent", "WorksFact", "WorksNotice", "WorksOffer", "WorksOfferState", "WorksOverride",
    "WorksParty", "WorksPeriod", "WorksReceipt", "WorksReply", "WorksReport", "WorksState", "WorksTarget",
    "WorksVersion",
]  # fmt: skip
