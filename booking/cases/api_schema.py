"""The shapes of the case calls, for the OpenAPI document only: `drafts` reads what comes in, `api` writes answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from booking.cases.models import (
    CaseKind,
    CaseState,
    ChangeScope,
    ChangeSide,
    LineState,
    TakeBackKind,
    TakeBackState,
    WaitingOn,
)
from booking.catalogue.api import PermitShape, UnitShape

SEVERITIES = [("block", "block"), ("needs_officer", "needs_officer"), ("info", "info")]


class PersonShape(s.Serializer[Any]):
    name = s.CharField()


class ResponsibleShape(s.Serializer[Any]):
    """The adult (18+) who answers for the loan."""

    name = s.CharField(required=False, allow_blank=True)
    phone = s.CharField(required=False, allow_blank=True)
    email = s.EmailField(required=False, allow_blank=True)


class RequestLineShape(s.Serializer[Any]):
    """`resource` or `kit`. A kit becomes a line for each of its parts, in its number times `quantity`."""

    resource = s.SlugField(required=False, help_text="slug of the resource")
    kit = s.SlugField(required=False, help_text="slug of a kit, in place of a resource")
    without = s.ListField(
        child=s.SlugField(), required=False, help_text="slugs of parts of the kit that may be left out"
    )
    quantity = s.IntegerField(default=1, min_value=1)
    start = s.DateTimeField(help_text="RFC 3339 with offset")
    end = s.DateTimeField(help_text="exclusive")
    setup_minutes = s.IntegerField(default=0, min_value=0)
    teardown_minutes = s.IntegerField(default=0, min_value=0)


class RequestSeriesShape(s.Serializer[Any]):
    """`resource` or `kit`. A kit becomes a series for each of its parts."""

    resource = s.SlugField(required=False)
    kit = s.SlugField(required=False)
    without = s.ListField(child=s.SlugField(), required=False)
    quantity = s.IntegerField(default=1, min_value=1)
    start = s.DateTimeField(help_text="fixes the wall clock in the resource's zone")
    end = s.DateTimeField()
    rrule = s.CharField(help_text="FREQ=DAILY, WEEKLY or MONTHLY with UNTIL or COUNT; at most 400 instances")
    exclude = s.ListField(child=s.DateField(), required=False, help_text="local start dates")


class RequestShape(s.Serializer[Any]):
    """A request as it is sent. `lines` and `series` are each optional, together at least one."""

    organisation = s.SlugField(allow_null=True, required=False)
    purpose = s.CharField(required=False, allow_blank=True)
    title = s.CharField(required=False, allow_blank=True)
    title_public = s.BooleanField(default=False)
    audience = s.DictField(
        required=False,
        help_text='{"0-5": n, "6-12": n, "13-19": n, "20-59": n, "60+": n} or {"about": n, "bands": [...]}',
    )
    responsible = ResponsibleShape(required=False)
    lines = RequestLineShape(many=True, required=False)
    series = RequestSeriesShape(many=True, required=False)
    if_taken = s.ChoiceField(choices=["refuse", "skip", "waiting_list"], default="refuse")
    co_hosts = s.ListField(child=s.SlugField(), required=False)
    uses = s.ListField(child=s.SlugField(), required=False, help_text="kinds of use, as the resource lists them")
    message = s.CharField(required=False, allow_blank=True)
    accept_rules = s.BooleanField()
    override_reason = s.CharField(required=False, allow_blank=True, help_text="ask anyway, and why")
    ticked = s.ListField(
        child=s.CharField(), required=False, help_text="what the asker knows of: the `tick` of verdicts that have one"
    )


class VerdictShape(s.Serializer[Any]):
    code = s.CharField()
    message = s.CharField()
    severity = s.ChoiceField(choices=SEVERITIES)
    suggestion = s.CharField(allow_null=True)
    who_may_override = s.CharField(allow_null=True, help_text="officer, asker (by `ticked`) or nobody")
    tick = s.CharField(allow_null=True, help_text="send this in `ticked` to say that you know of it")


class ConflictShape(s.Serializer[Any]):
    start = s.DateTimeField()
    end = s.DateTimeField()
    status = s.ChoiceField(choices=["confirmed", "tentative", "works", "closed", "own"])


class AlternativeShape(s.Serializer[Any]):
    resource = s.SlugField()
    start = s.DateTimeField()
    end = s.DateTimeField()


class LinePriceShape(s.Serializer[Any]):
    """What one line costs, and the rule that gave it. No VAT, no payment."""

    amount = s.CharField(help_text="kroner, of the whole line")
    currency = s.CharField(help_text="NOK")
    why = s.ChoiceField(choices=["rule", "none", "own"])
    audience = s.CharField(allow_null=True)
    organisation_kind = s.CharField(allow_null=True)
    rate = s.CharField(allow_null=True, help_text="kroner, by the rule")
    per = s.CharField(allow_null=True)
    minimum = s.CharField(allow_null=True)
    count = s.CharField(help_text="hours, days or pieces counted")
    words = s.CharField()


class CasePriceShape(LinePriceShape):
    """As it was told when the line was asked for; later changes of the rules don't touch it."""

    line = s.IntegerField()
    resource = s.SlugField()


