"""Keeping lists by name: save, rename, remove, begin with. For oneself, or for the unit that one leads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from booking.cases.desk.models import SavedView, StartView
from booking.cases.desk.rules import LONGEST_QUERY
from booking.cases.desk.selectors import may_change, units_to_share_in, views_for
from booking.catalogue.models import Unit
from booking.catalogue.selectors import units_of
from booking.foundation import text
from booking.foundation.clock import local_date
from booking.foundation.conf import booking_settings
from booking.foundation.errors import Forbidden, Invalid, NotFound

#: Enough for anybody; a list of lists that has to be searched helps nobody.
MOST_VIEWS = 40
LONGEST_TITLE = 60


def save_view(*, title: str, query: str, unit: Unit | None = None, by: Any, now: datetime) -> SavedView:
    """Keep what is shown under a name, for oneself or (leaders) for everybody in ``unit``.

    ``query``: of ``rules.clean_query``. Raises ``Invalid`` (no title, one that is taken, too long, too many),
    ``Forbidden``.
    """
    words = text.clean(title, max_length=LONGEST_TITLE, loc=("title",), required=True)
    if len(query) > LONGEST_QUERY:
        raise Invalid("too_long", _("Choose fewer filters at once."), loc=("query",))
    if unit is not None and not units_to_share_in(by, _on(now)).filter(pk=unit.pk).exists():
        raise Forbidden("forbidden", _("Only the unit's leader shares a list in it."))
    whose = {"unit": unit} if unit is not None else {"owner": by}
    if SavedView.objects.filter(removed_at=None, **whose).count() >= MOST_VIEWS:
        raise Invalid("too_many", _("There are %(most)s lists already. Remove one first."), params={"most": MOST_VIEWS})
    view = SavedView(title=words, query=query, made_at=now, **whose)
    _store(view)
    return view


def rename_view(view: SavedView, *, title: str, by: Any, now: datetime) -> SavedView:
    """Another name. Raises as ``save_view``, and ``NotFound`` for a list that is gone or somebody else's."""
    words = text.clean(title, max_length=LONGEST_TITLE, loc=("title",), required=True)
    with transaction.atomic():
        fresh = _locked(view, by, now)
        _must_be_allowed(fresh, by, now)
        fresh.title = words
        _store(fresh)
    return fresh


def remove_view(view: SavedView, *, by: Any, now: datetime) -> SavedView:
    """Take it off every list. Whoever began with it begins with what waits on the units again."""
    with transaction.atomic():
        fresh = _locked(view, by, now)
        _must_be_allowed(fresh, by, now)
        fresh.removed_at = now
        fresh.save(update_fields=["removed_at"])
    return fresh


def begin_with(view: SavedView | None, *, by: Any, now: datetime) -> None:
    """Open the queue with this list from now on; None: with what waits on the units. Raises ``NotFound``."""
    with transaction.atomic():
        if view is None:
            StartView.objects.filter(user=by).delete()
            return
        StartView.objects.update_or_create(user=by, defaults={"view": _locked(view, by, now)})


def _on(now: datetime) -> Any:
    return local_date(now, booking_settings().tz)


def _locked(view: SavedView, by: Any, now: datetime) -> SavedView:
    """The list as it is now, if ``by`` may open it."""
    mine = views_for(by, set(units_of(by, _on(now)).values_list("pk", flat=True))).values("pk")
    found = SavedView.objects.select_for_update().filter(pk=view.pk, pk__in=mine).first()
    if found is None:
        raise NotFound("unknown_view", _("There is no such list."))
    return found


def _must_be_allowed(view: SavedView, by: Any, now: datetime) -> None:
    if not may_change(view, by, _on(now)):
        raise Forbidden("forbidden", _("Only the unit's leader changes a shared list."))


def _store(view: SavedView) -> None:
    """Two presses at once meet the constraint."""
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise Invalid("title_taken", _("There is a list with this name already."), loc=("title",)) from None
