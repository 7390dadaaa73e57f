"""Shapes of the HTTP API of rounds and wishes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from booking.seasons.models import RoundState


class SeasonUnitShape(s.Serializer[Any]):
    slug = s.CharField()
    name = s.CharField()
    email = s.CharField()
    phone = s.CharField()


class SeasonDatesShape(s.Serializer[Any]):
    """Local dates; "until" is included."""

    opens_on = s.DateField()
    closes_on = s.DateField(help_text="last day for wishes")
    proposals_until = s.DateField()
    hearing_until = s.DateField()
    confirm_by = s.DateField()
    adopt_on = s.DateField()
    meeting_at = s.DateTimeField(allow_null=True)
    meeting_place = s.CharField()


class SeasonShape(s.Serializer[Any]):
    """A round, as the list has it."""

    slug = s.CharField()
    name = s.CharField()
    state = s.ChoiceField(choices=RoundState.values)
    unit = SeasonUnitShape()
    season_start = s.DateField()
    season_end = s.DateField()
    dates = SeasonDatesShape()
    takes_wishes = s.BooleanField()
    wishes_open = s.BooleanField(help_text="everybody may read the wishes")
    wishes = s.IntegerField(help_text="how many stand")
    page_url = s.URLField()


class SeasonPageShape(s.Serializer[Any]):
    count = s.IntegerField()
    next = s.URLField(allow_null=True)
    previous = s.URLField(allow_null=True)
    results = SeasonShape(many=True)


class WeeklyHoursShape(s.Serializer[Any]):
    """`[start, end)` on a weekday, wall clock."""

    weekday = s.IntegerField(help_text="0 is Monday")
    start = s.CharField(help_text="HH:MM")
    end = s.CharField(help_text="HH:MM; 24:00 is the end of the day")


class OwnUseShape(WeeklyHoursShape):
    what = s.CharField()


class SeasonPlaceShape(s.Serializer[Any]):
    resource = s.CharField(help_text="slug")
    name = s.CharField()
    part_of = s.CharField(allow_null=True, help_text="slug of the whole, where that is offered too")
    hours = WeeklyHoursShape(many=True, help_text="a part without any has those of its whole")
    own_use = OwnUseShape(many=True)


class SeasonBreakShape(s.Serializer[Any]):
    start = s.DateField()
    end = s.DateField(help_text="included")
    why = s.CharField()


class DemandCellShape(WeeklyHoursShape):
    best = s.IntegerField(help_text="teams that like this hour best")
    can = s.IntegerField(help_text="teams for which it isn't impossible")
    room = s.IntegerField(help_text="so many can be there at once")


class SeasonEventShape(s.Serializer[Any]):
    number = s.IntegerField()
    at = s.DateTimeField()
    type = s.CharField()
    text = s.CharField()


class SeasonDetailShape(SeasonShape):
    """A round, whole."""

    about = s.CharField()
    adopted_by_whom = s.CharField()
    complain_to = s.CharField()
    complaint_days = s.IntegerField()
    grid_minutes = s.IntegerField()
    preset = s.CharField()
    rules = s.DictField(help_text="the rules as data")
    seed = s.IntegerField(help_text="of the lottery and the calculation")
    places = SeasonPlaceShape(many=True)
    breaks = SeasonBreakShape(many=True)
    demand = DemandCellShape(many=True, help_text="how much each hour is wanted; sums only")
    heard = s.IntegerField(allow_null=True, help_text="number of the proposal in hearing")
    adopted = s.IntegerField(allow_null=True, help_text="number of the adopted proposal")
    events = SeasonEventShape(many=True, help_text="the public story")


class WishTimesShape(s.Serializer[Any]):
    weekday = s.IntegerField(min_value=0, max_value=6)
    start = s.CharField(help_text="HH:MM")
    end = s.CharField(help_text="HH:MM; 24:00 is the end of the day")


class WishBodyShape(s.Serializer[Any]):
    organisation = s.CharField(required=False, help_text="slug; needed when the caller acts for more than one")
    team = s.CharField(help_text="never a name of a child")
    activity = s.CharField(required=False, allow_blank=True)
    age_from = s.IntegerField(required=False, allow_null=True)
    age_to = s.IntegerField(required=False, allow_null=True)
    adapted = s.BooleanField(required=False)
    heads = s.IntegerField()
    sessions_min = s.IntegerField(required=False, help_text="a week; default: as wanted")
    sessions_wanted = s.IntegerField(required=False, help_text="a week; default 1")
    minutes_min = s.IntegerField(required=False, help_text="each; default: as wanted")
    minutes_wanted = s.IntegerField(required=False, help_text="each; default 60")
    indoor = s.BooleanField(required=False, help_text="an activity that needs a hall; default true")
    places = s.ListField(child=s.CharField(), help_text="slugs of places of the round, liked best first")
    best = WishTimesShape(many=True, required=False)
    impossible = WishTimesShape(many=True, required=False)
    apart = s.ListField(child=s.CharField(), required=False, help_text="words: wishes with one in common never overlap")
    note = s.CharField(required=False, allow_blank=True)
    reason = s.CharField(required=False, help_text="staff, after the closing date: why it comes late")


class WishShape(s.Serializer[Any]):
    number = s.IntegerField()
    organisation = s.CharField(help_text="slug")
    organisation_name = s.CharField()
    team = s.CharField()
    activity = s.CharField()
    age_from = s.IntegerField(allow_null=True)
    age_to = s.IntegerField(allow_null=True)
    adapted = s.BooleanField()
    heads = s.IntegerField(help_text="0: nobody has said yet")
    sessions_min = s.IntegerField()
    sessions_wanted = s.IntegerField()
    minutes_min = s.IntegerField()
    minutes_wanted = s.IntegerField()
    indoor = s.BooleanField()
    places = s.ListField(child=s.CharField())
    best = WishTimesShape(many=True)
    impossible = WishTimesShape(many=True)
    last = s.ListField(child=s.DictField(), help_text="what the team had last season: resource, weekday, start, end")
    written_by_municipality = s.BooleanField()
    received_at = s.DateTimeField()
    apart = s.ListField(child=s.CharField(), allow_null=True, help_text="own organisation and staff; else null")
    note = s.CharField(allow_null=True, help_text="own organisation and staff; else null")


class WishPageShape(s.Serializer[Any]):
    count = s.IntegerField()
    next = s.URLField(allow_null=True)
    previous = s.URLField(allow_null=True)
    results = WishShape(many=True)
