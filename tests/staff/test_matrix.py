"""Every address of staff, as everybody: quality.md "Security and privacy", architecture.md "Doors".

`in`: to the sign-in page (anonymous, no role, switched off); `no`: forbidden; 404 hides what belongs to other units.
An address that is not in the table fails the test: add its row.
"""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from wagtail.admin.viewsets import viewsets

from booking.agreements import services
from booking.agreements.services import TaskDraft
from booking.calendars.incoming.models import CalendarSource
from booking.calendars.services import subscribe
from booking.cases.desk.models import SavedView
from booking.cases.models import Case, GroundsText, Line, ParkedMail, RoutingRule
from booking.catalogue.models import HandOver, PermitRequirement, UseKind
from booking.correspondence.models import InboundMail, OutboxMessage
from booking.days.services import make_link
from booking.faults.services import report_fault
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.meetings.services import MeetingDraft, prepare_meeting
from booking.permits import services as permits
from booking.permits.models import Permit
from booking.privacy.models import RetentionRule
from booking.privacy.services import new_text
from booking.rosters.models import DutyKind, DutyPlan
from booking.seasons.models import DraftRun, SeasonRound
from booking.staff.menu import collect
from booking.works.rulesets.models import NoticeRuleSet
from booking.works.rulesets.reading import preset_source
from booking.works.services import WorksSpec, draft_works, move
from tests.factories import (
    NOW,
    give_membership,
    give_role,
    make_delivery,
    make_feature,
    make_kit,
    make_leader,
    make_officer,
    make_organisation,
    make_resource,
    make_user,
)
from tests.matrix import missing_rows, names_of, row, walk

pytestmark = [pytest.mark.django_db, pytest.mark.once]

#: anonymous, requester, officer of another unit, officer of the unit, switched off
OPEN = "in in 200 200 in"
ACT = "in in done done in"
DAY = date(2050, 7, 1)

