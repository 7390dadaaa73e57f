"""Forms of the pages of rosters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from booking.foundation import text
from booking.organisations.public.forms import LANGUAGES, Faults
from booking.rosters import rules
from booking.rosters.models import DutyKind
from booking.rosters.rules import ROLE_CHOICES


class AddDutyForm(Faults):
    """A duty of the hosts' own."""

    line = forms.TypedChoiceField(label=_("Which date?"), coerce=int, error_messages={"required": _("Choose a date.")})
    scope = forms.ChoiceField(label=_("For"), choices=rules.SCOPES, initial="one")
    role = forms.ChoiceField(label=pgettext_lazy("duty", "What?"))
    words = forms.CharField(
        label=_("In your own words"),
        required=False,
        max_length=80,
        help_text=_("Only if the list above doesn't say it: “bake waffles”."),
    )
    needed = forms.IntegerField(
        label=_("How many people?"), min_value=1, max_value=rules.MOST_NEEDED, initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(
        self, *args: Any, dates: Sequence[tuple[int, str]], kinds: Sequence[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        line: Any = self.fields["line"]
        line.choices = dates
        role: Any = self.fields["role"]
        role.choices = [*ROLE_CHOICES[:-1], *((f"kind:{pk}", name) for pk, name in kinds), ROLE_CHOICES[-1]]
        if len(dates) == 1:
            self.fields["scope"].widget = forms.HiddenInput()
            line.initial = dates[0][0]

    def chosen(self, kinds: Sequence[DutyKind]) -> tuple[str, DutyKind | None]:
        """(role, the unit's own kind)."""
        value = self.cleaned_data["role"]
        if value.startswith("kind:"):
            kind = next(one for one in kinds if f"kind:{one.pk}" == value)
            return kind.role, kind
        return value, None


class HelperForm(Faults):
    """Somebody without an account: who they are, as little as possible."""

    name = forms.CharField(
        label=_("First name"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    grown = forms.BooleanField(
        label=_("15 or older"),
        required=False,
        help_text=_("Of younger people no name is kept or shown, only whom they stand for."),
    )
    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=text.EMAIL,
        help_text=_("Then the link is sent there, and a reminder the day before."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, required=False)


class JoinForm(HelperForm):
    """The same, filled in by oneself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grown"].label = _("I am 15 or older")
        self.fields["grown"].help_text = _(
            "Then your first name stands on the roster. If you are younger, only whom you stand for: no name is kept."
        )
        self.fields["email"].help_text = _("Then you get your link by e-mail, and a reminder the day before.")
        self.fields["phone"].help_text = _("So that the hosts can reach you. They see it, nobody else.")
        del self.fields["language"]
