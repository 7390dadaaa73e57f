"""The list of agreements: what waits first, with a search through everything they say."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import HeaderButton

from booking.agreements import selectors, wording
from booking.agreements.models import Agreement, Side
from booking.agreements.staff.access import POLICY, today
from booking.catalogue.models import Unit
from booking.catalogue.staff.access import unit_ids
from booking.foundation.i18n import localized

_YES = [("yes", _("Yes"))]
STANDINGS = [
    ("to_confirm", _("Waits for our yes")),
    ("unconfirmed", _("Confirmed by one side only")),
    ("in_force", _("In force")),
    ("expiring", _("Ends within three months")),
    ("overdue", _("Our tasks overdue")),
    ("ended", _("Ended")),
    ("declined", _("Declined")),
]


def _units(request: Any) -> QuerySet[Unit]:
    return Unit.objects.filter(pk__in=unit_ids(request.user)).order_by("name") if request else Unit.objects.none()


class AgreementFilterSet(WagtailFilterSet):
    """By where it stands, unit, mine."""

    standing = django_filters.ChoiceFilter(choices=STANDINGS, label=_("Where it stands"), method="by_standing")
    unit = django_filters.ModelChoiceFilter(queryset=_units, label=_("Unit"))
    mine = django_filters.ChoiceFilter(choices=_YES, label=_("I answer for it"), method="by_mine")

    class Meta:
        model = Agreement
        fields = ["standing", "unit", "mine"]

    def by_standing(self, found: QuerySet[Agreement], name: str, value: str) -> QuerySet[Agreement]:
        """As the selectors say, so that the list agrees with the pages and the front page."""
        on = today()
        if value == "to_confirm":
            return selectors.unconfirmed(found).filter(confirmed_at=None)
        if value == "unconfirmed":
            return selectors.unconfirmed(found)
        if value == "in_force":
            return selectors.in_force(found, on)
        if value == "expiring":
            return selectors.expiring(found, on)
        if value == "ended":
            return selectors.ended(found, on)
        if value == "overdue":
            rows = selectors.open_tasks(found, Side.MUNICIPALITY, until=on)
            late = rows.filter(due_on__lt=on).order_by().values("task__agreement_id")
            return found.filter(pk__in=late)
        return found.filter(state="declined")

    def by_mine(self, found: QuerySet[Agreement], name: str, value: str) -> QuerySet[Agreement]:
        """Where this user is the officer or the deputy."""
        return found.filter(Q(officer=self.request.user) | Q(deputy=self.request.user))


def _status(one: Agreement) -> str:
    words = wording.status_words(selectors.status_of(one, today()), wording.sides(one))
    if one.taken_over:
        words += f" ({gettext('taken over')})"
    return words


def _ends(one: Agreement) -> str:
    return wording.day_words(one.last_day) if one.last_day else gettext("until further notice")


def _who(one: Agreement) -> str:
    officer = one.officer.get_full_name() if one.officer is not None else gettext("nobody")
    return f"{localized(one.unit, 'name')}: {officer}"


class AgreementIndex(generic.IndexView):
    """Agreements of one's units."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    show_export_buttons = False

    def get_base_queryset(self) -> Any:
        """With all that the columns show."""
        return selectors.with_all(Agreement.objects.all())

    def order_queryset(self, queryset: Any) -> Any:
        """What waits first, then what ends first."""
        return selectors.in_order(queryset)

    def search_queryset(self, queryset: Any) -> Any:
        """Every word stands somewhere in the agreement."""
        return selectors.search(queryset, self.search_query) if self.is_searching else queryset

    @cached_property
    def columns(self) -> list[Any]:
        """Reference, what, with whom, where, how it stands, until when, who answers."""
        return [
            TitleColumn("reference", label=_("Agreement number"), get_url=self.page_url, width="12%"),
            Column("title", label=_("About")),
            Column(
                "parties",
                label=_("With"),
                accessor=lambda one: ", ".join(party.organisation.name for party in one.parties.all()),
            ),
            Column("where", label=_("Place or thing"), accessor=wording.where_words),
            Column("status", label=_("Where it stands"), accessor=_status),
            Column("last_day", label=_("Last day"), accessor=_ends),
            Column("unit", label=_("Unit and case officer"), accessor=_who),
        ]

    def page_url(self, one: Agreement) -> str:
        """The agreement's own page."""
        return reverse("booking_agreements:inspect", args=[one.pk])

    @cached_property
    def header_buttons(self) -> list[Any]:
        """A new one, for who may answer."""
        if not POLICY.user_has_permission(self.request.user, "add"):
            return []
        return [
            HeaderButton(gettext("Write down an agreement"), url=reverse("booking_agreements:add"), icon_name="plus")
        ]

    @property
    def no_results_message(self) -> str:
        """What an empty list means."""
        if self.is_searching or self.is_filtering:
            return gettext("No agreement fits what you look for.")
        return gettext("Your units have no agreements yet. Oral ones can be written down, too.")
