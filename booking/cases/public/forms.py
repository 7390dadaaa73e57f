"""Forms of the public pages. They read what was typed; what it means is decided by `drafts.parse` and the services."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.cases import drafts
from booking.cases.models import Answer, EarlyPlan, WishKind, WishWay
from booking.cases.public.ticks import TicksField
from booking.cases.rules import BANDS
from booking.catalogue.rules import UseTerm
from booking.foundation import clock, text
from booking.foundation.errors import DomainError, Loc
from booking.organisations.rules import Hat, HatKind

#: Where a fault of a request's body stands in the form. Looked up by the whole path, then by shorter ones.
_PLACES: dict[Loc, str] = {
    ("lines", 0, "start"): "start",
    ("lines", 0, "end"): "end",
    ("lines", 0, "quantity"): "quantity",
    ("lines", 0): "day",
    ("series", 0, "start"): "start",
    ("series", 0, "end"): "end",
    ("series", 0, "quantity"): "quantity",
    ("series", 0, "rrule"): "until",
    ("series", 0, "exclude"): "skip",
    ("series", 0): "until",
    ("series",): "until",
    ("audience",): "about",
    ("responsible", "name"): "responsible_name",
    ("responsible", "phone"): "responsible_phone",
    ("responsible", "email"): "responsible_email",
    ("responsible",): "responsible_name",
    ("organisation",): "hat",
    ("contact", "name"): "name",
    ("contact", "email"): "email",
    ("contact", "phone"): "phone",
}


#: What a project may take (needs N19), and what is asked beside each.
TAKES_LABELS: dict[str, Any] = {
    "permits": _("Does it need permits?"),
    "land": _("Does it need land?"),
    "money": _("Does it need money to begin with?"),
    "running": _("Does it cost something every year?"),
    "upkeep": _("Is it clear who maintains it?"),
}
NOTE_LABELS: dict[str, Any] = {
    "permits": _("Which, and from whom"),
    "land": _("Whose, and where"),
    "money": _("How much, and from whom"),
    "running": _("How much, and who pays"),
    "upkeep": _("Who"),
}
_NORWEGIAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


def _band_words(band: str) -> str:
    return gettext("%(band)s years") % {"band": band.replace("-", "–")}


def say(words: Any) -> dict[str, Any]:
    """What stands at a field that was left empty: what to do, in place of "this field is required"."""
    return {"required": words}


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def phone_field() -> forms.CharField:
    widget = forms.TextInput(attrs={"type": "tel"})
    return forms.CharField(label=_("Phone"), required=False, max_length=30, widget=widget)


def time_input() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class DayField(forms.DateField):
    """A day in a year that a loan can be in: a slip of the keyboard is told where it was made."""

    def validate(self, value: Any) -> None:
        """Between the years that a request may name."""
        super().validate(value)
        if value is not None and not drafts.FIRST_YEAR <= value.year <= drafts.LAST_YEAR:
            raise forms.ValidationError(
                _("The year must be between %(first)s and %(last)s."),
                code="out_of_range",
                params={"first": drafts.FIRST_YEAR, "last": drafts.LAST_YEAR},
            )


class Faults(forms.Form):
    """A form that shows a domain error at the field that it is about, and is closed to what fills in everything."""

    #: Nobody sees it; programs that fill in every field do.
    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    def clean_website(self) -> str:
        """Only a program writes here."""
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("Leave this empty"))
        return ""

    def wait_with(self, *names: str) -> None:
        """Nobody is told that something is missing before they say that they are done."""
        for name in names:
            if name in self.errors and self.has_error(name, "required"):
                del self.errors[name]

    def show(self, error: DomainError) -> None:
        """Put a refusal where it belongs; what is about no field stands on top."""
        if not error.errors:
            self.add_error(None, error.text)
        for fault in error.errors:
            self.add_error(self._field(fault.loc), fault.text)

    def _field(self, loc: Loc) -> str | None:
        for length in range(len(loc), 0, -1):
            name = _PLACES.get(loc[:length]) or (str(loc[0]) if length == 1 else "")
            if name in self.fields:
                return name
        return None


class AskForm(Faults):
    """A request for one thing, once or every week. All times are on the wall clock of the thing."""

    day = DayField(label=_("Day"), widget=day_input(), error_messages=say(_("Choose a day.")))
    start = forms.TimeField(
        label=_("From"), widget=time_input(), error_messages=say(_("Write when it begins, such as 17:00."))
    )
    end = forms.TimeField(
        label=_("To"), widget=time_input(), error_messages=say(_("Write when it ends, such as 18:30."))
    )
    end_day = DayField(
        label=_("It ends on another day"),
        required=False,
        widget=day_input(),
        help_text=_("For nights and long loans."),
    )
    quantity = forms.IntegerField(label=_("How many"), min_value=1, max_value=10_000, initial=1)
    hat = forms.ChoiceField(label=_("Who is it for?"), required=False, error_messages=say(_("Choose who it is for.")))
    purpose = forms.CharField(
        label=_("What is it for?"),
        max_length=text.PURPOSE,
        widget=forms.Textarea(attrs={"rows": "2"}),
        help_text=_("A few words, such as “Training, girls 12”."),
        error_messages=say(_("Write it in a few words.")),
    )
    about = forms.IntegerField(label=_("About how many come?"), required=False, min_value=0, max_value=100_000)
    bands = forms.MultipleChoiceField(
        label=_("How old are they?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(band, _band_words(band)) for band in BANDS],
        help_text=_("Children and youth often get the answer at once, and a better price."),
    )
    repeat = forms.BooleanField(label=_("The same time every week"), required=False)
    until = DayField(label=_("The last day"), required=False, widget=day_input())
    skip = forms.CharField(
        label=_("Days to leave out"),
        required=False,
        max_length=6000,
        help_text=_("Write them as 2026-12-24, with blanks between."),
    )
    title = forms.CharField(
        label=_("Name in the calendar"), required=False, max_length=150, help_text=_("Such as “Christmas concert”.")
    )
    title_public = forms.BooleanField(label=_("Everybody may see this name in the calendar"), required=False)
    responsible_name = forms.CharField(label=_("Name"), required=False, max_length=150)
    responsible_phone = phone_field()
    responsible_email = forms.EmailField(label=_("E-mail"), required=False)
    uses = forms.MultipleChoiceField(
        label=_("What will happen there?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick what fits. Some of it takes a permit; you see below which, and who grants it."),
    )
    if_taken = forms.ChoiceField(
        label=_("If some of it is taken before we have read this"),
        required=False,
        choices=[
            ("refuse", _("Don't send, and tell me")),
            ("skip", _("Leave out what is taken")),
            ("waiting_list", _("Put me on the waiting list")),
        ],
    )
    message = forms.CharField(
        label=_("Something else we should know"),
        required=False,
        max_length=text.MESSAGE,
        widget=forms.Textarea(attrs={"rows": "3"}),
    )
    override_reason = forms.CharField(
        label=_("Ask anyway: why?"),
        required=False,
        max_length=text.PURPOSE,
        widget=forms.Textarea(attrs={"rows": "2"}),
        help_text=_("A case officer reads it and decides."),
    )
    ticked = TicksField(label=_("Works"), required=False)
    accept_rules = forms.BooleanField(
        label=_("We follow the house rules"), error_messages=say(_("Tick this to be able to send."))
    )
    submission_key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        tz: ZoneInfo,
        hats: Sequence[Hat],
        counted: bool,
        most: int,
        house_rules: bool,
        uses: Sequence[UseTerm] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.tz = tz
        ticks: Any = self.fields["uses"]
        ticks.choices = [(use.slug, use.name) for use in uses]
        if not uses:
            del self.fields["uses"]
        self.hats = list(hats)
        for band in BANDS:
            self.fields[f"heads_{band}"] = forms.IntegerField(
                label=_band_words(band),
                required=False,
                min_value=0,
                max_value=100_000,
            )
        if counted:
            self.fields["quantity"].help_text = _("There are %(most)s in all.") % {"most": most}
        else:
            del self.fields["quantity"]
        if not house_rules:
            del self.fields["accept_rules"]
        choices = [(hat.code, _hat_words(hat)) for hat in self.hats]
        hat: Any = self.fields["hat"]
        hat.choices = choices
        if len(choices) > 3:
            self.fields["hat"].widget = forms.Select(choices=choices)
        else:
            self.fields["hat"].widget = forms.RadioSelect(choices=choices)
        self.fields["hat"].required = len(choices) > 1
        if not choices:
            del self.fields["hat"]

    def clean_skip(self) -> list[date]:
        """The days, from any list of dates, written 2026-12-24 or 24.12.2026."""
        days = []
        for word in self.cleaned_data["skip"].replace(",", " ").replace(";", " ").split():
            try:
                if written := _NORWEGIAN_DATE.fullmatch(word):
                    day, month, year = map(int, written.groups())
                    days.append(date(year, month, day))
                else:
                    days.append(date.fromisoformat(word))
            except ValueError as error:
                raise forms.ValidationError(_("Write the date as 2026-06-01.")) from error
        return days

    def clean(self) -> dict[str, Any]:
        """What hangs together: an end after the start, and an end of what repeats."""
        data = super().clean() or self.cleaned_data
        if data.get("repeat") and not data.get("until") and "until" not in self.errors:
            self.add_error("until", _("Say until when it repeats."))
        if data.get("day") and data.get("until") and data.get("repeat") and data["until"] < data["day"]:
            self.add_error("until", _("The last day is before the first."))
        start, end = self.times()
        if start is not None and end is not None and end <= start:
            self.add_error("end", _("The end must be after the start. Does it end on another day? Then write which."))
        return data

    def times(self) -> tuple[datetime | None, datetime | None]:
        """The (first) time in UTC. An end at 00:00 without a day of its own is the midnight after."""
        data = self.cleaned_data
        day, start, end = data.get("day"), data.get("start"), data.get("end")
        if day is None or start is None or end is None:
            return None, None
        last = data.get("end_day") or (day + timedelta(days=1) if end == time() else day)
        try:
            return clock.wall(day, start, self.tz), clock.wall(last, end, self.tz)
        except OverflowError:
            self.add_error("day", _("There is no such day."))
            return None, None

    def audience(self) -> dict[str, Any]:
        """Exact heads if somebody counted, else "about n"."""
        data = self.cleaned_data
        exact = {band: data[f"heads_{band}"] for band in BANDS if data.get(f"heads_{band}")}
        if exact:
            return exact
        if data.get("about") or data.get("bands"):
            return {"about": data.get("about") or 0, "bands": data.get("bands") or []}
        return {}

    def chosen_hat(self) -> Hat | None:
        """Whose name it is asked in; the only one needs no choosing."""
        code = self.cleaned_data.get("hat") or (self.hats[0].code if len(self.hats) == 1 else "")
        return next((hat for hat in self.hats if hat.code == code), None)

    def body(self, slug: str) -> dict[str, Any] | None:
        """The request as `drafts.parse` takes it; None while there is no time in it."""
        data = self.cleaned_data
        start, end = self.times()
        if start is None or end is None or end <= start:
            return None
        one = {"resource": slug, "quantity": data.get("quantity") or 1, "start": start, "end": end}
        hat = self.chosen_hat()
        body: dict[str, Any] = {
            "organisation": hat.slug if hat and hat.kind == HatKind.ORGANISATION else None,
            "audience": self.audience(),
            "responsible": {key: data.get(f"responsible_{key}", "") for key in ("name", "phone", "email")},
            "if_taken": data.get("if_taken") or "refuse",
        }
        body |= {name: data.get(name, "") for name in ("purpose", "title", "message", "override_reason")}
        body["uses"] = data.get("uses") or []
        body["ticked"] = data.get("ticked") or []
        body["title_public"] = bool(data.get("title_public"))
        if "accept_rules" in self.fields:
            body["accept_rules"] = bool(data.get("accept_rules"))
        if data.get("repeat") and data.get("until"):
            rule = f"FREQ=WEEKLY;UNTIL={data['until']:%Y%m%d}"
            body["series"] = [one | {"rrule": rule, "exclude": data.get("skip") or []}]
        else:
            body["lines"] = [one]
        return body


def _hat_words(hat: Hat) -> Any:
    if hat.kind == HatKind.PERSON:
        return _("Myself, as a private person")
    if hat.kind == HatKind.UNIT:
        return _("%(unit)s (the municipality's own use)") % {"unit": hat.label}
    return hat.label


class EnquiryForm(Faults):
    """Something that no form fits."""

    message = forms.CharField(
        label=_("What do you wonder about?"),
        max_length=text.MESSAGE,
        widget=forms.Textarea(attrs={"rows": "6"}),
        error_messages=say(_("Write it here.")),
    )
    hat = forms.ChoiceField(label=_("You write for"))
    name = forms.CharField(label=_("Your name"), required=False, max_length=150)
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("We send the answer there."),
        error_messages=say(_("Write your e-mail address, so that we can answer.")),
    )
    phone = phone_field()
    submission_key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, hats: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_hat_field(self, hats)
        if "hat" in self.fields:
            self.fields["hat"].required = False


class EarlyForm(Faults):
    """ "We are thinking of ...", and what it takes as far as anybody knows."""

    title = forms.CharField(
        label=_("What are you thinking of?"), max_length=150, error_messages=say(_("Give it a short name."))
    )
    message = forms.CharField(
        label=_("Tell us about it"),
        max_length=text.MESSAGE,
        widget=forms.Textarea(attrs={"rows": "6"}),
        error_messages=say(_("Write a few words about it.")),
    )
    hat = forms.ChoiceField(label=_("You write for"), required=False)
    wants_public = forms.BooleanField(
        label=_("It may be shown in public"),
        required=False,
        help_text=_(
            "With its name, your words and your organisation's name, but no person's. The municipality decides."
        ),
    )
    submission_key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, hats: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in TAKES_LABELS.items():
            self.fields[name] = forms.ChoiceField(
                label=label,
                choices=[(code, capfirst(words)) for code, words in Answer.choices],
                initial=Answer.UNKNOWN,
                required=False,
                widget=forms.RadioSelect,
            )
            self.fields[f"{name}_note"] = forms.CharField(label=NOTE_LABELS[name], required=False, max_length=300)
        choose_hat_field(self, hats)

    def takes(self) -> list[tuple[Any, Any]]:
        """The questions, each with its note, as the page shows them."""
        return [(self[name], self[f"{name}_note"]) for name in TAKES_LABELS]


class MailForm(forms.Form):
    """How somebody wants to hear of messages."""

    def __init__(self, *args: Any, kinds: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, label in kinds:
            # A form that was opened before there were duties says nothing about them.
            self.fields[kind] = forms.ChoiceField(
                label=label, choices=WishWay.choices, widget=forms.RadioSelect, required=kind != WishKind.DUTY
            )


class MessageForm(Faults):
    """A word on a case, in one of the hats that the writer has there."""

    message = forms.CharField(
        label=_("Write to the municipality"),
        max_length=text.MESSAGE,
        widget=forms.Textarea(attrs={"rows": "4"}),
        error_messages=say(_("Write something first.")),
    )
    needs_answer = forms.BooleanField(
        label=_("I need an answer"),
        required=False,
        help_text=_("Tick it when you ask something. The municipality then owes you an answer by a date."),
    )
    hat = forms.ChoiceField(label=_("You write for"))

    def __init__(self, *args: Any, hats: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_hat_field(self, hats)


class AppealForm(Faults):
    """Why one disagrees with a decision."""

    message = forms.CharField(
        label=_("Why do you disagree?"),
        max_length=text.MESSAGE,
        widget=forms.Textarea(attrs={"rows": "5"}),
        error_messages=say(_("Write why you disagree.")),
    )
    hat = forms.ChoiceField(label=_("You act for"))

    def __init__(self, *args: Any, hats: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        # The message form stands on the same page.
        super().__init__(*args, auto_id="id_appeal_%s", **kwargs)
        choose_hat_field(self, hats)


class WithdrawForm(Faults):
    """Sure? In which hat, if there are several."""

    hat = forms.ChoiceField(label=_("You act for"))

    def __init__(self, *args: Any, hats: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_hat_field(self, hats)


def choose_hat_field(form: forms.Form, hats: Sequence[tuple[str, str]]) -> None:
    """A choice only where there is one."""
    if len(hats) > 1:
        field: Any = form.fields["hat"]
        field.choices = list(hats)
    else:
        del form.fields["hat"]


def takes_of(plan: EarlyPlan) -> list[dict[str, str]]:
    """The questions with their answers in words."""
    return [
        {
            "question": str(TAKES_LABELS[name]),
            "code": str(getattr(plan, name)),
            "answer": str(getattr(plan, f"get_{name}_display")()),
            "note_label": str(NOTE_LABELS[name]),
            "note": str(getattr(plan, f"{name}_note")),
        }
        for name in TAKES_LABELS
    ]
