"""The list of rounds: what is going on first."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Case, Value, When
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import HeaderButton

from booking.foundation.i18n import localized
from booking.foundation.wording import day_words
from booking.seasons.models import RoundState, SeasonRound
from booking.seasons.selectors import rounds as selectors
from booking.seasons.staff.access import POLICY


class RoundIndex(generic.IndexView):
    """Rounds of one's units."""

    any_permission_required: ClassVar[list[str]] = ["view"]
    show_export_buttons = False
    page_title = _("Season rounds")

    def get_base_queryset(self) -> Any:
        """With all that the columns show."""
        return selectors.with_all(SeasonRound.objects.all())

    def order_queryset(self, queryset: Any) -> Any:
        """What is over last; else the newest season first."""
        over = Case(When(state=RoundState.ENDED, then=Value(1)), default=Value(0))
        return queryset.order_by(over, "-season_start", "pk")

    @cached_property
    def columns(self) -> list[Any]:
        """What, for which season, where it stands, until when, who."""
        return [
            TitleColumn("name", label=_("Round"), accessor=lambda one: localized(one, "name"), get_url=self.page_url),
            Column("season", label=_("Season"), accessor=_season),
            Column("state", label=_("Where it stands"), accessor=lambda one: one.get_state_display()),
            Column("unit", label=_("Unit and case officer"), accessor=_who),
        ]

    def page_url(self, one: SeasonRound) -> str:
        """The round's own page."""
        return reverse("booking_seasons:inspect", args=[one.pk])

    @cached_property
    def header_buttons(self) -> list[Any]:
        """A new one, for who may run rounds."""
        if not POLICY.user_has_permission(self.request.user, "add"):
            return []
        return [HeaderButton(gettext("New round"), url=reverse("booking_seasons:add"), icon_name="plus")]

    @property
    def no_results_message(self) -> str:
        """What an empty list means."""
        if self.is_searching:
            return gettext("No round fits what you look for.")
        return gettext("Your units have no season rounds yet. Make the first one; next year you copy it.")


def _season(one: SeasonRound) -> str:
    return f"{day_words(one.season_start)} – {day_words(one.season_end)}"


def _who(one: SeasonRound) -> str:
    words = f"{localized(one.unit, 'name')}: {one.officer.get_full_name() if one.officer else gettext('nobody')}"
    return f"{words} ({gettext('taken over')})" if one.taken_over else words
