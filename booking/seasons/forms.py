"""What both doors type a wish into. The services decide what it means."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import DomainError
from booking.seasons import wording_rounds as wording
from booking.seasons.models import SeasonRound
from booking.seasons.rules import asking
from booking.seasons.rules.asking import WishSpec
from booking.seasons.rules.instance import Span
from booking.seasons.selectors.wishes import place_name

#: Places that can be named on the form, the first one needed.
PLACES = 4
_NUMBER = {"inputmode": "numeric"}


class Refusable(forms.Form):
    """A form that shows a service's refusal at the field it names; what is about no field stands on top."""

    def show(self, error: DomainError) -> None:
        """Put a refusal where it belongs."""
        if not error.errors:
            self.add_error(None, error.text)
        for fault in error.errors:
            name = str(fault.loc[0]) if fault.loc else ""
            self.add_error(name if name in self.fields else None, fault.text)


class WeekCell:
    """An hour of the week grid: a checkbox, or nothing where no hours are offered."""

    def __init__(self, kind: str, weekday: int, start: int, end: int, *, on: bool, open: bool) -> None:
        self.value = f"{weekday}-{start}-{end}"
        self.id = f"id_{kind}_{weekday}_{start}"
        self.on, self.open = on, open
        self.label = wording.span_words(weekday, start, end)


class Week:
    """One grid of checkboxes: rows are hours, columns weekdays. ``spans`` are what is marked in it."""

    def __init__(self, kind: str, hours: list[Span], spans: asking.Times, posted: list[str] | None) -> None:
        self.kind = kind
        self.before = spans
        self.days = asking.weekdays(hours)
        marked = {
            (day, start)
            for start, end in asking.periods(hours)
            for day in self.days
            if any(Span(*one).meets(Span(day, start, end)) for one in spans)
        }
        self.initial = marked
        self.chosen = marked if posted is None else self._read(posted, hours)
        self.rows = [
            (
                wording.period(start, end),
                [
                    WeekCell(
                        kind, day, start, end, on=(day, start) in self.chosen,
                        open=any(one.meets(Span(day, start, end)) for one in hours),
                    )
                    for day in self.days
                ],
            )
            for start, end in asking.periods(hours)
        ]  # fmt: skip
        self.heads = [(wording.weekday_short(day), wording.weekday(day)) for day in self.days]

    def _read(self, posted: list[str], hours: list[Span]) -> set[tuple[int, int]]:
        """Only cells that the grid has: others are left out."""
        known = {f"{day}-{start}-{end}": (day, start) for start, end in asking.periods(hours) for day in self.days}
        return {known[value] for value in posted[:500] if value in known}

    def spans(self) -> asking.Times:
        """What is marked. A grid that nobody touched keeps the exact minutes of before."""
        if self.chosen == self.initial:
            return self.before
        return asking.tidy_times((day, start, min(start + 60, 1440)) for day, start in self.chosen)


def lengths(round: SeasonRound, *more: int) -> list[tuple[str, str]]:
    """Lengths of a session to choose from, by the round's grid."""
    step = round.grid_minutes if round.grid_minutes >= 15 else 15 // round.grid_minutes * round.grid_minutes
    found = set(range(max(step, 30), 4 * 60 + 1, step)) if step <= 30 else set(range(60, 241, 60))
    found |= {one for one in more if one}
    return [(str(one), wording.minutes_words(one)) for one in sorted(found)]


