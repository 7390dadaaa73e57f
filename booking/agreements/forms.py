"""What both doors type an agreement into: the content, weekly hours, tasks. The services decide what it means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from booking.agreements import rules
from booking.agreements.models import Agreement, AgreementForm, AgreementTask, Side
from booking.agreements.services import AgreementDraft, HoursDraft, TaskDraft
from booking.catalogue.models import Resource, Unit
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.organisations.models import Organisation

#: Empty rows beside what stands there already.
THINGS, HOURS, TASKS = 3, 3, 3


class DateInput(forms.DateInput):
    """A day, as browsers pick it."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class TimeInput(forms.TimeInput):
    """A time, in whole minutes."""

    input_type = "time"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", **kwargs)


class Refusable(forms.Form):
    """A form that shows a service's refusal at the field it names; what is about no field stands on top."""

    def show(self, error: DomainError) -> None:
        """Put a refusal where it belongs."""
        if not error.errors:
            self.add_error(None, error.text)
        for fault in error.errors:
            name = str(fault.loc[0]) if fault.loc else ""
            self.add_error(name if name in self.fields else None, fault.text)


def resource_choices(resources: Iterable[Resource]) -> list[tuple[str, str]]:
    """Things by name, for a list to choose from."""
    return [("", "–"), *sorted(((str(one.pk), str(localized(one, "name"))) for one in resources), key=_by_words)]


def _by_words(pair: tuple[str, str]) -> str:
    return pair[1].casefold()


