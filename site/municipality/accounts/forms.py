"""What a person fills in to sign in: an address, a code, and once a name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from booking.foundation import text
from booking.foundation.errors import Invalid


def clean_text(value: Any, *, max_length: int) -> str:
    """``foundation.text.clean`` with the refusal as a form error."""
    try:
        return text.clean(value, max_length=max_length)
    except Invalid as error:
        raise forms.ValidationError(error.text, code=error.code) from None


class SignInForm(forms.Form):
    """One field. The same form, answer and letter whether the address is known or not."""

    email = forms.CharField(
        label=_("Your e-mail address"),
        # Any longer value is refused in clean_email with a clear sentence; this only bounds the work.
        max_length=2000,
        widget=forms.EmailInput(
            attrs={"autocomplete": "email", "autocapitalize": "none", "spellcheck": "false", "inputmode": "email"}
        ),
        error_messages={"required": _("Write your e-mail address.")},
    )

    def clean_email(self) -> str:
        """The address in lower case, without blanks around it."""
        email = clean_text(self.cleaned_data["email"], max_length=text.EMAIL).lower()
        try:
            validate_email(email)
        except forms.ValidationError:
            raise forms.ValidationError(
                _("This is not an e-mail address. It should look like name@example.org."), code="email"
            ) from None
        return email


class CodeForm(forms.Form):
    """The code from the letter. Pasting and the phone's own suggestion both work."""

    code = forms.CharField(
        label=_("Code"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}),
        error_messages={"required": _("Write the code from the e-mail.")},
    )


class NameForm(forms.Form):
    """Asked once, after the first sign-in: case officers and fellow members see the name."""

    name = forms.CharField(
        label=_("What is your name?"),
        help_text=_("First name and surname. Those who handle your requests see it."),
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Write your name.")},
    )
    phone = forms.CharField(
        label=_("Phone"),
        help_text=_("You may leave it empty. It is used when something is urgent."),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )

    of_age = forms.BooleanField(
        label=_("I am 13 years old or older"),
        error_messages={"required": _("Tick this. If you are younger, press “I am younger than 13” below.")},
    )

    def __init__(self, *args: Any, ask_age: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not ask_age:
            del self.fields["of_age"]

    def clean_name(self) -> str:
        """One tidy line; something must be left of it."""
        name = clean_text(self.cleaned_data["name"], max_length=150)
        if not name:
            raise forms.ValidationError(self.fields["name"].error_messages["required"], code="required")
        return name

    def clean_phone(self) -> str:
        """One tidy line, or nothing."""
        return clean_text(self.cleaned_data["phone"], max_length=30)
