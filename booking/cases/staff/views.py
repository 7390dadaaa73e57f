"""Lists of the queue that are kept by name: one's own, and those that a leader shares in the unit."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin

from booking.cases.desk import rules, selectors, services
from booking.cases.desk.models import SavedView
from booking.cases.staff.access import CASE_POLICY
from booking.catalogue.models import Unit
from booking.catalogue.staff.access import unit_ids, units_led
from booking.foundation import clock
from booking.foundation.errors import DomainError, Invalid


class ViewsPage(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """GET: all lists that one may open, to rename, remove or begin with. POST: keep one more."""

    permission_required = "view"
    permission_policy = CASE_POLICY
    template_name = "booking/cases/staff/views.html"
    page_title = _("Saved lists")
    header_icon = "list-ul"
    _show_breadcrumbs = True
    error: DomainError | None = None
    typed: dict[str, str] | None = None
    #: The list whose new name was refused, and that name.
    renamed: tuple[int, str] | None = None

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Queue, this."""
        queue = {"url": reverse("booking_cases:index"), "label": gettext("Cases")}
        return [*self.breadcrumbs_items, queue, {"url": "", "label": str(self.page_title)}]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Keep what the queue showed."""
        title, raw, unit = (request.POST.get(name, "") for name in ("title", "query", "unit"))
        try:
            query = _clean(raw)
            view = services.save_view(
                title=title, query=query, unit=_unit(request, unit), by=request.user, now=clock.now()
            )
        except DomainError as error:
            self.error, self.typed = error, {"title": title, "query": raw[:2000], "unit": unit[:20]}
            return self.render_to_response(self.get_context_data(), status=error.status)
        messages.success(request, gettext("The list “%(title)s” is kept.") % {"title": view.title})
        return redirect(f"{reverse('booking_cases:index')}?{view.query or 'tab=all'}&view={view.pk}")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The lists, and what one may do with each."""
        user = self.request.user
        views = list(selectors.views_for(user, unit_ids(user)))
        start = selectors.start_of(user, unit_ids(user))
        led = set(units_led(user).values_list("pk", flat=True)) if any(one.unit_id for one in views) else set()
        return super().get_context_data(**kwargs) | {
            "error": self.error,
            "typed": self.typed,
            "rows": [
                {
                    "view": one,
                    "title": self.renamed[1] if self.renamed and self.renamed[0] == one.pk else one.title,
                    "fault": bool(self.renamed and self.renamed[0] == one.pk),
                    "start": start is not None and start.pk == one.pk,
                    "begin": "unstart" if start is not None and start.pk == one.pk else "start",
                    "may_change": one.owner_id == user.pk or one.unit_id in led,
                }
                for one in views
            ],
        }


class ViewAct(PermissionCheckedMixin, View):
    """One press of a button about one list. A list that one can't open isn't there."""

    permission_required = "view"
    permission_policy = CASE_POLICY
    http_method_names = ("post",)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, and back to the lists."""
        act = str(self.kwargs["act"])
        view = selectors.views_for(request.user, unit_ids(request.user)).filter(pk=self.kwargs["pk"]).first()
        if view is None or act not in ("rename", "remove", "start", "unstart"):
            raise Http404
        try:
            said = _do(act, view, request)
        except DomainError as error:
            page = ViewsPage()
            page.setup(request)
            page.error, page.renamed = error, (view.pk, request.POST.get("title", "")) if act == "rename" else None
            return page.render_to_response(page.get_context_data(), status=error.status)
        messages.success(request, said)
        return redirect("booking_cases:views")


def _do(act: str, view: SavedView, request: HttpRequest) -> str:
    now = clock.now()
    if act == "rename":
        services.rename_view(view, title=request.POST.get("title", ""), by=request.user, now=now)
        return gettext("The list has a new name.")
    if act == "remove":
        services.remove_view(view, by=request.user, now=now)
        return gettext("The list is removed.")
    services.begin_with(view if act == "start" else None, by=request.user, now=now)
    if act == "start":
        return gettext("You begin with “%(title)s” from now on.") % {"title": view.title}
    return gettext("You begin with what waits on your units from now on.")


def _clean(raw: str) -> str:
    try:
        return rules.clean_query(dict(QueryDict(raw[:4000]).lists()))
    except ValueError:
        raise Invalid("too_long", _("Choose fewer filters at once."), loc=("query",)) from None


def _unit(request: HttpRequest, raw: str) -> Unit | None:
    """The unit to share in; another one's isn't there."""
    if not raw:
        return None
    pk = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else 0
    unit = units_led(request.user).filter(pk=pk).first()
    if unit is None:
        raise Invalid("unknown_unit", _("There is no such unit."), loc=("unit",))
    return unit
