"""The form of an endpoint, and the filter of its log."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from booking.catalogue.models import Unit
from booking.foundation.i18n import localized
from booking.webhooks import access, rules, wording
from booking.webhooks.models import DeliveryState, WebhookEndpoint
from booking.webhooks.services import Content

#: The choice of an administrator that means the whole municipality.
WHOLE = "whole"
_MOST_URL = 1000


class EndpointForm(forms.Form):
    """Where to, of which unit, which events."""

    name = forms.CharField(
        label=_("Name"), max_length=rules.MOST_NAME, help_text=_("So that others see which program it is.")
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=_MOST_URL,
        help_text=_("Begins with https://. The program there must verify our signature."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    unit = forms.ChoiceField(label=_("Unit"), help_text=_("It is told of this unit and those below it."))
    types = forms.MultipleChoiceField(
        label=_("Events"),
        widget=forms.CheckboxSelectMultiple,
        # The service asks for one, so that this and a wrong address are told at once.
        required=False,
    )

    def __init__(self, *args: Any, user: Any, endpoint: WebhookEndpoint | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.endpoint = endpoint
        self.units = {str(one.pk): one for one in access.units_to_choose(user)} if endpoint is None else {}
        fields: Any = self.fields
        if endpoint is not None:
            # Another unit's events are another program's business: a new endpoint.
            del fields["unit"]
        else:
            choices = [(pk, str(localized(one, "name"))) for pk, one in self.units.items()]
            if access.may_keep(user, None):
                choices.insert(0, (WHOLE, gettext("The whole municipality")))
            fields["unit"].choices = choices
        known = wording.groups()
        offered = {name for _label, names in known for name, _words in names}
        # What was chosen while a part of the product was on stays chosen when it is off.
        self.hidden_types = [one for one in (endpoint.types if endpoint else ()) if one not in offered]
        fields["types"].choices = known

    def unit_chosen(self) -> Unit | None:
        """None: the whole municipality."""
        return self.units.get(self.cleaned_data["unit"])

    def content(self) -> Content:
        """For the service."""
        data = self.cleaned_data
        return Content(data["name"], data["url"], (*data["types"], *self.hidden_types))


class LogFilter(forms.Form):
    """Which deliveries of an endpoint to show."""

    state = forms.ChoiceField(
        label=pgettext_lazy("webhook", "How it stands"),
        required=False,
        choices=[("", _("All")), *DeliveryState.choices],
    )
    type = forms.ChoiceField(label=_("Event"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        names = [(name, name) for name in (*rules.all_types(), rules.TEST)]
        fields["type"].choices = [("", gettext("All")), *names]
