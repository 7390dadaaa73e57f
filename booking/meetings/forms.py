"""What both doors type about a meeting into. The services decide what it means."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.agreements.forms import DateInput, Refusable, TimeInput
from booking.catalogue.models import Resource, Unit
from booking.foundation.clock import local, wall
from booking.foundation.conf import booking_settings
from booking.foundation.i18n import localized
from booking.meetings import rules
from booking.meetings.models import Answer, Meeting
from booking.meetings.services import MeetingDraft
from booking.organisations.models import Organisation, OrganisationState

#: "organisation:<id>" or "unit:<id>", as the list of sides is chosen from.
SIDE = "side"


class MeetingForm(Refusable):
    """A meeting as it is prepared: what, when, where, who."""

    title = forms.CharField(
        label=_("What is the meeting called?"),
        max_length=150,
        help_text=_("Such as “Dialogue meeting on the sports hall”."),
        error_messages={"required": _("Write what it is called.")},
    )
    about = forms.CharField(
        label=_("What is the meeting for?"),
        required=False,
        widget=forms.Textarea(attrs={"rows": "4"}),
        help_text=_("Stands in the invitation."),
    )
    unit = forms.ChoiceField(label=_("Which unit calls it?"))
    day = forms.DateField(label=_("Day"), widget=DateInput(), error_messages={"required": _("Choose a day.")})
    begins = forms.TimeField(label=_("From"), widget=TimeInput(), error_messages={"required": _("Say from when.")})
    ends = forms.TimeField(label=_("To"), widget=TimeInput(), error_messages={"required": _("Say until when.")})
    resource = forms.ChoiceField(
        label=_("Room"),
        required=False,
        help_text=_("This only says where it is. Ask for the room as for any other use, so that nobody else gets it."),
    )
    place = forms.CharField(
        label=_("Another place"), required=False, max_length=200, help_text=_("If it isn't in the list: where is it?")
    )
    agenda_day = forms.DateField(
        label=_("The agenda is open to and including"),
        required=False,
        widget=DateInput(),
        help_text=_("Until then everybody who is invited can add to it. Leave it empty for three days before."),
    )
    public = forms.BooleanField(
        label=_("Open to everybody"),
        required=False,
        help_text=_("It stands on the page of what happens, and organisations can come without being invited."),
    )
    organisations = forms.MultipleChoiceField(
        label=_("Which organisations are invited?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    units = forms.MultipleChoiceField(
        label=_("Which other units take part?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    months_between = forms.IntegerField(
        label=_("Months until the next one"),
        min_value=0,
        max_value=24,
        initial=6,
        help_text=_("6 is twice a year. 0: there is only this one."),
    )

    def __init__(self, *args: Any, units: list[Unit], resources: Any, meeting: Meeting | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["unit"].choices = [(str(one.pk), str(localized(one, "name"))) for one in units]
        there = {row.organisation_id for row in meeting.parties.all()} if meeting is not None else set()
        self.organisations_by_key = {
            str(one.pk): one
            for one in Organisation.objects.filter(merged_into=None).order_by("name")
            if one.state != OrganisationState.INACTIVE or one.pk in there
        }
        fields["organisations"].choices = [(key, one.name) for key, one in self.organisations_by_key.items()]
        self.units_by_key = {str(one.pk): one for one in Unit.objects.filter(active=True).order_by("name")}
        fields["units"].choices = [(key, str(localized(one, "name"))) for key, one in self.units_by_key.items()]
        self.resources_by_key = {str(one.pk): one for one in resources}
        named = [(key, str(localized(one, "name"))) for key, one in self.resources_by_key.items()]
        fields["resource"].choices = [("", "–"), *sorted(named, key=lambda pair: pair[1].casefold())]
        if meeting is not None:
            self._fill(meeting)
            del fields["unit"]

    def _fill(self, meeting: Meeting) -> None:
        tz = booking_settings().tz
        start, end, closes = (local(one, tz) for one in (meeting.start, meeting.end, meeting.agenda_until))
        self.initial |= {
            "title": meeting.title,
            "about": meeting.about,
            "day": start.date(),
            "begins": start.time(),
            "ends": end.time(),
            "resource": str(meeting.resource_id or ""),
            "place": meeting.place,
            "agenda_day": closes.date(),
            "public": meeting.public,
            "organisations": [str(row.organisation_id) for row in meeting.parties.all()],
            "units": [str(one.pk) for one in meeting.units.all()],
            "months_between": meeting.months_between,
        }

    def draft(self) -> MeetingDraft:
        """What was typed, as the services take it; times are those of the municipality's wall."""
        given, tz = self.cleaned_data, booking_settings().tz
        start = wall(given["day"], given["begins"], tz)
        closes: datetime | None = None
        if given["agenda_day"]:
            closes = (
                min(wall(given["agenda_day"], time(23, 59), tz), start)
                if given["agenda_day"] <= given["day"]
                else (wall(given["agenda_day"], time(23, 59), tz))
            )
        return MeetingDraft(
            title=given["title"],
            about=given["about"],
            start=start,
            end=wall(given["day"], given["ends"], tz),
            agenda_until=closes,
            resource=self.resources_by_key.get(given["resource"]),
            place=given["place"],
            public=given["public"],
            organisations=[self.organisations_by_key[key] for key in given["organisations"]],
            units=[self.units_by_key[key] for key in given["units"]],
            months_between=given["months_between"],
        )

    def show(self, error: Any) -> None:
        """The services speak of moments, the form of a day and hours."""
        names = {"start": "day", "end": "ends", "agenda_until": "agenda_day"}
        for fault in error.errors:
            if fault.loc and fault.loc[0] in names:
                self.add_error(names[fault.loc[0]], fault.text)
        rest = [fault for fault in error.errors if not fault.loc or fault.loc[0] not in names]
        if rest or not error.errors:
            kept, error.errors = error.errors, rest
            super().show(error)
            error.errors = kept


