"""Forms whose service may refuse: the words go where they belong, and what was typed stays."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse

from booking.foundation.errors import DomainError


def add_refusal(form: forms.BaseForm, error: DomainError) -> None:
    """Put a service's refusal at the fields it names, or on top."""
    if not error.errors:
        form.add_error(None, error.text)
    for fault in error.errors:
        field = str(fault.loc[0]) if fault.loc and str(fault.loc[0]) in form.fields else None
        form.add_error(field, fault.text)


class RefusalMixin:
    """For a form view of the CMS admin, before Wagtail's own class."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Save, or show why not."""
        try:
            return super().form_valid(form)  # type: ignore[misc, no-any-return]
        except DomainError as error:
            add_refusal(form, error)
            self.produced_error_code = "validation_error"
            self.produced_error_message = error.text
            return self.form_invalid(form)  # type: ignore[attr-defined, no-any-return]
