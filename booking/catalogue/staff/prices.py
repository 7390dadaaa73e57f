"""Prices of a thing or a unit in the CMS admin, with what some loans would cost by them (needs N12)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from booking.catalogue import registry, selectors, services
from booking.catalogue.models import Audience, PricePer, Resource
from booking.catalogue.rules import Asker, PriceTerm, inherit_prices, price_of
from booking.catalogue.services.terms import MOST_PRICES
from booking.catalogue.staff import resources as resource_pages
from booking.catalogue.staff import units as unit_pages
from booking.catalogue.staff.access import today
from booking.catalogue.staff.resources import Page
from booking.catalogue.staff.views import ObjectFormPage
from booking.catalogue.wording import price_words, rule_words
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError


class PriceForm(forms.Form):
    """One price. A row without an amount doesn't count."""

    audience = forms.ChoiceField(label=_("For"), choices=[("", "–"), *Audience.choices], required=False)
    kind = forms.ChoiceField(label=_("Only this kind of organisation"), required=False)
    amount = forms.DecimalField(
        label=_("Kroner"), min_value=0, max_digits=9, decimal_places=2, required=False, help_text=_("0: free")
    )
    per = forms.ChoiceField(label=_("Per"), choices=PricePer.choices, required=False)
    minimum = forms.DecimalField(
        label=_("At least, kroner"), min_value=0, max_digits=9, decimal_places=2, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["kind"]
        kinds.choices = [("", _("Every kind")), *registry.organisation_kinds()]

    def clean(self) -> dict[str, Any]:
        """Whom it is for, and how much."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("audience") and data.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Give kroner, 0 or more."))
        if data.get("amount") is not None and not data.get("audience"):
            self.add_error("audience", _("Choose whom the price is for."))
        return data


class PriceFormSet(forms.BaseFormSet):  # type: ignore[type-arg]
    """All prices of one thing or unit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refusals: list[str] = []

    def rows(self) -> list[services.PriceRow]:
        """For the service: what is filled in."""
        return [
            services.PriceRow(data["audience"], data["kind"], data["amount"], data["per"], data["minimum"])
            for data in self._filled()
        ]

    def places(self) -> list[int]:
        """Which form each of the rows stands in."""
        return [index for index, form in enumerate(self.forms) if self._counts(form)]

    def _filled(self) -> list[dict[str, Any]]:
        return [form.cleaned_data for form in self.forms if self._counts(form)]

    @staticmethod
    def _counts(form: Any) -> bool:
        data = getattr(form, "cleaned_data", {})
        return bool(data.get("audience")) and data.get("amount") is not None and not data.get("DELETE")


_PriceForms = forms.formset_factory(
    PriceForm, formset=PriceFormSet, extra=3, max_num=MOST_PRICES, absolute_max=100, can_delete=True
)


class PricesPage(ObjectFormPage):
    """The prices of a thing or a unit."""

    form_class = _PriceForms
    template_name = "booking/catalogue/staff/prices.html"
    heading = _("Prices")

    def get_initial(self) -> Any:
        """Its own, not those it inherits."""
        return [
            {
                "audience": row.audience, "kind": row.organisation_kind, "amount": row.amount, "per": row.per,
                "minimum": row.minimum,
            }
            for row in self.object.prices.order_by("pk")
        ]  # fmt: skip

    def get_form_kwargs(self) -> dict[str, Any]:
        """What was sent is read by itself: a row that somebody else has saved meanwhile would count as untouched."""
        kwargs = super().get_form_kwargs()
        if self.request.method == "POST":
            kwargs.pop("initial", None)
        return kwargs

    def perform(self, form: Any) -> str:
        """Through the service."""
        services.set_prices(self.object, rows=form.rows(), now=clock.now(), by=self.request.user)
        return gettext("The prices hold for what is asked for from now on. What was told before stays.")

    def form_valid(self, form: Any) -> HttpResponse:
        """Do it, or put the refusal at its row. "Try" only shows what it would cost."""
        if self.request.POST.get("act") == "try":
            return self.render_to_response(self.get_context_data(form=form, tried=form.rows()))
        try:
            done = self.perform(form)
        except DomainError as error:
            places = form.places()
            for fault in error.errors:
                index = int(fault.loc[1]) if len(fault.loc) > 2 else -1
                if 0 <= index < len(places):
                    form.forms[places[index]].add_error(str(fault.loc[2]), fault.text)
                else:
                    form.refusals.append(fault.text)
            if not error.errors:
                form.refusals.append(error.text)
            return self.form_invalid(form)
        messages.success(self.request, done)
        return redirect(self.object_url())

    def levels(self) -> list[list[PriceTerm]]:
        """What stands further up, nearest first."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what is inherited, what holds, and what some loans cost by it."""
        tried = kwargs.pop("tried", None)
        own = (
            [PriceTerm(row.audience, row.kind, row.amount, row.per, row.minimum) for row in tried]
            if tried is not None
            else [selectors.term_of(row) for row in self.object.prices.order_by("pk")]
        )
        above = self.levels()
        inherited = inherit_prices(above)
        holding = inherit_prices([own, *above])
        return super().get_context_data(**kwargs) | {
            "inherited": [rule_words(term) for term in inherited],
            "holding": [rule_words(term) for term in holding],
            "examples": examples(holding, today()),
            "tried": tried is not None,
        }


def examples(terms: Any, on: date) -> list[tuple[Any, list[str]]]:
    """Who asks, and what two hours in the evening and a whole day cost them."""
    tz = booking_settings().tz
    evening = datetime.combine(on + timedelta(days=7), time(18), tz)
    morning = datetime.combine(on + timedelta(days=7), time(9), tz)
    askers = [
        (gettext("A club, for children"), Asker("club", children_youth=True)),
        (gettext("A club, for grown-ups"), Asker("club")),
        (gettext("An informal group, for children"), Asker("informal", children_youth=True)),
        (gettext("A private person"), Asker("")),
        (gettext("A firm"), Asker("firm")),
    ]
    found = []
    for words, asker in askers:
        prices = [
            price_of(terms, asker, evening, evening + timedelta(hours=2), tz),
            price_of(terms, asker, morning, morning + timedelta(hours=8), tz),
        ]
        found.append((words, [price_words(price) for price in prices if price is not None]))
    return found


class ResourcePricesPage(PricesPage):
    """Of a thing."""

    namespace = resource_pages.NAMESPACE
    list_label = _("Resources")

    def levels(self) -> list[list[PriceTerm]]:
        """What it is part of, then its unit and those above."""
        thing: Resource = self.object
        line = selectors.lineage([thing])
        return selectors.price_levels(line.parents(thing), line.unit_line(thing.unit_id))


class UnitPricesPage(PricesPage):
    """Of all things of a unit."""

    namespace = unit_pages.NAMESPACE
    list_label = _("Units")
    permission_required = "keep"

    def levels(self) -> list[list[PriceTerm]]:
        """The units above."""
        line = selectors.lineage([])
        return selectors.price_levels([], line.unit_line(self.object.pk)[1:])


resource_pages.register_page(Page("prices/<int:pk>/", "prices", ResourcePricesPage, _("Prices")))
unit_pages.register_page(Page("prices/<int:pk>/", "prices", UnitPricesPage, _("Prices")))