ROWS = {
    # Organisations are shared by all officers and leaders.
    "booking_organisations:index": row(OPEN),
    "booking_organisations:index_results": row(OPEN),
    "booking_organisations:add": row(OPEN),
    "booking_organisations:edit": row(OPEN, args=lambda things: [things.organisation.pk]),
    "booking_organisations:inspect": row(OPEN, args=lambda things: [things.organisation.pk]),
    "booking_organisations:history": row(OPEN, args=lambda things: [things.organisation.pk]),
    "booking_organisations:history_results": row(OPEN, args=lambda things: [things.organisation.pk]),
    "booking_organisations:add_member": row(OPEN, args=lambda things: [things.organisation.pk]),
    "booking_organisations:verify": row(ACT, "post", args=lambda things: [things.organisation.pk]),
    "booking_organisations:verify#get": row("in in 405 405 in", args=lambda things: [things.organisation.pk]),
    "booking_organisations:set_inactive": row(ACT, "post", args=lambda things: [things.organisation.pk]),
    "booking_organisations:set_active": row(ACT, "post", args=lambda things: [things.organisation.pk]),
    "booking_organisations:end_membership": row(
        ACT, "post", args=lambda things: [things.organisation.pk, things.membership.pk]
    ),
    "booking_organisations:end_membership#of another": row(
        "in in 404 404 in", "post", args=lambda things: [things.organisation.pk, things.elsewhere.pk]
    ),
    "booking_organisations:ask_register": row(ACT, "post", args=lambda things: [things.organisation.pk]),
    "booking_organisations:merge": row(OPEN, args=lambda things: [things.organisation.pk]),
    # The second to press finds nothing any more: the entry has gone up in the other.
    "booking_organisations:merge#press": row(
        "in in done 404 in",
        "post",
        args=lambda things: [things.double.pk],
        data=lambda things: {"target": things.organisation.pk},
    ),
    # So are leaders who are gone. What the form doesn't say isn't done.
    "booking_leaders:index": row(OPEN),
    "booking_leaders:index_results": row(OPEN),
    "booking_leaders:inspect": row(OPEN, args=lambda things: [things.matter.pk]),
    "booking_leaders:open": row(ACT, "post", args=lambda things: [things.matter.pk]),
    "booking_leaders:confirm": row(ACT, "post", args=lambda things: [things.matter.pk]),
    "booking_leaders:dismiss": row(ACT, "post", args=lambda things: [things.matter.pk]),
    # How many follow the things of one's units: a list, and nothing else.
    "booking_followers:index": row(OPEN),
    "booking_followers:index_results": row(OPEN),
    # Everybody with a role has the calendars of their own units, by addresses of their own.
    "booking_calendars:index": row(OPEN),
    "booking_calendars:index#of another unit": row(
        "in in done done in", "post", data=lambda things: {"kind": "unit", "key": things.resource.unit.slug}
    ),
    "booking_calendars:renew": row("in in 404 done in", "post", args=lambda things: [things.feed.feed_id]),
    "booking_calendars:renew#get": row("in in 405 405 in", args=lambda things: [things.feed.feed_id]),
    "booking_calendars:stop": row("in in 404 done in", "post", args=lambda things: [things.feed.feed_id]),
    # Resources belong to units: elsewhere they don't exist.
    "booking_resources:index": row(OPEN),
    "booking_resources:index_results": row(OPEN),
    "booking_resources:add": row(OPEN),
    **{
        f"booking_resources:{name}": row("in in 404 200 in", args=lambda things: [things.resource.pk])
        for name in (
            "inspect",
            "edit",
            "history",
            "history_results",
            "hours",
            "exception",
            "cover",
            "close",
            "retire",
            "prices",
            "wall",
            "needs",
        )
    },
    "booking_resources:stock": row("in in 404 200 in", args=lambda things: [things.chairs.pk]),
    "booking_resources:publish": row("in in 404 done in", "post", args=lambda things: [things.resource.pk]),
    "booking_resources:publish#get": row("in in 404 405 in", args=lambda things: [things.resource.pk]),
    "booking_resources:unpublish": row("in in 404 done in", "post", args=lambda things: [things.resource.pk]),
    "booking_resources:split": row("in in 404 done in", "post", args=lambda things: [things.resource.pk]),
    "booking_resources:remove_exception": row(
        "in in 404 done in", "post", args=lambda things: [things.resource.pk, things.exception.pk]
    ),
    "booking_resources:remove_exception#of another": row(
        "in in 404 404 in", "post", args=lambda things: [things.chairs.pk, things.unit_exception.pk]
    ),
    "booking_resources:reopen": row(
        "in in 404 done in", "post", args=lambda things: [things.resource.pk, things.closure.pk]
    ),
    "booking_resources:reopen#of another": row(
        "in in 404 404 in", "post", args=lambda things: [things.chairs.pk, things.closure.pk]
    ),
    # Units: officers look and note who is away; leaders change.
    "booking_units:index": row(OPEN),
    "booking_units:index_results": row(OPEN),
    "booking_units:add": row("in in no no in"),
    **{
        f"booking_units:{name}": row("in in 404 200 in", args=lambda things: [things.unit.pk])
        for name in ("inspect", "absence")
    },
    **{
        f"booking_units:{name}": row("in in 404 no in", args=lambda things: [things.unit.pk])
        for name in ("edit", "role", "slow_weeks", "hours", "exception", "history", "history_results")
    },
    "booking_units:prices": row("in in 404 200 in", args=lambda things: [things.unit.pk]),
    "booking_units:rules": row("in in 404 no in", args=lambda things: [things.unit.pk, "venue"]),
    "booking_units:end_role": row("in in 404 no in", "post", args=lambda things: [things.unit.pk, things.role.pk]),
    "booking_units:remove_exception": row(
        "in in 404 no in", "post", args=lambda things: [things.unit.pk, things.unit_exception.pk]
    ),
    # People: one's own page, and those of the units that one leads. Others' pages don't exist.
    "booking_people:index": row("in in done done in"),
    "booking_people:first_day": row(OPEN),
    **{
        f"booking_people:{name}": row("in in 404 200 in", args=lambda things: [things.officer.pk])
        for name in ("person", "absence", "hand_over")
    },
    **{
        f"booking_people:{name}#colleague": row("in in 404 404 in", args=lambda things: [things.colleague.pk])
        for name in ("person", "absence", "hand_over")
    },
    "booking_people:hand_over#nonsense": row(
        "in in 404 400 in",
        "post",
        args=lambda things: [things.officer.pk],
        data=lambda things: {"act": "look", "to:cases:1": "\x00"},
    ),
    "booking_people:absence#empty": row("in in 404 200 in", "post", args=lambda things: [things.officer.pk]),
    "booking_people:end_absence": row(
        "in in 404 done in", "post", args=lambda things: [things.officer.pk, things.absence.pk]
    ),
    "booking_people:end_absence#get": row(
        "in in 404 405 in", args=lambda things: [things.officer.pk, things.absence.pk]
    ),
    "booking_people:last_day": row("in in 404 done in", "post", args=lambda things: [things.officer.pk]),
    "booking_people:last_day#get": row("in in 404 405 in", args=lambda things: [things.officer.pk]),
    "booking_people:seen": row("in in 404 404 in", "post", args=lambda things: [things.taken_over.pk]),
    # Cases belong to units: elsewhere they don't exist. A form that says nothing decides nothing.
    "booking_cases:index": row(OPEN),
    "booking_cases:index_results": row(OPEN),
    "booking_cases:inspect": row("in in 404 200 in", args=lambda things: [things.case.pk]),
    "booking_cases:decide": row("in in 404 400 in", "post", args=lambda things: [things.case.pk]),
    "booking_cases:decide#get": row("in in 404 done in", args=lambda things: [things.case.pk]),
    "booking_cases:message": row(
        "in in 404 done in", "post", args=lambda things: [things.case.pk], data=lambda things: {"message": "Hei"}
    ),
    "booking_cases:message#empty": row("in in 404 400 in", "post", args=lambda things: [things.case.pk]),
    "booking_cases:act": row("in in 404 412 in", "post", args=lambda things: [things.case.pk, "ask"]),
    "booking_cases:act#get": row("in in 404 done in", args=lambda things: [things.case.pk, "ask"]),
    "booking_cases:act#unknown": row("in in 404 404 in", "post", args=lambda things: [things.case.pk, "eat"]),
    "booking_cases:move": row("in in 404 412 in", "post", args=lambda things: [things.case.pk, "take-back"]),
    "booking_cases:move#get": row("in in 404 done in", args=lambda things: [things.case.pk, "undo"]),
    "booking_cases:move#unknown": row("in in 404 404 in", "post", args=lambda things: [things.case.pk, "eat"]),
    "booking_cases:bulk": row("in in no 200 in", data=lambda things: {"id": things.case.pk, "outcome": "grant"}),
    "booking_cases:bulk#nothing marked": row("in in no done in", "post"),
    "booking_cases:bulk#all": row("in in no 200 in", data=lambda things: {"all": 1, "outcome": "waiting_list"}),
    "booking_cases:next": row("in in 404 done in", args=lambda things: [things.case.pk]),
    # Lists of one person, and of a unit for who works there: others' lists don't exist.
    "booking_cases:views": row(OPEN),
    "booking_cases:views#empty": row("in in 400 400 in", "post"),
    "booking_cases:view": row("in in 404 done in", "post", args=lambda things: [things.kept.pk, "start"]),
    "booking_cases:view#get": row("in in 405 405 in", args=lambda things: [things.kept.pk, "start"]),
    "booking_cases:view#unknown": row("in in 404 404 in", "post", args=lambda things: [things.kept.pk, "eat"]),
    "booking_cases:view#of another": row("in in 404 404 in", "post", args=lambda things: [things.theirs.pk, "remove"]),
    "booking_cases:view#only the leader": row(
        "in in 404 403 in", "post", args=lambda things: [things.shared.pk, "remove"]
    ),
    "booking_cases:shortcuts": row(ACT, "post"),
    "booking_cases:shortcuts#get": row("in in 405 405 in"),
    # Agreements belong to units: elsewhere they don't exist. What the form doesn't say isn't done.
    # Calendars of others: those of the own units.
    # Webhooks are the leaders' and the administrators' (tests/webhooks/test_staff.py walks them).
    **{f"booking_webhooks:{name}": row("in in no no in") for name in ("index", "index_results", "add")},
    **{
        f"booking_webhooks:{name}": row("in in 404 404 in", args=lambda things: [things.webhook.pk])
        for name in ("inspect", "change")
    },
    **{
        f"booking_webhooks:{name}": row("in in 404 404 in", "post", args=lambda things: [things.webhook.pk])
        for name in ("pause", "resume", "rotate", "again_all", "remove", "secret", "test")
    },
    **{
        f"booking_webhooks:{name}": row(
            "in in 404 404 in", method, args=lambda things: [things.webhook.pk, things.webhook_delivery.pk]
        )
        for name, method in (("delivery", "get"), ("again", "post"))
    },
    "booking_calendars_in:index": row(OPEN),
    "booking_calendars_in:index_results": row(OPEN),
    "booking_calendars_in:add": row(OPEN),
    "booking_calendars_in:lines": row(OPEN),
    "booking_calendars_in:inspect": row("in in 404 200 in", args=lambda things: [things.calendar.pk]),
    "booking_calendars_in:change": row("in in 404 200 in", args=lambda things: [things.calendar.pk]),
    **{
        f"booking_calendars_in:{name}": row("in in 404 done in", "post", args=lambda things: [things.calendar.pk])
        for name in ("look", "stop", "start", "take", "refuse")
    },
    "booking_calendars_in:settle": row("in in 404 404 in", "post", args=lambda things: [things.calendar.pk, 999999]),
    "booking_agreements:index": row(OPEN),
    "booking_agreements:index_results": row(OPEN),
    "booking_agreements:add": row(OPEN),
    "booking_agreements:add#of another": row("in in 404 200 in", data=lambda things: {"from": things.agreement.pk}),
    "booking_agreements:inspect": row("in in 404 200 in", args=lambda things: [things.agreement.pk]),
    "booking_agreements:letter": row("in in 404 200 in", args=lambda things: [things.agreement.pk]),
    "booking_agreements:correct": row("in in 404 404 in", args=lambda things: [things.agreement.pk]),
    "booking_agreements:correct#unconfirmed": row("in in 404 200 in", args=lambda things: [things.said.pk]),
    "booking_agreements:document": row(
        "in in 404 200 in", args=lambda things: [things.agreement.pk, things.document.pk]
    ),
    "booking_agreements:document#of another": row(
        "in in 404 404 in", args=lambda things: [things.said.pk, things.document.pk]
    ),
    "booking_agreements:confirm": row("in in 404 done in", "post", args=lambda things: [things.said.pk]),
    "booking_agreements:confirm#get": row("in in 404 done in", args=lambda things: [things.said.pk]),
    **{
        f"booking_agreements:{name}": row("in in 404 400 in", "post", args=lambda things: [things.agreement.pk])
        for name in ("decline", "notice", "add_task", "upload", "assign")
    },
    "booking_agreements:retry": row("in in 404 done in", "post", args=lambda things: [things.agreement.pk]),
    "booking_agreements:seen": row("in in 404 done in", "post", args=lambda things: [things.agreement.pk]),
    "booking_agreements:done": row(
        "in in 404 done in", "post", args=lambda things: [things.agreement.pk, things.task.dates.first().pk]
    ),
    "booking_agreements:done#of another": row(
        "in in 404 404 in", "post", args=lambda things: [things.said.pk, things.task.dates.first().pk]
    ),
    "booking_agreements:stop_task": row(
        "in in 404 done in", "post", args=lambda things: [things.agreement.pk, things.task.pk]
    ),
    "booking_agreements:remove": row(
        "in in 404 done in", "post", args=lambda things: [things.agreement.pk, things.document.pk]
    ),
    # Meetings belong to the unit that calls them. What the form doesn't say isn't done; it hasn't been held yet.
    "booking_meetings:index": row(OPEN),
    "booking_meetings:index_results": row(OPEN),
    "booking_meetings:add": row(OPEN),
    "booking_meetings:inspect": row("in in 404 200 in", args=lambda things: [things.meeting.pk]),
    "booking_meetings:paper": row("in in 404 200 in", args=lambda things: [things.meeting.pk]),
    "booking_meetings:change": row("in in 404 200 in", args=lambda things: [things.meeting.pk]),
    "booking_meetings:call": row("in in 404 done in", "post", args=lambda things: [things.meeting.pk]),
    "booking_meetings:call#get": row("in in 404 done in", args=lambda things: [things.meeting.pk]),
    **{
        f"booking_meetings:{name}": row("in in 404 400 in", "post", args=lambda things: [things.meeting.pk])
        for name in ("cancel", "add_point", "commit")
    },
    "booking_meetings:next": row("in in 404 done in", "post", args=lambda things: [things.meeting.pk]),
    "booking_meetings:minutes": row("in in 404 409 in", "post", args=lambda things: [things.meeting.pk]),
    **{
        f"booking_meetings:{name}": row("in in 404 404 in", "post", args=lambda things: [things.meeting.pk, 999999])
        for name in ("withdraw_point", "done", "drop", "more_time")
    },
    # Texts for grounds: a unit's own, and everybody's.
    "booking_texts:index": row(OPEN),
    "booking_texts:index_results": row(OPEN),
    "booking_texts:add": row(OPEN),
    "booking_texts:edit": row("in in 404 200 in", args=lambda things: [things.grounds.pk]),
    "booking_texts:history": row("in in 404 200 in", args=lambda things: [things.grounds.pk]),
    "booking_texts:history_results": row("in in 404 200 in", args=lambda things: [things.grounds.pk]),
    # Whoever has a role in a unit writes down a question, whichever unit is to answer it.
    "booking_cases:note": row(OPEN),
    "booking_cases:note#empty": row(OPEN, "post"),
    "booking_cases:plan": row("in in 404 done in", "post", args=lambda things: [things.case.pk, "publish"]),
    "booking_cases:plan#unknown": row("in in 404 404 in", "post", args=lambda things: [things.case.pk, "eat"]),
    "booking_cases:plan#get": row("in in 404 405 in", args=lambda things: [things.case.pk, "publish"]),
    # E-mail that waits belongs to the unit that has its case or its address.
    "booking_parked:index": row(OPEN),
    "booking_parked:index_results": row(OPEN),
    "booking_parked:inspect": row("in in 404 200 in", args=lambda things: [things.parked.pk]),
    "booking_parked:act": row("in in 404 done in", "post", args=lambda things: [things.parked.pk, "spam"]),
    "booking_parked:act#unknown": row("in in 404 404 in", "post", args=lambda things: [things.parked.pk, "eat"]),
    "booking_parked:act#get": row("in in 404 405 in", args=lambda things: [things.parked.pk, "spam"]),
    # Routing rules are those of the whole municipality: its front desk's leader changes them.
    "booking_routing:index": row(OPEN),
    "booking_routing:index_results": row(OPEN),
    "booking_routing:add": row("in in no no in"),
    "booking_routing:edit": row("in in no no in", args=lambda things: [things.routing.pk]),
    "booking_routing:history": row("in in no no in", args=lambda things: [things.routing.pk]),
    "booking_routing:history_results": row("in in no no in", args=lambda things: [things.routing.pk]),
    # Letters that have not gone out are seen by the unit that has the case.
    "booking_outbox:index": row(OPEN),
    "booking_outbox:index_results": row(OPEN),
    "booking_outbox:retry#get": row("in in 404 405 in", args=lambda things: [things.letter.pk]),
    "booking_outbox:retry": row("in in 404 done in", "post", args=lambda things: [things.letter.pk]),
    "booking_outbox:retry_all": row(ACT, "post"),
    # How long things are kept and what people agree to is the administrator's; who looked, the unit's leader's.
    **{
        f"booking_{name}": row("in in no no in")
        for name in (
            "retention:index",
            "retention:index_results",
            "consent_texts:index",
            "consent_texts:index_results",
            "looks:index",
            "looks:index_results",
        )
    },
    **{
        f"booking_retention:{name}": row("in in 404 404 in", method, args=lambda things: [things.rule.pk])
        for name, method in (("inspect", "get"), ("choose", "post"), ("agree", "post"))
    },
    "booking_consent_texts:inspect": row("in in 404 404 in", args=lambda things: [things.text.pk]),
    "booking_consent_texts:new": row("in in no no in", args=lambda things: ["public_contact"]),
    "booking_consent_texts:new#press": row("in in no no in", "post", args=lambda things: ["public_contact"]),
    **{f"booking_duty_kinds:{name}": row(OPEN) for name in ("index", "index_results", "add")},
    **{
        f"booking_duty_kinds:{name}": row("in in 404 200 in", args=lambda things: [things.duty_kind.pk])
        for name in ("edit", "history", "history_results")
    },
    **{f"booking_duty_plans:{name}": row(OPEN) for name in ("index", "index_results", "add")},
    **{
        f"booking_duty_plans:{name}": row("in in 404 200 in", args=lambda things: [things.duty_plan.pk])
        for name in ("edit", "delete", "history", "history_results")
    },
    # Permits are seen by the unit that has the case and by the one that grants them, which has the word.
    "booking_permits:index": row(OPEN),
    "booking_permits:index_results": row(OPEN),
    "booking_permits:inspect": row("in in 404 200 in", args=lambda things: [things.permit.pk]),
    "booking_permits:document": row(
        "in in 404 200 in", args=lambda things: [things.permit.pk, things.permit_document.pk]
    ),
    "booking_permits:document#of another": row(
        "in in 404 404 in", args=lambda things: [things.permit.pk, things.permit_document.pk + 1]
    ),
    "booking_permits:grant": row(
        "in in 404 done in", "post", args=lambda things: [things.permit.pk], data=lambda things: {"state": "granted"}
    ),
    "booking_permits:grant#empty": row("in in 404 400 in", "post", args=lambda things: [things.permit.pk]),
    "booking_permits:upload": row("in in 404 400 in", "post", args=lambda things: [things.permit.pk]),
    # Requirements belong to things and units; those of kinds of use, and the kinds, are the whole town's.
    "booking_requirements:index": row(OPEN),
    "booking_requirements:index_results": row(OPEN),
    "booking_requirements:add": row(OPEN),
    **{
        f"booking_requirements:{name}": row("in in 404 200 in", args=lambda things: [things.requirement.pk])
        for name in ("edit", "history", "history_results")
    },
    "booking_uses:index": row(OPEN),
    "booking_uses:index_results": row(OPEN),
    "booking_uses:add": row("in in no no in"),
    **{
        f"booking_uses:{name}": row("in in no no in", args=lambda things: [things.use.pk])
        for name in ("edit", "history", "history_results")
    },
    # The timeline shows things of one's own units; a move is about a date that one may decide.
    "booking_timeline:index": row(OPEN),
    "booking_timeline:move": row("in in 404 200 in", args=lambda things: [things.line.pk]),
    "booking_timeline:move#press": row("in in 404 200 in", "post", args=lambda things: [things.line.pk]),
    # Closures and faults belong to units.
    "booking_closures:index": row(OPEN),
    "booking_closures:index_results": row(OPEN),
    "booking_closures:add": row(OPEN),
    "booking_closures:end": row("in in 404 done in", "post", args=lambda things: [things.closure.pk]),
    "booking_closures:end#get": row("in in 404 405 in", args=lambda things: [things.closure.pk]),
    "booking_closures:take_back": row("in in 404 done in", "post", args=lambda things: [things.closure.pk]),
    "booking_faults:index": row(OPEN),
    "booking_faults:index_results": row(OPEN),
    "booking_faults:act": row("in in 404 done in", "post", args=lambda things: [things.fault.pk, "look"]),
    "booking_faults:act#unknown": row("in in 404 404 in", "post", args=lambda things: [things.fault.pk, "eat"]),
    "booking_faults:act#get": row("in in 404 405 in", args=lambda things: [things.fault.pk, "look"]),
    "booking_faults:photo": row("in in 404 404 in", args=lambda things: [things.fault.pk]),
    # Links to caretakers' pages are the leader's: an officer has none.
    "booking_caretakers:index": row("in in no no in"),
    "booking_caretakers:index_results": row("in in no no in"),
    "booking_caretakers:add": row("in in no no in"),
    "booking_caretakers:renew": row("in in 404 404 in", "post", args=lambda things: [things.link.pk]),
    "booking_caretakers:end": row("in in 404 404 in", "post", args=lambda things: [things.link.pk]),
    # Features are shared.
    "booking_kits:index": row(OPEN),
    "booking_kits:index_results": row(OPEN),
    "booking_kits:add": row(OPEN),
    "booking_kits:edit": row("in in 404 200 in", args=lambda things: [things.kit.pk]),
    "booking_kits:history": row("in in 404 200 in", args=lambda things: [things.kit.pk]),
    "booking_kits:history_results": row("in in 404 200 in", args=lambda things: [things.kit.pk]),
    "booking_features:index": row(OPEN),
    "booking_features:index_results": row(OPEN),
    "booking_features:add": row(OPEN),
    "booking_features:edit": row(OPEN, args=lambda things: [things.feature.pk]),
    "booking_features:history": row(OPEN, args=lambda things: [things.feature.pk]),
    "booking_features:history_results": row(OPEN, args=lambda things: [things.feature.pk]),
    # Works: everybody of the unit looks, planners and leaders plan; whoever is awake declares an emergency.
    # Proposals of a round of the unit: colleagues look, who may decide acts; elsewhere the round doesn't exist.
    "booking_seasons:proposals": row("in in 404 200 in", args=lambda things: [things.hall_round.pk]),
    "booking_seasons:calculate": row("in in 404 409 in", "post", args=lambda things: [things.hall_round.pk],
                                     data=lambda things: {"budget": "60.0"}),
    "booking_seasons:calculate#get": row("in in 404 done in", args=lambda things: [things.hall_round.pk]),
    "booking_seasons:simulate": row("in in 404 409 in", "post", args=lambda things: [things.hall_round.pk],
                                    data=lambda things: {"preset": "lottery"}),
    "booking_seasons:stop_draft": row(
        "in in 404 done in", "post", args=lambda things: [things.hall_round.pk, things.run.pk]
    ),
    "booking_seasons:stop_draft#of another": row(
        "in in 404 404 in", "post", args=lambda things: [things.hall_round.pk, 0]
    ),
    "booking_works:index": row(OPEN),
    "booking_works:index_results": row(OPEN),
    "booking_works:inspect": row("in in 404 200 in", args=lambda things: [things.works.pk]),
    "booking_works:add": row("in in no no in"),
    "booking_works:preview": row("in in no no in", "post"),
    "booking_works:emergency": row("in in 200 200 in"),
    "booking_works:change": row("in in 404 no in", args=lambda things: [things.works.pk]),
    "booking_works:move": row(
        "in in 404 403 in", "post", args=lambda things: [things.works.pk],
        data=lambda things: {"to": "cancelled", "why": "Fordi"},
    ),
    "booking_works:move#get": row("in in 404 done in", args=lambda things: [things.works.pk]),
    "booking_works:add_affected": row(
        "in in 404 403 in", "post", args=lambda things: [things.works.pk],
        data=lambda things: {"organisation": things.organisation.pk, "reason": "Fordi"},
    ),
    "booking_works:answer": row("in in 404 400 in", "post", args=lambda things: [things.works.pk]),
    "booking_works:hand_on": row("in in 404 400 in", "post", args=lambda things: [things.works.pk]),
    "booking_works:ask_early": row(
        "in in 404 403 in", "post", args=lambda things: [things.works.pk], data=lambda things: {"reason": "Fordi"}
    ),
    **{
        f"booking_works:{name}": row("in in 404 403 in", "post", args=lambda things: [things.works.pk])
        for name in ("find", "confirm_list", "restore")
    },
    # An officer may sign, too: but nobody has gone through the list yet.
    "booking_works:sign": row("in in 404 409 in", "post", args=lambda things: [things.works.pk]),
    # Rows that aren't of these works don't exist.
    **{
        f"booking_works:{name}": row("in in 404 404 in", "post", args=lambda things: [things.works.pk, 990099])
        for name in (
            "decide", "decide_report", "task", "withdraw_offer", "settle", "grant", "refuse", "write_report", "review",
            "correct",
        )
    },
    **{
        f"booking_works:{name}": row("in in 404 400 in", "post", args=lambda things: [things.works.pk, 990099])
        for name in ("offer", "call")
    },
    # Season rounds: everybody of the unit looks, officers and leaders run them.
    "booking_seasons:index": row(OPEN),
    "booking_seasons:index_results": row(OPEN),
    "booking_seasons:add": row(OPEN),
    **{
        f"booking_seasons:{name}": row("in in 404 200 in", args=lambda things: [things.season.pk])
        for name in ("inspect", "setup", "places", "own_use", "breaks", "rules", "wishes")
    },
    "booking_seasons:open": row("in in 404 422 in", "post", args=lambda things: [things.season.pk]),
    "booking_seasons:open#get": row("in in 404 done in", args=lambda things: [things.season.pk]),
    "booking_seasons:close": row("in in 404 409 in", "post", args=lambda things: [things.season.pk]),
    "booking_seasons:hear": row("in in 404 400 in", "post", args=lambda things: [things.season.pk]),
    "booking_seasons:hearing": row("in in 404 200 in", args=lambda things: [things.season.pk]),
    "booking_seasons:running": row("in in 404 200 in", args=lambda things: [things.season.pk]),
    "booking_seasons:use": row("in in 404 200 in", args=lambda things: [things.season.pk]),
    # Nothing is adopted yet in that round: there is nothing to count.
    "booking_seasons:use_export": row("in in 404 404 in", args=lambda things: [things.season.pk, "csv"]),
    # Nothing is heard yet in that round: there is nothing to adopt.
    "booking_seasons:adopt": row("in in 404 404 in", args=lambda things: [things.season.pk]),
    "booking_seasons:answer": row("in in 404 404 in", "post", args=lambda things: [things.season.pk, 990099]),
    "booking_seasons:copy": row("in in 404 done in", "post", args=lambda things: [things.season.pk]),
    "booking_seasons:delete": row("in in 404 409 in", "post", args=lambda things: [things.season.pk]),
    "booking_seasons:wish_new": row("in in 404 done in", args=lambda things: [things.season.pk]),
    "booking_seasons:wish": row("in in 404 404 in", args=lambda things: [things.season.pk, 990099]),
    "booking_seasons:wish_withdraw": row("in in 404 404 in", "post", args=lambda things: [things.season.pk, 990099]),
    # The rules are read by all who work by them, and written by the administrator.
    "booking_rulesets:index": row(OPEN),
    "booking_rulesets:index_results": row(OPEN),
    "booking_rulesets:inspect": row(OPEN, args=lambda things: [things.notice_rules.pk]),
    "booking_rulesets:add": row("in in no no in"),
    "booking_rulesets:edit_draft": row("in in no no in", args=lambda things: [things.notice_rules.pk]),
    **{
        f"booking_rulesets:{name}": row("in in no no in", "post", args=lambda things: [things.notice_rules.pk])
        for name in ("publish", "use", "discard")
    },
}  # fmt: skip


