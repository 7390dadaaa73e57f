"""Forms of the public pages. They read what was typed; the services decide what it means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.foundation import text
from booking.foundation.errors import DomainError
from booking.organisations.models import LossReason, MemberRole, Organisation, OrganisationKind
from booking.organisations.rules import BANDS, MOST_MEMBERS
from booking.organisations.services.registering import CONSENTS
from booking.privacy.selectors import words_of

LANGUAGES = [("nb", "Bokmål"), ("nn", "Nynorsk"), ("en", "English")]


class Faults(forms.Form):
    """A form that shows a service's refusal at the field it names; what is about no field stands on top."""

    #: Nobody sees it; programs that fill in every field do.
    homepage = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    def clean_homepage(self) -> str:
        """Only a program writes here."""
        if self.cleaned_data["homepage"]:
            raise forms.ValidationError(_("Leave this empty"))
        return ""

    def show(self, error: DomainError) -> None:
        """Put a refusal where it belongs."""
        if not error.errors:
            self.add_error(None, error.text)
        for fault in error.errors:
            name = str(fault.loc[0]) if fault.loc else ""
            if name == "member_counts":
                name = f"heads_{fault.loc[1]}" if len(fault.loc) > 1 else f"heads_{BANDS[0]}"
            self.add_error(name if name in self.fields else None, fault.text)


class OrganisationForm(Faults):
    """What an organisation says about itself; number and kind only until the municipality has verified them."""

    name = forms.CharField(label=_("Name"), max_length=150, error_messages={"required": _("Write the name.")})
    number = forms.CharField(
        label=_("Organisation number"),
        required=False,
        max_length=40,
        help_text=_("Nine digits. A group without a number leaves it empty."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=_("What kind of organisation is it?"),
        # A municipal service is made by the municipality.
        choices=[choice for choice in OrganisationKind.choices if choice[0] != OrganisationKind.MUNICIPAL],
    )
    activities = forms.CharField(
        label=_("What do you do?"),
        required=False,
        max_length=1500,
        help_text=_("Several with commas between them, such as “handball, football”."),
    )
    about = forms.CharField(
        label=_("About you, in a few words"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": "3"}),
    )
    contact_name = forms.CharField(label=_("Contact person"), required=False, max_length=150)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=30, widget=forms.TextInput(attrs={"type": "tel"})
    )
    website = forms.URLField(label=_("Website"), required=False, max_length=250, assume_scheme="https")
    contact_public = forms.BooleanField(
        label=_("Show the contact person, e-mail, phone and website to everybody"), required=False
    )
    listed = forms.BooleanField(label=_("Show us in the public register"), required=False)
    language = forms.ChoiceField(label=_("Language of letters"), choices=LANGUAGES)

    def __init__(self, *args: Any, organisation: Organisation | None = None, **kwargs: Any) -> None:
        if organisation is not None:
            initial = {name: getattr(organisation, name) for name in self.base_fields if hasattr(organisation, name)}
            initial["activities"] = ", ".join(row.name for row in organisation.activities.all())
            initial |= {f"heads_{band}": organisation.member_counts.get(band) for band in BANDS}
            kwargs["initial"] = initial | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        # What a tick agrees to is read beside it: the very version that is recorded.
        for flag, kind in CONSENTS.items():
            self.fields[flag].help_text = words_of(kind)
        for band in BANDS:
            self.fields[f"heads_{band}"] = forms.IntegerField(
                label=gettext("%(band)s years") % {"band": band.replace("-", "–")},
                required=False,
                min_value=0,
                max_value=MOST_MEMBERS,
            )
        if organisation is not None and organisation.state == "verified":
            # What was verified is changed together with the municipality.
            del self.fields["number"], self.fields["kind"]

    def heads(self) -> list[Any]:
        """The fields of head counts, in the order of age."""
        return [self[f"heads_{band}"] for band in BANDS]

    def values(self) -> dict[str, Any]:
        """For the services."""
        data = {name: value for name, value in self.cleaned_data.items() if not name.startswith("heads_")}
        data.pop("homepage", None)
        data["member_counts"] = {
            band: self.cleaned_data[f"heads_{band}"] for band in BANDS if self.cleaned_data.get(f"heads_{band}")
        }
        return data


class RegisterForm(OrganisationForm):
    """A new organisation. The similar ones are pointed out once; then it can be sent all the same."""

    sure = forms.BooleanField(label=_("None of these is ours: register a new one"), required=False)


class InviteForm(Faults):
    """Whom, and to what."""

    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        help_text=_("We send the link there. Leave it empty to get a link that you send yourself."),
    )

    def __init__(self, *args: Any, roles: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["role"]
        field.choices = [(role, ROLE_WORDS[role]) for role in roles]


class RoleForm(Faults):
    """Another role for somebody."""

    role = forms.ChoiceField(label=_("New role"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, roles: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["role"]
        field.choices = [(role, ROLE_WORDS[role]) for role in roles]


class HandOverForm(Faults):
    """Who is to lead instead, and what becomes of me."""

    to = forms.ChoiceField(label=_("Who is to lead?"), error_messages={"required": _("Choose somebody.")})
    stays_as = forms.ChoiceField(
        label=_("And you?"),
        required=False,
        choices=[
            ("", _("I leave the organisation's leadership")),
            (MemberRole.BOARD, _("I stay as a board member")),
            (MemberRole.BOOKER, _("I go on booking for the organisation")),
            (MemberRole.MEMBER, _("I stay as a member")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, people: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.choices = [("", ""), *((str(user.pk), str(user)) for user in people)]


class LostForm(Faults):
    """Our leader is gone."""

    reason = forms.ChoiceField(label=_("What has happened?"), choices=LossReason.choices, widget=forms.RadioSelect)
    message = forms.CharField(
        label=_("Tell us, and who can lead now"),
        max_length=text.PURPOSE,
        widget=forms.Textarea(attrs={"rows": "5"}),
        help_text=_("Such as: the annual meeting has chosen Anna Berg. Only the municipality reads it."),
        error_messages={"required": _("Write it here.")},
    )
    name = forms.CharField(label=_("Your name"), required=False, max_length=150)
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("We send the answer there."),
        error_messages={"required": _("Write your e-mail address, so that we can answer.")},
    )
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=30, widget=forms.TextInput(attrs={"type": "tel"})
    )


#: What each role may do, in the words of the one who chooses.
ROLE_WORDS: dict[str, Any] = {
    MemberRole.LEADER: _("Leader: does everything, names others"),
    MemberRole.BOARD: _("Board member: asks, sees the cases, invites others"),
    MemberRole.BOOKER: _("Books: asks for times and sees the cases"),
    MemberRole.MEMBER: _("Member: sees the organisation"),
    MemberRole.DUTY_HELPER: _("Duty helper: takes duties such as opening and locking"),
}