class PointForm(Refusable):
    """Something to talk about."""

    title = forms.CharField(
        label=_("What do you want to talk about?"),
        max_length=150,
        error_messages={"required": _("Write what you want to talk about.")},
    )
    text = forms.CharField(
        label=_("In your own words"),
        required=False,
        widget=forms.Textarea(attrs={"rows": "3"}),
        help_text=_("Everybody who is invited reads it before the meeting."),
    )


class AnswerForm(Refusable):
    """Whether we come."""

    answer = forms.ChoiceField(
        label=_("Do you come?"),
        choices=Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the answers.")},
    )
    heads = forms.IntegerField(label=_("How many come?"), required=False, min_value=1, max_value=rules.MOST_HEADS)


class ReasonForm(Refusable):
    """Why."""

    reason = forms.CharField(
        label=_("Why?"),
        widget=forms.Textarea(attrs={"rows": "3"}),
        error_messages={"required": _("Write why.")},
    )


class CommitmentForm(Refusable):
    """Who does what by when."""

    what = forms.CharField(
        label=_("What is done?"), max_length=250, error_messages={"required": _("Write what is done.")}
    )
    side = forms.ChoiceField(label=_("Who does it?"), error_messages={"required": _("Choose who does it.")})
    who = forms.CharField(
        label=_("Who of them?"), required=False, max_length=100, help_text=_("A post or a name, if they named one.")
    )
    due_on = forms.DateField(
        label=_("By when?"),
        widget=DateInput(),
        error_messages={"required": _("Say by when: a promise without a day is none.")},
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sides: dict[str, tuple[str, Any]] = {}
        for unit in (meeting.unit, *meeting.units.all()):
            self.sides[f"unit:{unit.pk}"] = (str(localized(unit, "name")), unit)
        for row in meeting.parties.all():
            self.sides[f"organisation:{row.organisation_id}"] = (row.organisation.name, row.organisation)
        field: Any = self.fields["side"]
        field.choices = [("", "–"), *((key, name) for key, (name, _thing) in self.sides.items())]

    def chosen(self) -> dict[str, Any]:
        """As the service takes it."""
        given = self.cleaned_data
        kind = given["side"].partition(":")[0]
        return {
            "what": given["what"],
            "who": given["who"],
            "due_on": given["due_on"],
            kind: self.sides[given["side"]][1],
        }


def as_day(value: str) -> date | None:
    """A day as browsers send it; None for anything else."""
    try:
        return date.fromisoformat(value) if len(value) == 10 else None
    except ValueError:
        return None


__all__ = [
    "AnswerForm", "CommitmentForm", "MeetingForm", "PointForm", "ReasonForm", "Resource", "as_day",
]  # fmt: skip