def make_case(unit):
    """A question to the unit, from somebody without an account."""
    return Case.objects.create(
        reference="2026-0042", kind="enquiry", contact_name="Leif", unit=unit, received_at=NOW, revised_at=NOW
    )


def make_line(unit, resource):
    """A granted date of a case of the unit, ahead."""
    case = Case.objects.create(
        reference="2026-0043", kind="request", contact_name="Leif", unit=unit, received_at=NOW, revised_at=NOW
    )
    start = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=9)
    return Line.objects.create(
        case=case, number=1, resource=resource, start=start, end=start + timedelta(hours=2), state="granted",
        created_at=NOW, revised_at=NOW,
    )  # fmt: skip


def make_agreements(people, organisation):
    """One in force with a task and a document of the unit's, and one that only the club has confirmed."""
    leader, officer = organisation.memberships.get().user, people.users["officer"]
    facts = {"terms": "Rydder selv.", "organisations": [organisation], "place": "Stranda", "start": NOW.date()}
    tasks = [TaskDraft("Tilsyn", "municipality", clock.today(booking_settings().tz), "month")]
    agreed, said = (
        services.write_down(
            services.AgreementDraft(title=title, tasks=tasks if title == "Avtalt" else [], **facts),
            by=leader, organisation=organisation, unit=people.unit, now=NOW,
        )
        for title in ("Avtalt", "Sagt")
    )  # fmt: skip
    agreed = services.confirm(agreed, by=officer, now=NOW)
    document = services.add_document(agreed, name="a.txt", content=b"Avtale", by=officer, now=NOW)
    return agreed, said, document