class LineKitShape(s.Serializer[Any]):
    """The kit that a line was asked for with. Lines with the same `group` were asked for together."""

    slug = s.SlugField()
    group = s.IntegerField(help_text="1, 2, ... in the request")
    quantity = s.IntegerField(help_text="how many kits")


class CheckLineShape(s.Serializer[Any]):
    index = s.IntegerField()
    series = s.IntegerField(allow_null=True)
    resource = s.SlugField()
    start = s.DateTimeField()
    end = s.DateTimeField()
    ok = s.BooleanField()
    verdicts = VerdictShape(many=True)
    conflicts = ConflictShape(many=True)
    alternatives = AlternativeShape(many=True)
    price = LinePriceShape(allow_null=True, help_text="null: it depends on who asks")
    kit = LineKitShape(allow_null=True)


class CheckShape(s.Serializer[Any]):
    ok = s.BooleanField()
    would = s.ChoiceField(choices=["granted", "in_review"])
    verdicts = VerdictShape(many=True)
    lines = CheckLineShape(many=True)
    price_total = s.CharField(allow_null=True, help_text="kroner, of the lines that can be had")
    not_checked = s.ListField(child=s.CharField())


class CaseLineShape(s.Serializer[Any]):
    id = s.IntegerField(help_text="its number in the case, never reused")
    resource = s.SlugField()
    quantity = s.IntegerField()
    start = s.DateTimeField()
    end = s.DateTimeField()
    state = s.ChoiceField(choices=LineState.choices)
    reason = s.CharField(allow_null=True)
    grounds = s.CharField(allow_null=True)
    series = s.IntegerField(allow_null=True)
    kit = LineKitShape(allow_null=True)


class OfferShape(s.Serializer[Any]):
    """A released time that is held for this line."""

    until = s.DateTimeField()


class TakenBackShape(s.Serializer[Any]):
    """Granted time that the municipality takes back."""

    reason = s.CharField()
    kind = s.ChoiceField(choices=TakeBackKind.choices)
    reply_by = s.DateField()
    state = s.ChoiceField(choices=TakeBackState.choices)
    alternatives = AlternativeShape(many=True, help_text="offered when it was taken; empty: none existed")


class ProposedShape(s.Serializer[Any]):
    """A proposed change of this line; those of one `batch` are decided together.

    `side`: who proposed it. What the municipality proposes the party answers by `reply_by`.
    """

    batch = s.UUIDField()
    scope = s.ChoiceField(choices=ChangeScope.choices)
    resource = s.SlugField()
    quantity = s.IntegerField()
    start = s.DateTimeField()
    end = s.DateTimeField()
    why = s.CharField()
    price = s.CharField(allow_null=True, help_text="kroner, as the line would cost then")
    side = s.ChoiceField(choices=ChangeSide.choices)
    reply_by = s.DateField(allow_null=True)


class CaseLineInFullShape(CaseLineShape):
    """A line with what is in motion about it."""

    offer = OfferShape(allow_null=True)
    taken_back = TakenBackShape(allow_null=True)
    change = ProposedShape(allow_null=True)


class DeclaredTieShape(s.Serializer[Any]):
    """Ties that somebody of the staff has declared. Staff only; why is for the leader."""

    id = s.IntegerField()
    name = s.CharField()
    verdict = s.CharField()


class ActorShape(s.Serializer[Any]):
    name = s.CharField()
    hat = s.CharField()


class EventShape(s.Serializer[Any]):
    at = s.DateTimeField()
    type = s.CharField()
    actor = ActorShape(allow_null=True)
    data = s.DictField()


class MessageFileShape(s.Serializer[Any]):
    sha256 = s.CharField(help_text="of its content: its name in the address")
    name = s.CharField()
    type = s.CharField(help_text="what its content is")
    size = s.IntegerField(help_text="bytes")
    url = s.URLField(help_text="to download it, with the same rights as the case")