class ContentForm(Refusable):
    """What an agreement says. Things, hours and tasks come in rows; an empty row is none."""

    title = forms.CharField(
        label=_("What is the agreement about?"),
        max_length=150,
        help_text=_("In a few words, such as “The jetty at Elvesletta”."),
        error_messages={"required": _("Write what it is about.")},
    )
    form = forms.ChoiceField(
        label=_("How was it made?"),
        choices=[
            (AgreementForm.ORAL, _("Orally: I write down what was said")),
            (AgreementForm.WRITTEN, _("In writing")),
        ],
        widget=forms.RadioSelect,
        initial=AgreementForm.ORAL,
    )
    background = forms.CharField(
        label=_("Who agreed on it, and when?"),
        required=False,
        widget=forms.Textarea(attrs={"rows": "2"}),
        help_text=_("Of an oral one: names and year, as far as you remember."),
    )
    terms = forms.CharField(
        label=_("What was agreed?"),
        widget=forms.Textarea(attrs={"rows": "6"}),
        help_text=_("What each side gives and does, in your own words."),
        error_messages={"required": _("Write what was agreed.")},
    )
    place = forms.CharField(
        label=_("Another place"),
        required=False,
        max_length=250,
        help_text=_("If it isn't in the list: where is it?"),
    )
    start = forms.DateField(label=_("From"), widget=DateInput(), error_messages={"required": _("Choose a day.")})
    end = forms.DateField(
        label=_("To and including"),
        required=False,
        widget=DateInput(),
        help_text=_("Leave it empty if it goes on until somebody ends it."),
    )
    notice_months = forms.IntegerField(
        label=_("Notice to end it, in months"),
        min_value=0,
        max_value=rules.LONGEST_NOTICE,
        initial=3,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    sole_use = forms.BooleanField(label=_("The place is ours alone, all the time"), required=False)
    storage = forms.CharField(
        label=_("What is stored there?"),
        required=False,
        max_length=500,
        help_text=_("Such as boats, goals, a container. Whoever digs there must know."),
    )
    keys = forms.CharField(label=_("Keys"), required=False, max_length=500, help_text=_("How many, to which doors."))
    excluded = forms.CharField(
        label=_("Dates without the hours"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": "2"}),
        help_text=_("Such as 24.12.2026, or 22.12.2026–2.1.2027; with commas between them."),
    )
    title_public = forms.BooleanField(label=_("Show the title in public calendars"), required=False)

    def __init__(
        self, *args: Any, choices: Sequence[tuple[str, str]], agreement: Agreement | None = None, **kwargs: Any
    ) -> None:
        things: list[int] = []
        if agreement is not None:
            names = (
                "title", "form", "background", "terms", "place", "start", "end", "notice_months", "sole_use", "storage",
                "keys", "title_public",
            )  # fmt: skip
            kwargs["initial"] = {name: getattr(agreement, name) for name in names} | kwargs.get("initial", {})
            kwargs["initial"].setdefault("excluded", ", ".join(agreement.excluded))
            things = [one.pk for one in agreement.resources.all()]
        super().__init__(*args, **kwargs)
        count = max(THINGS, len(things) + 1)
        self.thing_names = [f"thing_{number}" for number in range(1, count + 1)]
        for number, name in enumerate(self.thing_names, start=1):
            label = gettext("Place or thing") if number == 1 else gettext("And also (%(number)s)") % {"number": number}
            self.fields[name] = forms.ChoiceField(label=label, required=False, choices=choices)
            if number <= len(things):
                self.initial.setdefault(name, str(things[number - 1]))

    def things(self) -> list[Any]:
        """The fields of things, in order."""
        return [self[name] for name in self.thing_names]

    def clean_excluded(self) -> list[Any]:
        """Dates as people write them."""
        try:
            return rules.parse_days(self.cleaned_data["excluded"])
        except DomainError as error:
            raise forms.ValidationError(error.text, code=error.code) from None

    def show(self, error: DomainError) -> None:
        """Faults of rows stand on top here: the rows have forms of their own (``show_in_rows``)."""
        for fault in error.errors or ():
            name = str(fault.loc[0]) if fault.loc else ""
            name = "thing_1" if name == "resources" else name
            if name not in ("hours", "tasks"):
                self.add_error(name if name in self.fields else None, fault.text)
        if not error.errors:
            self.add_error(None, error.text)


class HoursRow(forms.Form):
    """One weekly time. An empty row is none."""

    weekday = forms.TypedChoiceField(
        label=_("Day"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", "–"), *WEEKDAYS.items()],
    )
    begins = forms.TimeField(label=pgettext_lazy("a time", "From"), required=False, widget=TimeInput())
    ends = forms.TimeField(label=pgettext_lazy("a time", "To"), required=False, widget=TimeInput())
    resource = forms.ChoiceField(label=_("Where"), required=False)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["resource"]
        field.choices = [("", gettext("The first one above")), *choices[1:]]

    def clean(self) -> dict[str, Any]:
        """All three or none."""
        data = super().clean() or self.cleaned_data
        given = [data.get(name) is not None for name in ("weekday", "begins", "ends")]
        if any(given) and not all(given) and not self.errors:
            raise forms.ValidationError(_("Give day, start and end."), code="incomplete")
        return data

    @property
    def filled(self) -> bool:
        """Somebody wrote a time here."""
        return self.is_valid() and self.cleaned_data.get("weekday") is not None


class TaskRow(forms.Form):
    """One task. An empty row is none."""

    what = forms.CharField(label=_("What is done?"), required=False, max_length=150)
    side = forms.ChoiceField(label=_("Who does it?"), choices=Side.choices, required=False)
    first_on = forms.DateField(label=_("First time"), required=False, widget=DateInput())
    every = forms.ChoiceField(
        label=_("How often?"), choices=AgreementTask.Every.choices, required=False, initial=AgreementTask.Every.YEAR
    )

    def clean(self) -> dict[str, Any]:
        """What and when, or nothing."""
        data = super().clean() or self.cleaned_data
        if bool(data.get("what")) != (data.get("first_on") is not None) and not self.errors:
            raise forms.ValidationError(_("Say what is done, and when the first time is."), code="incomplete")
        return data

    @property
    def filled(self) -> bool:
        """Somebody wrote a task here."""
        return self.is_valid() and bool(self.cleaned_data.get("what"))


HoursRows = forms.formset_factory(HoursRow, extra=0, max_num=rules.MOST_HOURS, absolute_max=rules.MOST_HOURS * 2)
TaskRows = forms.formset_factory(TaskRow, extra=0, max_num=rules.MOST_TASKS, absolute_max=rules.MOST_TASKS * 2)


class WholeForm:
    """The content form with its rows: bound together, valid together, and one draft."""

    def __init__(
        self,
        data: Any,
        *,
        content: type[ContentForm],
        resources: Iterable[Resource],
        agreement: Agreement | None = None,
        **options: Any,
    ) -> None:
        self.known = {str(one.pk): one for one in resources}
        if agreement is not None:
            # What stands there stays a choice, whatever has become of it.
            self.known |= {str(one.pk): one for one in agreement.resources.all()}
        choices = resource_choices(self.known.values())
        self.content = content(data, choices=choices, agreement=agreement, **options)
        hours = [
            {
                "weekday": one.weekday,
                "begins": one.begins,
                "ends": one.ends,
                "resource": str(one.resource_id),
            }
            for one in (agreement.hours.all() if agreement is not None else ())
        ]
        tasks = [
            {"what": one.what, "side": one.side, "first_on": one.first_on, "every": one.every}
            for one in (agreement.tasks.filter(stopped_at=None) if agreement is not None else ())
        ]
        self.hours = HoursRows(data, prefix="hours", initial=hours, form_kwargs={"choices": choices})
        self.hours.extra = HOURS
        self.tasks = TaskRows(data, prefix="tasks", initial=tasks)
        self.tasks.extra = TASKS

    @property
    def forms(self) -> list[Any]:
        """Every form, for the summary of errors."""
        return [self.content, *self.hours.forms, *self.tasks.forms]

    @property
    def has_rows(self) -> bool:
        """Rows that are filled in or faulty: then the folded parts stand open."""
        return any(form.errors or form["begins"].value() for form in self.hours.forms)

    @property
    def has_rights(self) -> bool:
        """Storage, keys or use of one's own are filled in or faulty."""
        names = ("storage", "keys", "sole_use")
        return any(self.content[name].value() or self.content[name].errors for name in names)

    @property
    def has_tasks(self) -> bool:
        """Tasks are filled in or faulty."""
        return any(form.errors or form["what"].value() for form in self.tasks.forms)

    @property
    def first_faulty_row(self) -> Any:
        """The first row with a fault, for the summary of errors; None."""
        rows = [*self.hours.forms, *self.tasks.forms] if self.hours.is_bound else []
        return next((form for form in rows if form.errors), None)

    def is_valid(self) -> bool:
        """All of it. A missing management form is a fault, not an error."""
        parts = [self.content.is_valid(), self.hours.is_valid(), self.tasks.is_valid()]
        for part in (self.hours, self.tasks):
            for words in part.non_form_errors():
                self.content.add_error(None, words)
        return all(parts)

    def draft(self, organisations: Sequence[Organisation]) -> AgreementDraft:
        """For the services."""
        data = self.content.cleaned_data
        chosen = [data[name] for name in self.content.thing_names if data.get(name)]
        return AgreementDraft(
            title=data["title"],
            terms=data["terms"],
            organisations=organisations,
            start=data["start"],
            end=data["end"],
            resources=[self.known[key] for key in dict.fromkeys(chosen)],
            place=data["place"],
            form=data["form"],
            background=data["background"],
            notice_months=data["notice_months"],
            sole_use=data["sole_use"],
            storage=data["storage"],
            keys=data["keys"],
            title_public=data["title_public"],
            excluded=data["excluded"],
            hours=[
                HoursDraft(
                    row.cleaned_data["weekday"],
                    row.cleaned_data["begins"],
                    row.cleaned_data["ends"],
                    self.known.get(row.cleaned_data.get("resource") or ""),
                )
                for row in self._filled(self.hours)
            ],
            tasks=[
                TaskDraft(
                    row.cleaned_data["what"],
                    row.cleaned_data.get("side") or Side.ORGANISATION,
                    row.cleaned_data["first_on"],
                    row.cleaned_data.get("every") or AgreementTask.Every.ONCE,
                )
                for row in self._filled(self.tasks)
            ],
        )

    @staticmethod
    def _filled(rows: Any) -> list[Any]:
        return [row for row in rows.forms if row.filled]

    def show(self, error: DomainError) -> None:
        """A service's refusal at the field, or at the row, that it names."""
        self.content.show(error)
        for name, rows in (("hours", self.hours), ("tasks", self.tasks)):
            filled = self._filled(rows)
            for fault in error.errors:
                if fault.loc[:1] != (name,):
                    continue
                if len(fault.loc) > 1 and int(fault.loc[1]) < len(filled):
                    row = filled[int(fault.loc[1])]
                    field = str(fault.loc[2]) if len(fault.loc) > 2 else ""
                    row.add_error(field if field in row.fields else None, fault.text)
                else:
                    self.content.add_error(None, fault.text)


class ReasonForm(Refusable):
    """Why."""

    reason = forms.CharField(
        label=_("Why?"),
        widget=forms.Textarea(attrs={"rows": "3"}),
        max_length=2000,
        error_messages={"required": _("Say why. The other side reads it.")},
    )


class NoticeForm(ReasonForm):
    """Why, and from when if later than the notice gives."""

    ends_on = forms.DateField(label=_("Last day"), required=False, widget=DateInput())


class DocumentForm(Refusable):
    """One file."""

    file = forms.FileField(
        label=_("Choose a file"),
        help_text=_("PDF, picture, text, Word or OpenDocument, at most 10 MB."),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )


def units_to_choose() -> list[tuple[str, str]]:
    """Units of the municipality, for who doesn't find the place in the list."""
    rows = Unit.objects.filter(active=True, municipal=True).order_by("name")
    return [("", "–"), *((one.slug, str(localized(one, "name"))) for one in rows)]