def make_meeting(people, organisation):
    """Prepared by the unit, open to everybody; nobody is invited yet."""
    start = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=40)
    draft = MeetingDraft(
        title="Dialogmøte", start=start, end=start + timedelta(hours=1), organisations=[organisation], public=True
    )
    return prepare_meeting(draft, by=people.users["officer"], unit=people.unit, now=clock.now())


def make_works(people, organisation):
    """A plan of the unit that everybody may see, and a draft of notice rules."""
    planner = make_user("Pia Planlegger")
    give_role(planner, people.unit, "planner")
    start = NOW + timedelta(days=90)
    spec = WorksSpec(title="Vannrør", reason="Lekkasje", window_start=start, window_end=start + timedelta(days=2))
    drafted = draft_works(unit=people.unit, spec=spec, by=planner, now=NOW)
    rules = NoticeRuleSet.objects.create(
        code="small_town", version=1, source=preset_source("small_town"), created_by=planner, created_at=NOW,
        revised_at=NOW,
    )  # fmt: skip
    return move(drafted, to="planned", by=planner, now=NOW), rules


def make_season(people):
    """A round that is being prepared; another one follows it."""
    days = {
        name: date(2026, 8, 1) + timedelta(days=7 * number)
        for number, name in enumerate(
            ("opens_on", "closes_on", "proposals_until", "hearing_until", "confirm_by", "adopt_on", "season_start",
             "season_end")
        )
    }  # fmt: skip
    facts = {"unit": people.unit, "created_by": people.users["officer"], "created_at": NOW, "revised_at": NOW} | days
    made = SeasonRound.objects.create(name="Halltid", slug="halltid", **facts)
    SeasonRound.objects.create(name="Halltid igjen", slug="halltid-2", follows=made, **facts)
    return made