class MessageShape(s.Serializer[Any]):
    id = s.IntegerField()
    at = s.DateTimeField()
    actor = ActorShape(allow_null=True)
    body = s.CharField()
    internal = s.BooleanField(help_text="a note of the unit; parties never get one")
    needs_answer = s.BooleanField()
    new = s.BooleanField(help_text="the caller has not had it on the page")
    files = MessageFileShape(many=True)


class PermitFileShape(s.Serializer[Any]):
    name = s.CharField()
    size = s.IntegerField()
    url = s.CharField(help_text="download")


class CasePermitShape(PermitShape):
    """A permit, condition or document of this case, and where it stands."""

    id = s.IntegerField()
    state = s.ChoiceField(choices=["needed", "applied", "granted", "refused", "not_needed", "expired"])
    date = s.DateField(allow_null=True, help_text="since when it stands so")
    valid_to = s.DateField(allow_null=True)
    due = s.DateField(allow_null=True, help_text="to be in place by")
    lines = s.ListField(child=s.IntegerField(), help_text="lines that it is for")
    note = s.CharField()
    document = PermitFileShape(many=True)


class OnDutyShape(s.Serializer[Any]):
    name = s.CharField(help_text="first name, or whom they stand for")


class DutyShape(s.Serializer[Any]):
    """A duty of one date (needs N13)."""

    id = s.IntegerField()
    line = s.IntegerField(help_text="id of the line")
    role = s.CharField(help_text="open, lock, fire_watch, cafe, tidy, floors, equipment or other")
    text = s.CharField(help_text="in the caller's language")
    needed = s.IntegerField()
    missing = s.IntegerField()
    signed_up = OnDutyShape(many=True)
    condition = s.BooleanField(help_text="without it the place can't be used")
    on = s.BooleanField(help_text="false: the date doesn't take place as things are")
    start = s.DateTimeField()
    end = s.DateTimeField()


class CaseShape(s.Serializer[Any]):
    ref = s.CharField()
    kind = s.ChoiceField(choices=CaseKind.choices)
    state = s.ChoiceField(choices=CaseState.choices)
    waiting_on = s.ChoiceField(choices=WaitingOn.choices)
    answer_by = s.DateField(allow_null=True)
    until = s.DateField(allow_null=True, help_text="until when whoever has the move has it; null: nobody has to move")
    received_at = s.DateTimeField()
    unit = UnitShape()
    officer = PersonShape(allow_null=True)
    deputy = PersonShape(allow_null=True)
    organisation = s.SlugField(allow_null=True)
    title = s.CharField()
    title_public = s.BooleanField()
    purpose = s.CharField()
    audience = s.DictField()
    lines = CaseLineInFullShape(many=True)
    officer_because = s.CharField(allow_null=True, help_text="conflict_of_interest, or null")
    undo_until = s.DateTimeField(allow_null=True, help_text="staff: until when the last decision can be undone")
    ties = DeclaredTieShape(many=True)
    events = EventShape(many=True)
    messages = MessageShape(many=True)
    uses = s.ListField(child=s.SlugField(), help_text="kinds of use: ticked, or made so by the head count")
    permits = CasePermitShape(many=True)
    duties = DutyShape(many=True)
    price = CasePriceShape(many=True)
    price_total = s.CharField(allow_null=True)
    links = s.DictField(child=s.CharField())


class CaseListItemShape(s.Serializer[Any]):
    """A case in a list: without its log and conversation."""

    ref = s.CharField()
    kind = s.ChoiceField(choices=CaseKind.choices)
    state = s.ChoiceField(choices=CaseState.choices)
    waiting_on = s.ChoiceField(choices=WaitingOn.choices)
    answer_by = s.DateField(allow_null=True)
    until = s.DateField(allow_null=True, help_text="until when whoever has the move has it; null: nobody has to move")
    received_at = s.DateTimeField()
    unit = UnitShape()
    officer = PersonShape(allow_null=True)
    organisation = s.SlugField(allow_null=True)
    title = s.CharField()
    lines = CaseLineShape(many=True)
    links = s.DictField(child=s.CharField())


class OutcomeShape(s.Serializer[Any]):
    id = s.IntegerField()
    outcome = s.ChoiceField(choices=["grant", "refuse", "waiting_list"])
    grounds = s.CharField(required=False, allow_blank=True)


class DecideShape(s.Serializer[Any]):
    lines = OutcomeShape(many=True)
    grounds = s.CharField(required=False, allow_blank=True)


class ContactShape(s.Serializer[Any]):
    name = s.CharField(required=False, allow_blank=True)
    email = s.EmailField()
    phone = s.CharField(required=False, allow_blank=True)


