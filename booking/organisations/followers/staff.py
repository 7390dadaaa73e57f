"""What staff see of followers: how many follow each of their things, never who."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from booking.catalogue.models import Resource
from booking.catalogue.staff import access  # noqa: F401 - registers the policy of resources
from booking.foundation.doors.scoping import ScopedViewSetMixin
from booking.organisations.followers.models import Follow


class FollowersView(generic.IndexView):
    """The things of one's units that somebody follows, the most followed first."""

    any_permission_required = ["view"]
    page_title = _("Followers")

    def get_base_queryset(self) -> QuerySet[Resource]:
        """With the count, in the same query."""
        counted = Follow.objects.filter(resource=OuterRef("pk")).order_by().values("resource").annotate(n=Count("pk"))
        count = Coalesce(Subquery(counted.values("n"), output_field=IntegerField()), 0)
        rows: QuerySet[Resource] = super().get_base_queryset().select_related("unit")
        return rows.annotate(followers=count).filter(followers__gt=0)

    def order_queryset(self, queryset: Any) -> Any:
        """The most followed first, then by name."""
        if self.ordering:
            return super().order_queryset(queryset)
        return queryset.order_by("-followers", "name", "pk")

    def get_default_ordering(self) -> Any:
        """Our own (``order_queryset``)."""
        return ()

    @cached_property
    def columns(self) -> list[Any]:
        """Name, unit, how many."""
        return [
            TitleColumn("name", label=_("Name"), url_name="booking_resources:inspect"),
            Column("unit", label=_("Unit"), width="30%"),
            Column("followers", label=_("Followers"), width="15%"),
        ]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """Nobody adds a follower here."""
        return []

    @property
    def no_results_message(self) -> str:
        """Nobody follows anything yet."""
        return gettext("Nobody follows any of your things yet. The button “Follow” stands on each public page.")


class FollowersViewSet(ScopedViewSetMixin, ModelViewSet):
    """In the "Booking" menu, for those who see the things."""

    model = Resource
    without = ("add", "edit", "delete", "usage", "copy", "inspect", "history")
    name = "booking_followers"
    url_prefix = "booking/followers"
    icon = "view"
    menu_label = _("Followers")
    menu_name = "booking-followers"
    index_view_class = FollowersView
    list_per_page = 50
    search_fields = ["search_text"]
    form_fields = ("name",)

    def get_urlpatterns(self) -> list[Any]:
        """The list alone."""
        return [one for one in super().get_urlpatterns() if one.name in ("index", "index_results")]