class WishForm(Refusable):
    """A team's wish: team, age, hours and times first; the rest folded."""

    team = forms.CharField(
        label=_("Team or group"), max_length=80, error_messages={"required": _("Which team or group is it?")},
        help_text=_("Such as “J13” or “Trim for adults”. Never names of children."),
    )  # fmt: skip
    activity = forms.CharField(label=_("Activity"), max_length=60, required=False, help_text=_("Such as handball."))
    age_from = forms.IntegerField(
        label=pgettext_lazy("age", "Age from"), required=False, min_value=0, max_value=asking.OLDEST,
        widget=forms.NumberInput(attrs=_NUMBER),
    )  # fmt: skip
    age_to = forms.IntegerField(
        label=pgettext_lazy("age", "Age to"), required=False, min_value=0, max_value=asking.OLDEST,
        widget=forms.NumberInput(attrs=_NUMBER),
    )  # fmt: skip
    heads = forms.IntegerField(
        label=_("How many people"), min_value=1, max_value=asking.MOST_HEADS, widget=forms.NumberInput(attrs=_NUMBER),
        error_messages={"required": _("How many people are in the team?")},
    )  # fmt: skip
    sessions_wanted = forms.TypedChoiceField(label=_("Times a week"), coerce=int, initial=1)
    minutes_wanted = forms.TypedChoiceField(label=_("Length each time"), coerce=int, initial=60)
    sessions_min = forms.TypedChoiceField(
        label=_("Times a week, at least"), coerce=int, empty_value=None, required=False
    )
    minutes_min = forms.TypedChoiceField(label=_("Length, at least"), coerce=int, empty_value=None, required=False)
    adapted = forms.BooleanField(label=_("Adapted for people with disabilities"), required=False)
    outdoors = forms.BooleanField(label=_("We can be outdoors too"), required=False)
    apart = forms.CharField(
        label=_("Can't be at the same time"), required=False, max_length=250,
        help_text=_("Teams with the same word never get the same time: “coach 2”. Commas between several. No names."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Something we should know"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": "2"})
    )

    def __init__(self, data: Any = None, *, round: SeasonRound, spec: WishSpec | None = None, **kwargs: Any) -> None:
        self.round = round
        self.start = spec
        initial: dict[str, Any] = {}
        if spec is not None:
            initial = {
                name: getattr(spec, name)
                for name in (
                    "team",
                    "activity",
                    "age_from",
                    "age_to",
                    "sessions_wanted",
                    "minutes_wanted",
                    "adapted",
                    "note",
                )
            }
            initial |= {
                "heads": spec.heads or None, "apart": ", ".join(spec.apart), "outdoors": not spec.indoor,
                "sessions_min": spec.sessions_min if spec.sessions_min != spec.sessions_wanted else "",
                "minutes_min": spec.minutes_min if spec.minutes_min != spec.minutes_wanted else "",
            }  # fmt: skip
        super().__init__(data, initial=initial | kwargs.pop("initial", {}), **kwargs)
        fields: dict[str, Any] = self.fields
        times = [(str(n), str(n)) for n in range(1, asking.MOST_SESSIONS + 1)]
        fields["sessions_wanted"].choices = times
        fields["sessions_min"].choices = [("", gettext("as many as wanted")), *times]
        more = (spec.minutes_wanted, spec.minutes_min) if spec is not None else ()
        fields["minutes_wanted"].choices = lengths(round, *more)
        fields["minutes_min"].choices = [("", gettext("as long as wanted")), *lengths(round, *more)]
        places = list(round.places.all())
        choices = [(str(one.resource_id), place_name(one.resource)) for one in places]
        asked = spec.places if spec is not None else ()
        count = max(PLACES, len(asked))
        self.place_names = [f"place_{number}" for number in range(1, count + 1)]
        for number, name in enumerate(self.place_names, start=1):
            label = gettext("Where") if number == 1 else gettext("Else (%(number)s)") % {"number": number}
            fields[name] = forms.TypedChoiceField(
                label=label, coerce=int, empty_value=None, required=number == 1,
                choices=choices if number == 1 and len(choices) == 1 else [("", "–"), *choices],
                error_messages={"required": gettext("Choose at least one place.")},
            )  # fmt: skip
            if number <= len(asked):
                self.initial.setdefault(name, asked[number - 1])
        hours = [Span(one.weekday, one.start, one.end) for place in places for one in place.hours.all()]
        listed = data.getlist if data is not None else None
        self.best = Week("best", hours, spec.best if spec else (), listed("best") if listed else None)
        self.impossible = Week(
            "impossible", hours, spec.impossible if spec else (), listed("impossible") if listed else None
        )
        #: Errors about the grids stand above them.
        self.week_errors: dict[str, list[str]] = {"best": [], "impossible": []}

    def first_place(self) -> Any:
        """The field of the place they like best."""
        return self["place_1"]

    def other_places(self) -> list[Any]:
        """The others, in order."""
        return [self[name] for name in self.place_names[1:]]

    @property
    def has_more(self) -> bool:
        """Whether something under "more" is filled in, or wrong."""
        names = ("sessions_min", "minutes_min", "adapted", "outdoors", "apart", "note", *self.place_names[1:])
        return any(self[name].value() for name in names) or any(self.errors.get(name) for name in names)

    @property
    def team_looks_like_a_person(self) -> bool:
        """A gentle question beside the field."""
        return asking.looks_like_a_person(str(self["team"].value() or ""))

    def show(self, error: DomainError) -> None:
        """Faults of places stand at the first place, of the grids above them."""
        rest = []
        for fault in error.errors:
            name = str(fault.loc[0]) if fault.loc else ""
            if name == "places":
                self.add_error("place_1", fault.text)
            elif name in self.week_errors:
                self.week_errors[name].append(fault.text)
                self.add_error(None, fault.text)
            else:
                rest.append(fault)
        if rest or not error.errors:
            kept, error.errors = error.errors, rest
            super().show(error)
            error.errors = kept

    def spec(self) -> WishSpec:
        """What was typed. Raises nothing: the service judges."""
        given = self.cleaned_data
        places = [given.get(name) for name in self.place_names]
        return WishSpec(
            team=given["team"], activity=given["activity"], age_from=given["age_from"], age_to=given["age_to"],
            adapted=given["adapted"], heads=given["heads"], sessions_wanted=given["sessions_wanted"],
            sessions_min=given["sessions_min"] or given["sessions_wanted"], minutes_wanted=given["minutes_wanted"],
            minutes_min=given["minutes_min"] or given["minutes_wanted"], indoor=not given["outdoors"],
            places=tuple(one for one in places if one), best=self.best.spans(), impossible=self.impossible.spans(),
            apart=tuple(word for word in (part.strip() for part in given["apart"].split(",")) if word),
            note=given["note"], last=self.start.last if self.start is not None else (),
        )  # fmt: skip


class ReasonForm(Refusable):
    """Why: shown to everybody."""

    reason = forms.CharField(label=_("Why?"), max_length=300, help_text=_("It is shown to everybody."))
