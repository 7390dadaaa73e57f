"""Forms of a round in the CMS admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Unit
from booking.catalogue.staff.access import unit_ids
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.seasons import wording_rounds as wording
from booking.seasons.access import RUNNING_ROLES
from booking.seasons.forms import Refusable
from booking.seasons.models import SeasonRound
from booking.seasons.rules import flow, typing_hours
from booking.seasons.rules.presets import AFTER_WORST
from booking.seasons.services.preparing import DATES, GRIDS, RoundSpec
from booking.seasons.staff.access import today


class DateInput(forms.DateInput):
    """A day, as browsers pick it."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class MomentInput(forms.DateTimeInput):
    """A day and a time."""

    input_type = "datetime-local"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", **kwargs)


def _day(name: str, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=wording.DATE_LABELS[name], widget=DateInput(), **kwargs)


class RoundForm(Refusable):
    """What a round says about itself. Name and season first; dates are suggested; the rest has sensible beginnings."""

    name = forms.CharField(label=_("Name (bokmål)"), max_length=150, help_text=_("Such as “Hall hours 2026/27”."))
    unit = forms.ChoiceField(label=_("Unit"))
    season_start = _day("season_start")
    season_end = _day("season_end")
    opens_on = _day("opens_on", required=False)
    closes_on = _day("closes_on", required=False)
    proposals_until = _day("proposals_until", required=False)
    hearing_until = _day("hearing_until", required=False)
    confirm_by = _day("confirm_by", required=False)
    adopt_on = _day("adopt_on", required=False)
    meeting_at = forms.DateTimeField(
        label=_("Meeting about the timetable"), required=False, widget=MomentInput(),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )  # fmt: skip
    meeting_place = forms.CharField(label=_("Where the meeting is"), max_length=250, required=False)
    officer = forms.ChoiceField(label=_("Case officer"), required=False)
    deputy = forms.ChoiceField(label=_("Deputy"), required=False)
    adopted_by_whom = forms.CharField(
        label=_("Who adopts"),
        max_length=250,
        required=False,
        help_text=_("Such as “Culture and sports, after the meeting”."),
    )
    complain_to = forms.CharField(label=_("Where to complain"), max_length=250, required=False)
    complaint_days = forms.IntegerField(label=_("Days to complain"), min_value=0, max_value=365, initial=21)
    about = forms.CharField(
        label=_("About the round"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": "4"})
    )
    name_nn = forms.CharField(label=_("Name (nynorsk)"), max_length=150, required=False)
    name_en = forms.CharField(label=_("Name (English)"), max_length=150, required=False)
    grid_minutes = forms.TypedChoiceField(
        label=_("Times go by"), coerce=int, initial=30, choices=[(n, wording.lazy_minutes(n)) for n in GRIDS]
    )
    reason = forms.CharField(
        label=_("Why does a date move?"), max_length=300, required=False, help_text=_("It is shown to everybody.")
    )

    def __init__(self, data: Any = None, *, user: Any, round: SeasonRound | None = None, **kwargs: Any) -> None:
        self.round = round
        initial: dict[str, Any] = {}
        if round is not None:
            names = [one for one in RoundSpec.__dataclass_fields__ if one not in ("officer", "deputy")]
            initial = {name: getattr(round, name) for name in names} | {
                "officer": str(round.officer_id or ""), "deputy": str(round.deputy_id or ""),
            }  # fmt: skip
            if round.meeting_at is not None:
                initial["meeting_at"] = round.meeting_at.astimezone(booking_settings().tz).replace(tzinfo=None)
        super().__init__(data, initial=initial | kwargs.pop("initial", {}), **kwargs)
        fields: dict[str, Any] = self.fields
        units = Unit.objects.filter(pk__in=unit_ids(user, RUNNING_ROLES), active=True).order_by("name")
        self.units = {str(one.pk): one for one in ([round.unit] if round is not None else units)}
        fields["unit"].choices = [(key, str(localized(one, "name"))) for key, one in self.units.items()]
        people = {}
        for unit in self.units.values():
            line = unit
            while line is not None:
                for person in catalogue.people_of(line, today(), RUNNING_ROLES):
                    people[str(person.pk)] = person
                line = line.parent
        self.people = people
        listed = [("", "–"), *((key, str(one.get_full_name() or one)) for key, one in people.items())]
        fields["officer"].choices = fields["deputy"].choices = listed
        if round is not None:
            del fields["unit"]
        if round is None or round.state == "preparing":
            del fields["reason"]

    def clean(self) -> dict[str, Any]:
        """Dates that nobody typed are the suggested ones."""
        cleaned: dict[str, Any] = super().clean() or {}
        start, end = cleaned.get("season_start"), cleaned.get("season_end")
        if start is not None and end is not None and start <= end:
            ready = flow.defaults(start, end, today())
            for name in DATES:
                if cleaned.get(name) is None and name not in self.errors:
                    cleaned[name] = getattr(self.round, name) if self.round is not None else getattr(ready, name)
        return cleaned

    def spec(self) -> RoundSpec:
        """What was typed."""
        given = self.cleaned_data
        values = {name: given[name] for name in RoundSpec.__dataclass_fields__ if name not in ("officer", "deputy")}
        return RoundSpec(officer=self.people.get(given["officer"]), deputy=self.people.get(given["deputy"]), **values)


class HoursField(forms.CharField):
    """Hours of one weekday: "16-22", or nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=100, **kwargs)

    def clean(self, value: Any) -> Any:
        """A list of (start, end)."""
        text = super().clean(value)
        try:
            return typing_hours.read(text)
        except ValueError as error:
            raise forms.ValidationError(_("Write hours as “16-22” or “08:00-10:00, 16:00-22:00”.")) from error


class PlaceForm(Refusable):
    """One thing: whether it is shared out, and its hours; a part has those of its whole."""

    chosen = forms.BooleanField(required=False)

    def __init__(self, *args: Any, weekly: dict[int, str], is_part: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_part = is_part
        if not is_part:
            for day in range(7):
                self.fields[f"day_{day}"] = HoursField(label=WEEKDAYS[day], initial=weekly.get(day, ""))

    def days(self) -> list[Any]:
        """The fields of the weekdays."""
        return [self[f"day_{day}"] for day in range(7) if f"day_{day}" in self.fields]


class TimeField(forms.TimeField):
    """A time of the day in minutes; midnight at the end is 24:00."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class OwnUseForm(Refusable):
    """Weekly hours that the municipality needs itself. An empty row is none."""

    place = forms.ChoiceField(label=_("Place"), required=False)
    weekday = forms.TypedChoiceField(
        label=_("Weekday"), coerce=int, empty_value=None, required=False,
        choices=[("", "–"), *((number, WEEKDAYS[number]) for number in range(7))],
    )  # fmt: skip
    hours = HoursField(label=_("Hours"))
    what = forms.CharField(label=_("For what"), max_length=150, required=False)

    def __init__(self, *args: Any, places: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["place"]
        place.choices = [("", "–"), *places]

    def clean(self) -> dict[str, Any]:
        """All or nothing."""
        cleaned: dict[str, Any] = super().clean() or {}
        given = [cleaned.get("place"), cleaned.get("weekday") is not None, cleaned.get("hours")]
        if any([*given, cleaned.get("what")]) and not all(given) and not self.errors:
            raise forms.ValidationError(_("A row needs place, weekday and hours. Empty the row to take it away."))
        return cleaned


class BreakForm(Refusable):
    """Dates without hours. An empty row is none."""

    start = forms.DateField(label=pgettext_lazy("date", "From"), required=False, widget=DateInput())
    end = forms.DateField(label=_("To and including"), required=False, widget=DateInput())
    why = forms.CharField(label=_("Why"), max_length=150, required=False)

    def clean(self) -> dict[str, Any]:
        """All or nothing; one day needs no end."""
        cleaned: dict[str, Any] = super().clean() or {}
        if (cleaned.get("end") or cleaned.get("why")) and not cleaned.get("start") and not self.errors:
            raise forms.ValidationError(_("A row needs a first day. Empty the row to take it away."))
        return cleaned


class RulesForm(Refusable):
    """Which rules, and the figures in them that a municipality changes most. Lengths in minutes a week."""

    preset = forms.CharField(widget=forms.HiddenInput())
    reason = forms.CharField(label=_("Why do the rules change?"), max_length=300, required=False,
                             help_text=_("It is shown to everybody."))  # fmt: skip

    #: Field → member of the rules' data; a list of two: a member inside.
    FIGURES = (
        ("heads", ("gates", "heads"), _("At least so many people in a team")),
        ("club_least", ("club_least",), _("Minutes a week that each organisation gets before anybody gets more")),
        ("team_minutes_day", ("caps", "team_minutes_day"), _("Most minutes a day for a team")),
        ("team_minutes_week", ("caps", "team_minutes_week"), _("Most minutes a week for a team")),
        ("team_days_week", ("caps", "team_days_week"), _("Most days a week for a team")),
        ("club_minutes_day", ("caps", "club_minutes_day"), _("Most minutes a day for an organisation")),
        ("club_minutes_week", ("caps", "club_minutes_week"), _("Most minutes a week for an organisation")),
    )

    def __init__(self, data: Any = None, *, rules: dict[str, Any], open: bool, **kwargs: Any) -> None:
        self.rules = rules
        super().__init__(data, **kwargs)
        if not open:
            del self.fields["reason"]
        for name, path, label in self.FIGURES:
            self.fields[name] = forms.IntegerField(
                label=label, required=False, min_value=0, max_value=10080, initial=_inside(rules, path)
            )
        if rules.get("order", "coverage") == "coverage":
            self.fields["after_worst"] = forms.ChoiceField(
                label=_("When the organisation with the lowest coverage has as much as it can get"),
                choices=[
                    ("next_worst", _("raise the next lowest, and so on")),
                    ("most_hours", _("give as many hours as possible, whoever gets them")),
                ],
                initial=rules.get("after_worst", AFTER_WORST[0]), widget=forms.RadioSelect, required=False,
                help_text=_("With as many hours as possible, organisations that ask for hours few others want get "
                            "more, and some others less, but nobody less than the lowest coverage."),
            )  # fmt: skip
        self.share_names = []
        for band, share in rules.get("shares", {}).items():
            for part, label in (("least", _("at least")), ("standard", _("standard"))):
                name = f"share_{band}_{part}"
                self.share_names.append((band, part, name))
                self.fields[name] = forms.IntegerField(
                    label=label, min_value=0, max_value=10080, initial=share.get(part, 0)
                )

    def figures(self) -> list[Any]:
        """The fields of single figures."""
        return [self[name] for name, _path, _label in self.FIGURES]

    def shares(self) -> list[tuple[str, Any, Any]]:
        """For each age band what it can count on: its name, the least, the standard."""
        bands = list(dict.fromkeys(band for band, _part, _name in self.share_names))
        return [
            (wording.band_words(one, self.rules), self[f"share_{one}_least"], self[f"share_{one}_standard"])
            for one in bands
        ]

    def changed_rules(self) -> dict[str, Any]:
        """The rules' data with the figures typed."""
        data = dict(self.rules)
        for name, path, _label in self.FIGURES:
            value = self.cleaned_data.get(name)
            if len(path) == 1:
                data[path[0]] = value
            else:
                inner = dict(data.get(path[0]) or {})
                _put(inner, path[1], value)
                data[path[0]] = inner or None
        # What is usual isn't written down, so that the ready-made rules stay as they are.
        then = self.cleaned_data.get("after_worst") or data.get("after_worst", AFTER_WORST[0])
        data.pop("after_worst", None)
        if then != AFTER_WORST[0]:
            data["after_worst"] = then
        data["shares"] = {
            band: {part: self.cleaned_data[name] for other, part, name in self.share_names if other == band}
            for band, _part, _name in self.share_names
        }
        return data


def _inside(rules: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = rules
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _put(data: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        data.pop(name, None)
    else:
        data[name] = value
