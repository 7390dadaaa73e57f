"""What the API answers about proposals, for its description (api.md "Seasons")."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from booking.seasons.models import AuthorKind, ProposalState


class SeasonReasonShape(s.Serializer[Any]):
    code = s.CharField()
    text = s.CharField(help_text="in the caller's language")


class SeasonSlotShape(s.Serializer[Any]):
    resource = s.CharField(help_text="slug")
    weekday = s.IntegerField(help_text="0 is Monday")
    start = s.CharField(help_text="HH:MM on the wall clock")
    end = s.CharField(help_text="HH:MM; 24:00 for the day's end")
    wish = s.IntegerField(help_text="number of the wish in the round")
    team = s.CharField()
    organisation = s.CharField(help_text="slug")


class SeasonSlotDetailShape(SeasonSlotShape):
    locked = s.BooleanField(help_text="no calculation moves it")
    reason = s.CharField(help_text="why a person set it by hand; else empty")
    why = s.CharField(help_text="what became of the team's wish, in the caller's language")
    faults = s.ListField(child=s.CharField(), help_text="codes of what prevents adoption")


class SeasonWishResultShape(s.Serializer[Any]):
    wish = s.IntegerField()
    team = s.CharField()
    organisation = s.CharField(help_text="slug")
    minutes = s.IntegerField(help_text="given a week")
    asked_minutes = s.IntegerField()
    coverage_percent = s.IntegerField()
    why = SeasonReasonShape(many=True)


class SeasonAuthorShape(s.Serializer[Any]):
    kind = s.ChoiceField(choices=AuthorKind.values)
    organisation = s.CharField(allow_null=True, help_text="slug")
    name = s.CharField()


class SeasonFiguresShape(s.Serializer[Any]):
    minutes = s.IntegerField(help_text="a week, in all")
    wishes = s.IntegerField()
    wishes_met = s.IntegerField()
    wishes_without = s.IntegerField()
    worst_off_percent = s.IntegerField(help_text="coverage of the organisation that has least of its share")


class SeasonProposalShape(s.Serializer[Any]):
    number = s.IntegerField()
    name = s.CharField()
    note = s.CharField()
    author = SeasonAuthorShape()
    state = s.ChoiceField(choices=ProposalState.values)
    based_on = s.IntegerField(allow_null=True)
    published_at = s.DateTimeField(allow_null=True)
    adopted = s.BooleanField()
    in_hearing = s.BooleanField()
    version = s.IntegerField()
    figures = SeasonFiguresShape()
    page_url = s.URLField()


class SeasonProposalDetailShape(SeasonProposalShape):
    round = s.CharField(help_text="slug")
    adoptable = s.BooleanField(help_text="nothing is wrong with it that prevents adoption")
    facts = s.DictField(help_text="how it was calculated; empty for one that people made")
    slots = SeasonSlotDetailShape(many=True)
    wishes = SeasonWishResultShape(many=True)


class SeasonProposalPageShape(s.Serializer[Any]):
    count = s.IntegerField()
    next = s.URLField(allow_null=True)
    previous = s.URLField(allow_null=True)
    results = SeasonProposalShape(many=True)


class SeasonSlotBodyShape(s.Serializer[Any]):
    wish = s.IntegerField(help_text="number of the wish in the round")
    resource = s.CharField(help_text="slug")
    weekday = s.IntegerField()
    start = s.CharField()
    end = s.CharField()


class SeasonProposalBodyShape(s.Serializer[Any]):
    name = s.CharField()
    note = s.CharField(required=False, allow_blank=True)
    organisation = s.CharField(
        required=False, allow_null=True, help_text="slug; null: the municipality. Needed where one speaks for several"
    )
    from_proposal = s.IntegerField(required=False, allow_null=True, help_text="number of the proposal to begin with")
    last_season = s.BooleanField(required=False, help_text="begin with last season's hours")
    slots = SeasonSlotBodyShape(many=True, required=False, help_text="the whole timetable; without: as it began")
    reason = s.CharField(required=False, help_text="why; needed with `slots` where they differ from the beginning")
    publish = s.BooleanField(required=False, help_text="put it on the table at once")


class SeasonDraftBodyShape(s.Serializer[Any]):
    name = s.CharField(required=False, help_text="left out: as it is")
    note = s.CharField(required=False, allow_blank=True)
    slots = SeasonSlotBodyShape(many=True, required=False, help_text="the whole timetable; left out: as it is")
    reason = s.CharField(required=False, help_text="why; needed with `slots` that differ")


class SeasonMovedShape(s.Serializer[Any]):
    wish = s.IntegerField()
    team = s.CharField()
    organisation = s.CharField()
    what = s.ListField(child=s.ChoiceField(choices=["place", "weekday", "time", "length"]))
    before = SeasonSlotShape()
    after = SeasonSlotShape()


class SeasonEffectShape(s.Serializer[Any]):
    organisation = s.CharField(help_text="slug")
    name = s.CharField()
    minutes_before = s.IntegerField()
    minutes_after = s.IntegerField()
    coverage_before = s.IntegerField(help_text="per cent")
    coverage_after = s.IntegerField()
    best_share_before = s.FloatField(allow_null=True)
    best_share_after = s.FloatField(allow_null=True)
    wishes_met_before = s.IntegerField()
    wishes_met_after = s.IntegerField()
    wishes = s.IntegerField()


class SeasonWorstShape(s.Serializer[Any]):
    organisation = s.CharField()
    percent = s.IntegerField()


class SeasonDiffShape(s.Serializer[Any]):
    number = s.IntegerField()
    against = s.IntegerField()
    same = s.IntegerField(help_text="how many slots are in both")
    moved = SeasonMovedShape(many=True)
    added = SeasonSlotShape(many=True, help_text="in `number`, not in `against`")
    removed = SeasonSlotShape(many=True)
    per_organisation = SeasonEffectShape(many=True)
    worst_off_before = SeasonWorstShape(allow_null=True)
    worst_off_after = SeasonWorstShape(allow_null=True)
    page_url = s.URLField()


class SeasonProblemShape(s.Serializer[Any]):
    type = s.CharField()
    title = s.CharField()
    status = s.IntegerField()
    detail = s.CharField()
    code = s.CharField()


PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 412, 429), SeasonProblemShape)
