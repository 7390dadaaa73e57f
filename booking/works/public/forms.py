"""What people write about works on the public pages. The services decide what it means."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.foundation import text
from booking.foundation.clock import wall
from booking.foundation.conf import booking_settings
from booking.organisations.public.forms import Faults
from booking.works.models import ReplyKind


class AffectedForm(Faults):
    """ "We are affected too". No account is needed."""

    name = forms.CharField(
        label=_("Who are you?"),
        max_length=150,
        help_text=_("A club, a group, or your own name. Only the municipality sees it."),
        error_messages={"required": _("Write who you are.")},
    )
    how = forms.CharField(
        label=_("How do the works touch you?"),
        max_length=text.MESSAGE,
        widget=forms.Textarea,
        help_text=_("When you use the place, and for what."),
        error_messages={"required": _("Write how the works touch you.")},
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        required=False,
        max_length=text.EMAIL,
        help_text=_("With it you are told like everybody else who is affected. Nobody else sees it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )


class ReplyForm(Faults):
    """What a party says about the works."""

    kind = forms.ChoiceField(
        label=_("What do you want to say?"),
        choices=[(value, label) for value, label in ReplyKind.choices if value != ReplyKind.CONFIRM],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one.")},
    )
    message = forms.CharField(
        label=_("In your own words"),
        max_length=text.MESSAGE,
        widget=forms.Textarea,
        error_messages={"required": _("Write a few words.")},
    )
    day = forms.DateField(
        label=_("The works could begin on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Only if you propose another time."),
    )
    last_day = forms.DateField(
        label=_("and end on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any]:
        """A proposal needs its first day."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("kind") == ReplyKind.PROPOSE and not found.get("day") and "day" not in self.errors:
            self.add_error("day", _("Say on which day the works could begin."))
        return found

    def proposed(self, begins: datetime, ends: datetime) -> list[tuple[datetime, datetime]]:
        """The time that was proposed, at the hours of the plan, in UTC; [] without one."""
        first: date | None = self.cleaned_data.get("day")
        if first is None or self.cleaned_data.get("kind") != ReplyKind.PROPOSE:
            return []
        tz = booking_settings().tz
        start = wall(first, begins.astimezone(tz).time(), tz)
        last: date | None = self.cleaned_data.get("last_day")
        end = start + (ends - begins) if last is None else wall(last, ends.astimezone(tz).time() or time(), tz)
        return [(start, end)]
