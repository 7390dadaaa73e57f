"""What the calls of works take and answer, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from booking.works.models import Category, Confidence, Haste, Impact, PeriodKind, ReplyKind, WorksState


class WorksContactShape(s.Serializer[Any]):
    name = s.CharField(allow_null=True)
    phone = s.CharField(allow_null=True)
    email = s.CharField(allow_null=True)


class WorksUnitShape(s.Serializer[Any]):
    slug = s.CharField()
    name = s.CharField()


class WorksPropertiesShape(s.Serializer[Any]):
    ref = s.CharField()
    version = s.IntegerField()
    title = s.CharField()
    state = s.ChoiceField(choices=WorksState.values)
    category = s.ChoiceField(choices=Category.values)
    start = s.DateTimeField()
    end = s.DateTimeField()
    start_confidence = s.ChoiceField(choices=Confidence.values)
    end_confidence = s.ChoiceField(choices=Confidence.values)
    impact = s.ChoiceField(choices=Impact.values)
    targets = s.ListField(child=s.CharField(), help_text="slugs of resources")
    reason = s.CharField()
    contact = WorksContactShape()
    unit = WorksUnitShape()
    starts_at = s.DateTimeField(allow_null=True, help_text="set to start at")
    started_at = s.DateTimeField(allow_null=True)
    ended_at = s.DateTimeField(allow_null=True)
    restored_at = s.DateTimeField(allow_null=True)
    page_url = s.URLField()


class WorksFeatureShape(s.Serializer[Any]):
    type = s.ChoiceField(choices=["Feature"])
    id = s.CharField()
    geometry = s.DictField(allow_null=True, help_text="GeoJSON, WGS84")
    properties = WorksPropertiesShape()


class FeedInfoShape(s.Serializer[Any]):
    publisher = s.CharField()
    version = s.CharField()
    update_date = s.DateTimeField()
    license = s.URLField()
    contact_url = s.URLField()
    kept_days = s.IntegerField(help_text="works that are over stay so long")


class WorksCollectionShape(s.Serializer[Any]):
    type = s.ChoiceField(choices=["FeatureCollection"])
    feed_info = FeedInfoShape()
    features = WorksFeatureShape(many=True)


class WorksPeriodShape(s.Serializer[Any]):
    start = s.DateTimeField()
    end = s.DateTimeField()
    kind = s.ChoiceField(choices=PeriodKind.values, required=False)
    phase = s.IntegerField(required=False)
    phase_name = s.CharField(required=False, allow_blank=True)


class WorksVersionShape(s.Serializer[Any]):
    version = s.IntegerField()
    title = s.CharField()
    start = s.DateTimeField()
    end = s.DateTimeField()
    impact = s.ChoiceField(choices=Impact.values)
    category = s.ChoiceField(choices=Category.values)
    targets = s.ListField(child=s.CharField())
    changes = s.ListField(child=s.CharField(), help_text="the computed difference from the version before")
    why_changed = s.CharField()
    announced_at = s.DateTimeField(allow_null=True)


class YouSaidShape(s.Serializer[Any]):
    said = s.CharField()
    did = s.CharField()
    outcome = s.CharField()
    at = s.DateTimeField()


class OverrideShape(s.Serializer[Any]):
    kind = s.CharField()
    cause = s.CharField(allow_null=True)
    reason = s.CharField()
    granted_at = s.DateTimeField(allow_null=True)
    report_due = s.DateField(allow_null=True)
    report = s.CharField(allow_null=True)
    reported_at = s.DateTimeField(allow_null=True)
    reviewed_at = s.DateTimeField(allow_null=True)


class RecordShape(s.Serializer[Any]):
    at = s.DateTimeField()
    type = s.CharField()
    version = s.IntegerField()
    text = s.CharField()


class WorksDetailPropertiesShape(WorksPropertiesShape):
    continues = s.CharField(allow_null=True, help_text="works that were put off by more than a year")
    continued_by = s.CharField(allow_null=True, help_text="the new works that go on with these")
    why_here = s.CharField()
    why_now = s.CharField()
    notice_by = s.DateTimeField(allow_null=True, help_text="the latest moment for the notice")
    periods = WorksPeriodShape(many=True)
    versions = WorksVersionShape(many=True)
    you_said_we_did = YouSaidShape(many=True)
    overrides = OverrideShape(many=True)
    events = RecordShape(many=True)


class WorksDetailShape(WorksFeatureShape):
    properties = WorksDetailPropertiesShape()


class WorksEventShape(s.Serializer[Any]):
    n = s.IntegerField(help_text="1, 2, 3 ... without gaps")
    at = s.DateTimeField()
    type = s.CharField()
    ref = s.CharField()
    version = s.IntegerField()


class WorksEventsShape(s.Serializer[Any]):
    events = WorksEventShape(many=True)


class WorksTargetShape(s.Serializer[Any]):
    resource = s.CharField(help_text="slug")
    impact = s.ChoiceField(choices=Impact.values, required=False)
    subtree = s.BooleanField(required=False, help_text="and all that lies in it; default true")
    phases = s.ListField(child=s.IntegerField(), required=False)
    quantity = s.IntegerField(required=False, allow_null=True)


class WorksBodyShape(s.Serializer[Any]):
    unit = s.CharField(required=False, help_text="slug; needed where one plans for several")
    title = s.CharField()
    reason = s.CharField()
    start = s.DateTimeField()
    end = s.DateTimeField()
    targets = WorksTargetShape(many=True, required=False, help_text="or slugs alone")
    periods = WorksPeriodShape(many=True, required=False, help_text="times really taken; without: the whole window")
    impact = s.ChoiceField(choices=Impact.values, required=False)
    haste = s.ChoiceField(choices=[one for one in Haste.values if one], required=False)
    why_here = s.CharField(required=False, allow_blank=True)
    why_now = s.CharField(required=False, allow_blank=True)
    geometry = s.DictField(required=False, allow_null=True, help_text="GeoJSON geometry of the footprint")
    notify_area = s.DictField(required=False, allow_null=True)
    buffer_m = s.IntegerField(required=False)
    start_confidence = s.ChoiceField(choices=Confidence.values, required=False)
    end_confidence = s.ChoiceField(choices=Confidence.values, required=False)
    services_off = s.BooleanField(required=False)
    season_lost = s.BooleanField(required=False)
    contact = WorksContactShape(required=False)
    continues = s.CharField(required=False, help_text="ref of works that these go on with; they are then postponed")
    why = s.CharField(required=False, help_text="with `continues`: why they are postponed, if they aren't yet")


class UnmetShape(s.Serializer[Any]):
    code = s.CharField()
    message = s.CharField()
    party = s.CharField(required=False)
    until = s.DateTimeField(required=False)


class UnmetProblemShape(s.Serializer[Any]):
    type = s.CharField()
    title = s.CharField()
    status = s.IntegerField()
    detail = s.CharField()
    code = s.CharField()
    unmet = UnmetShape(many=True, required=False)


class TransitionShape(s.Serializer[Any]):
    to = s.ChoiceField(choices=[one for one in WorksState.values if one not in ("draft", "active_emergency")])
    at = s.DateTimeField(required=False, help_text="when it happened; for `ready`: when they start")
    why = s.CharField(required=False, help_text="needed for postponed, cancelled, overrunning")
    until = s.DateTimeField(required=False, help_text="needed for overrunning")


class WorksConflictShape(s.Serializer[Any]):
    id = s.IntegerField()
    state = s.CharField()
    resource = s.CharField()
    start = s.DateTimeField()
    end = s.DateTimeField()
    case = s.CharField()
    line = s.IntegerField()


class WorksReceiptShape(s.Serializer[Any]):
    how = s.CharField()
    at = s.DateTimeField()
    version = s.IntegerField()
    void_at = s.DateTimeField(allow_null=True)


class AffectedPartyShape(s.Serializer[Any]):
    id = s.IntegerField()
    kind = s.CharField()
    organisation = s.CharField(allow_null=True)
    name = s.CharField()
    state = s.CharField()
    reason = s.CharField()
    direct = s.BooleanField()
    impact = s.CharField()
    uses = s.ListField(child=s.CharField())
    count = s.IntegerField(help_text="of followers; nobody knows who they are")
    evidence = s.ListField(child=s.DictField())
    evidence_text = s.ListField(child=s.CharField())
    latest_notice = s.DateTimeField(allow_null=True)
    notice = s.ChoiceField(choices=["not_told", "on_its_way", "told", "acknowledged", "served", "came_back"])
    told_at = s.DateTimeField(allow_null=True)
    served_at = s.DateTimeField(allow_null=True)
    receipts = WorksReceiptShape(many=True)
    conflicts = WorksConflictShape(many=True)


class AffectedListShape(s.Serializer[Any]):
    ref = s.CharField()
    version = s.IntegerField()
    found_at = s.DateTimeField(allow_null=True)
    confirmed_at = s.DateTimeField(allow_null=True)
    signed_at = s.DateTimeField(allow_null=True)
    parties = AffectedPartyShape(many=True)
    unmet = UnmetShape(many=True)


class ProposedTimeShape(s.Serializer[Any]):
    start = s.DateTimeField()
    end = s.DateTimeField()


class ReplyBodyShape(s.Serializer[Any]):
    kind = s.ChoiceField(choices=ReplyKind.values)
    message = s.CharField(required=False, allow_blank=True)
    organisation = s.CharField(required=False, help_text="slug; needed where one speaks for several")
    proposed = ProposedTimeShape(many=True, required=False)


class WorksReplyShape(s.Serializer[Any]):
    id = s.IntegerField()
    kind = s.CharField()
    message = s.CharField()
    proposed = ProposedTimeShape(many=True)
    checked = s.ListField(child=s.DictField())
    at = s.DateTimeField()
    answer_by = s.DateField(allow_null=True)
    answered = s.BooleanField()


PROBLEMS = dict.fromkeys((400, 403, 404, 409), UnmetProblemShape)