def make_hall_round(people):
    """A round of the unit whose proposals are made, without wishes, and a calculation that is over."""
    day = NOW.date()
    found = SeasonRound.objects.create(
        name="Hallfordeling", slug="hallfordeling", unit=people.unit, state="proposals", season_start=day,
        season_end=day, opens_on=day, closes_on=day, proposals_until=day, hearing_until=day, confirm_by=day,
        adopt_on=day, created_by=people.users["officer"], created_at=NOW, revised_at=NOW, wishes_closed_at=NOW,
    )  # fmt: skip
    run = DraftRun.objects.create(
        round=found, asked_by=people.users["officer"], asked_at=NOW, state="done", finished_at=NOW
    )
    return found, run


@pytest.fixture
def things(people):
    hall_round, run = make_hall_round(people)
    organisation = make_organisation("Korpset", leader=make_user("Leif"))
    case = make_case(people.unit)
    agreement, said, document = make_agreements(people, organisation)
    works, notice_rules = make_works(people, organisation)
    mail = InboundMail.objects.create(key="k", sender="ukjent@example.org", state="parked", received_at=NOW)
    need = PermitRequirement.objects.create(
        resource=make_resource("Stranda", unit=people.unit), what="Bål", granted_by="Brannvesenet"
    )
    permit = Permit.objects.create(case=case, requirement=need, changed_at=NOW)
    return SimpleNamespace(
        case=case,
        kept=SavedView.objects.create(owner=people.users["officer"], title="Mine", query="tab=mine", made_at=NOW),
        theirs=SavedView.objects.create(owner=make_user("Tora Tredje"), title="Mine", query="tab=mine", made_at=NOW),
        shared=SavedView.objects.create(unit=people.unit, title="Halls", query="resource=hall", made_at=NOW),
        requirement=need,
        use=UseKind.objects.get(slug="open-fire"),
        permit=permit,
        permit_document=permits.add_document(
            permit, name="a.txt", content=b"Kart", by=people.users["officer"], now=NOW
        ),
        works=works,
        hall_round=hall_round,
        run=run,
        season=make_season(people),
        notice_rules=notice_rules,
        parked=ParkedMail.objects.create(mail=mail, unit=people.unit, case=case, reason="unknown_sender", words="Hei"),
        routing=RoutingRule.objects.create(words="brøyt", unit=people.unit),
        calendar=CalendarSource.objects.create(unit=people.unit, name="Skolen", whole_unit=True, created_at=NOW),
        webhook=(delivery := make_delivery(people.unit)).endpoint,
        webhook_delivery=delivery,
        agreement=agreement,
        meeting=make_meeting(people, organisation),
        said=said,
        document=document,
        task=agreement.tasks.get(),
        letter=OutboxMessage.objects.create(
            key="decision:1",
            handler="case_decision",
            payload={"case": case.pk},
            recipient="leif@example.org",
            state="failed",
            due_at=NOW,
            created_at=NOW,
        ),
        duty_kind=DutyKind.objects.create(unit=people.unit, name="Brannvakt på scenen", role="fire_watch"),
        duty_plan=DutyPlan.objects.create(unit=people.unit, revised_at=NOW),
        grounds=GroundsText.objects.create(unit=people.unit, use="refuse", title="Opptatt", text="Hallen er opptatt."),
        organisation=organisation,
        double=make_organisation("Korpset igjen"),
        matter=organisation.leader_matters.create(reason="died", message="Leif er død.", filed_at=NOW),
        membership=give_membership(make_user("Berit"), organisation, "booker"),
        elsewhere=give_membership(make_user("Nina"), make_organisation("En annen"), "leader"),
        unit=people.unit,
        role=people.unit.roles.first(),
        unit_exception=people.unit.opening_exceptions.create(start=DAY, end=DAY),
        resource=(resource := make_resource(unit=people.unit)),
        chairs=(chairs := make_resource("Stoler", unit=people.unit, kind="equipment", stock=40)),
        kit=make_kit(chairs),
        exception=resource.opening_exceptions.create(start=DAY, end=DAY),
        closure=resource.closures.create(
            start=NOW + timedelta(days=9000), end=NOW + timedelta(days=9001), reason="Malerarbeid", created_at=NOW
        ),
        fault=report_fault(resource, kind="light", now=NOW),
        line=make_line(people.unit, resource),
        link=make_link(
            unit=people.unit, building=None, label="Vidar", by=make_leader(people.unit, "Lena Leder"), now=NOW
        ).link,
        feature=make_feature(),
        officer=people.users["officer"],
        feed=subscribe(user=people.users["officer"], kind="unit", unit=people.unit, language="nb", now=NOW),
        colleague=make_officer(people.unit, "Kollega"),
        absence=people.users["officer"].absences.create(start=DAY, end=DAY),
        taken_over=HandOver.objects.create(
            kind="units", key="1:officer", title="Kultur", unit=people.unit, former=people.users["gone"], at=NOW
        ),
        rule=RetentionRule.objects.create(name="letters", in_force=365),
        text=new_text(kind="public_contact", bodies={"nb": "Vi viser navnet."}, now=NOW),
    )


def staff_names() -> set[str]:
    """Every address of every viewset in the "Booking" menu, and of our own pages in the admin."""
    names = {name for viewset in collect() for name in names_of(namespace=f"{viewset.url_namespace}:")}
    return names | names_of(route="admin/booking/")


def test_every_address_of_staff_has_a_row():
    without_row, without_address = missing_rows(staff_names(), ROWS)
    assert not without_row, f"add rows for: {sorted(without_row)}"
    assert not without_address, f"these addresses are gone: {sorted(without_address)}"


def test_every_viewset_of_the_menu_is_registered_and_scoped():
    from booking.foundation.doors.scoping import ScopedViewSetMixin, scoped_policy

    registered = {viewset.name for viewset in viewsets.viewsets}
    for viewset in collect():
        assert viewset.name in registered
        if getattr(viewset, "model", None) is not None:
            assert isinstance(viewset, ScopedViewSetMixin), viewset
            assert scoped_policy(viewset.model)


@pytest.mark.slow
def test_every_address_answers_everybody_as_the_table_says(people, things):
    wrong = walk(ROWS, people.clients, things)
    assert not wrong, "\n".join(wrong)
