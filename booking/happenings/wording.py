"""Regular activities in words."""

from __future__ import annotations

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from booking.foundation.i18n import localized
from booking.happenings.models import LeisureActivity


def ages_words(activity: LeisureActivity) -> str:
    """ "8–10 years", "from 13 years", "for all ages"."""
    if activity.age_from is None and activity.age_to is None:
        return _("for all ages")
    if activity.age_to is None:
        return _("from %(age)s years") % {"age": activity.age_from}
    if activity.age_from is None:
        return _("up to %(age)s years") % {"age": activity.age_to}
    return _("%(first)s–%(last)s years") % {"first": activity.age_from, "last": activity.age_to}


def when_words(activity: LeisureActivity) -> str:
    """ "Tuesday and Thursday 17.00–18.30, September to May"; "" when nothing is said."""
    days = [str(WEEKDAYS[day]) for day in activity.weekdays if day in range(7)]
    found = ", ".join(days[:-1]) + (_(" and ") if len(days) > 1 else "") + (days[-1] if days else "")
    if activity.begins is not None and activity.ends is not None:
        found = f"{found} {activity.begins:%H.%M}–{activity.ends:%H.%M}".strip()
    return ", ".join(part for part in (found, activity.season) if part)


def place_words(activity: LeisureActivity) -> str:
    """The thing's name and what was written besides."""
    name = str(localized(activity.resource, "name")) if activity.resource is not None else ""
    return ", ".join(part for part in (name, activity.place) if part)


def cost_words(activity: LeisureActivity) -> str:
    """ "Free", or what it costs."""
    return _("Free of charge") if activity.free else activity.cost


def facts(activity: LeisureActivity) -> list[str]:
    """In one line of a letter."""
    listed = (ages_words(activity), when_words(activity), place_words(activity), cost_words(activity))
    return [one for one in listed if one]
