"""What the views of works share: which works the caller may see or plan, whom they speak for, reading a body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors.etags import etag_of
from booking.foundation.errors import Forbidden, Invalid, NotFound
from booking.foundation.text import is_unusable
from booking.organisations import selectors as organisations
from booking.organisations.models import Organisation
from booking.works import selectors, view
from booking.works.models import Works, WorksParty
from booking.works.services.common import PLANNING_ROLES

MOST_ITEMS = 400


def today() -> Any:
    return clock.today(booking_settings().tz)


def works_or_404(request: Request, ref: str) -> Works:
    """Public works, and drafts of one's own units."""
    row = selectors.with_all(selectors.visible_works(request.user, today())).filter(reference=ref).first()
    if row is None:
        raise NotFound("not_found", _("There are no such works."))
    return row


def planned_by(request: Request, ref: str) -> Works:
    """Works that the caller plans. 404 for what they may not see, 403 for what they may only see."""
    row = works_or_404(request, ref)
    mine = selectors.staff_works(request.user, today(), PLANNING_ROLES)
    if not mine.filter(pk=row.pk).exists():
        raise Forbidden("forbidden", _("Only the unit's works planner or its leader can do this."))
    return row


def etag(works: Works) -> str:
    return etag_of(works.reference, works.version, get_language())


def answer(works: Works, *, status: int = 200) -> Response:
    fresh = selectors.with_all(Works.objects.filter(pk=works.pk)).get()
    return Response(view.detail(fresh), status=status, headers={"ETag": etag(fresh)})


def party_of(request: Request, works: Works, data: Mapping[str, Any]) -> tuple[WorksParty, str]:
    """Whom the caller speaks for. Raises ``Invalid`` where several fit, ``Forbidden`` where none does."""
    mine = selectors.parties_of(request.user, works, today())
    slug = data.get("organisation")
    if slug is not None:
        if not isinstance(slug, str) or is_unusable(slug):
            raise Invalid("unknown_organisation", _("There is no such organisation."), loc=("organisation",))
        mine = [one for one in mine if one.organisation is not None and one.organisation.slug == slug]
    if not mine:
        raise Forbidden("not_affected", _("You don't speak for anybody whom these works affect."))
    if len(mine) > 1:
        raise Invalid("several", _("You speak for several. Name the organisation."), loc=("organisation",))
    return mine[0], hat_of(mine[0].organisation)


def hat_of(organisation: Organisation | None) -> str:
    return organisations.organisation_hat(organisation).code if organisation is not None else "person"


# --- reading a body --------------------------------------------------------------------------------------------------


def body_of(request: Request) -> Mapping[str, Any]:
    if not isinstance(request.data, Mapping):
        raise Invalid("not_an_object", _("The request must be an object with named fields."))
    return request.data


def text_of(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name) or ""
    if not isinstance(value, str) or "\x00" in value:
        raise Invalid("not_a_text", _("This must be a text."), loc=(name,))
    return value


def words_in(data: Mapping[str, Any], name: str, *, required: bool = True) -> str:
    value = data.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise Invalid("not_a_text", _("This must be a text."), loc=(name,))
    return value


def items_in(data: Mapping[str, Any], name: str) -> list[Any]:
    value = data.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid("not_a_list", _("This must be a list."), loc=(name,))
    if len(value) > MOST_ITEMS:
        raise Invalid("too_many", _("At most %(most)s."), params={"most": MOST_ITEMS}, loc=(name,))
    return value