class EnquiryShape(s.Serializer[Any]):
    unit = s.SlugField(required=False, allow_null=True)
    about = s.SlugField(required=False, allow_null=True, help_text="slug of a resource")
    organisation = s.SlugField(required=False, allow_null=True)
    message = s.CharField()
    contact = ContactShape(required=False)


class NewMessageShape(s.Serializer[Any]):
    message = s.CharField()
    needs_answer = s.BooleanField(required=False, help_text="of a party: the municipality's clock runs from now")


class HoldingReplyShape(s.Serializer[Any]):
    until = s.DateField(help_text="the new date, later than the promised one")
    message = s.CharField(required=False, allow_blank=True)


class HandOverShape(s.Serializer[Any]):
    """To a `unit`, to an `officer`, or to an officer of another unit."""

    unit = s.SlugField(required=False, allow_null=True)
    officer = s.EmailField(required=False, allow_null=True)
    reason = s.CharField(help_text="the requester sees it")


class AssignShape(s.Serializer[Any]):
    officer = s.EmailField(help_text="somebody who decides cases in the case's unit")


class GroundsShape(s.Serializer[Any]):
    grounds = s.CharField()


class CloseShape(s.Serializer[Any]):
    message = s.CharField(required=False, allow_blank=True, help_text="the last word, sent to the requester")


class AnswerAppealShape(s.Serializer[Any]):
    outcome = s.ChoiceField(choices=["uphold", "reopen"])
    grounds = s.CharField()


class ReplyShape(s.Serializer[Any]):
    """`alternative` with resource, start and end; `loss`; or `object` with a message.

    To another time that the municipality proposes: `accept_move`, or `decline_move`, with or without a message.
    """

    reply = s.ChoiceField(choices=["alternative", "loss", "object", "accept_move", "decline_move"])
    resource = s.SlugField(required=False)
    start = s.DateTimeField(required=False)
    end = s.DateTimeField(required=False)
    message = s.CharField(required=False)


class ChangeShape(s.Serializer[Any]):
    """What isn't given stays as it is."""

    start = s.DateTimeField(required=False)
    end = s.DateTimeField(required=False)
    resource = s.SlugField(required=False)
    quantity = s.IntegerField(required=False, min_value=1)
    scope = s.ChoiceField(choices=ChangeScope.choices, required=False)
    why = s.CharField(required=False, allow_blank=True, help_text="ask anyway, and why")
    ticked = s.ListField(child=s.CharField(), required=False, help_text="as in a request: the `tick` of verdicts")


class AddBackShape(s.Serializer[Any]):
    day = s.DateField()
    why = s.CharField(required=False, allow_blank=True, help_text="ask anyway, and why")
    ticked = s.ListField(child=s.CharField(), required=False, help_text="as in a request: the `tick` of verdicts")


class AlternativesShape(s.Serializer[Any]):
    alternatives = AlternativeShape(many=True)


class InsteadShape(AlternativeShape):
    line = s.IntegerField(help_text="the line that it is offered for")


class TakeBackShape(s.Serializer[Any]):
    lines = s.ListField(child=s.IntegerField())
    reason = s.CharField()
    kind = s.ChoiceField(choices=TakeBackKind.choices, required=False)
    priority_use = s.CharField(required=False, allow_blank=True, help_text="as the house rules name it")
    reply_by = s.DateField(required=False, allow_null=True)
    alternatives = InsteadShape(many=True, required=False)
    none_exists = s.BooleanField(required=False)


class TakenBackActShape(s.Serializer[Any]):
    act = s.ChoiceField(choices=["answer", "give_back", "end"])
    message = s.CharField(required=False)


class DecideChangeShape(s.Serializer[Any]):
    outcome = s.ChoiceField(choices=["grant", "refuse"])
    grounds = s.CharField(required=False, allow_blank=True)


class TieShape(s.Serializer[Any]):
    why = s.CharField()


class JudgeTieShape(s.Serializer[Any]):
    verdict = s.ChoiceField(choices=["away", "fit"])


class FieldFaultShape(s.Serializer[Any]):
    loc = s.ListField(child=s.JSONField())
    code = s.CharField()
    msg = s.CharField()


class ProblemShape(s.Serializer[Any]):
    """RFC 9457 problem details. `code` is stable; `errors` names each field and rule."""

    type = s.URLField()
    title = s.CharField()
    status = s.IntegerField()
    detail = s.CharField()
    code = s.CharField()
    errors = FieldFaultShape(many=True, required=False)
    lines = CheckLineShape(many=True, required=False)


class CasePageShape(s.Serializer[Any]):
    count = s.IntegerField()
    next = s.URLField(allow_null=True)
    previous = s.URLField(allow_null=True)
    results = CaseListItemShape(many=True)
