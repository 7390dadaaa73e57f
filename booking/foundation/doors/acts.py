"""Admin pages of things that nobody edits as a row: a list, a page, and acts with an address of their own each.

A capability says what it is about and writes ``do_<act>`` for each act; what an act that is refused does, and which
addresses there are, is the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from booking.foundation import clock
from booking.foundation.doors.scoping import ROW_DOORS, ScopedViewSetMixin
from booking.foundation.errors import DomainError, NotFound


class ThingPage(generic.InspectView):  # type: ignore[name-defined,misc]
    """Everything about one thing, under its reference, and the buttons.

    ``namespace``: the viewset's name; ``heading`` and ``list_label``: what it and the list are called.
    """

    any_permission_required: ClassVar[list[str]] = ["view"]
    namespace: str
    heading: Any = ""
    list_label: Any = ""
    header_more_buttons: Sequence[Any] = ()
    #: A form or a question that an act brought back.
    brought: Mapping[str, Any] = {}

    def get_page_title(self) -> str:
        """Its reference stands beside it."""
        return str(self.heading)

    def get_page_subtitle(self) -> str:
        """Its reference."""
        return str(self.object.reference)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """List, this one."""
        index = {"url": reverse(f"{self.namespace}:index"), "label": str(self.list_label)}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.object.reference}]

    @cached_property
    def header_buttons(self) -> list[Any]:
        """The buttons stand where the facts are."""
        return []

    def page_url(self, other: Any = None) -> str:
        """The page of this thing, or of another one."""
        return reverse(f"{self.namespace}:inspect", args=[(other or self.object).pk])


class ActMixin:
    """One act, named in the address; stands before a ``ThingPage``.

    ``do_<act>`` calls one service with ``self.facts`` and answers what to say, or None when a form wasn't filled in
    right (it is kept by ``filled`` and says so itself). Refused, the page is shown again with what was typed and why.
    """

    any_permission_required: ClassVar[list[str]] = ["answer"]
    http_method_names: ClassVar[list[str]] = ["get", "post", "head", "options"]
    act: str = ""
    #: Another thing that the act led to: its page is shown then.
    target: Any = None
    #: Who does it, and when.
    facts: dict[str, Any]

    def get(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Somebody loaded the address anew after a refusal."""
        return redirect(self.page_url())

    def post(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do it, say it, go back. 404 for a row that isn't there."""
        self.facts = {"by": request.user, "now": clock.now()}
        try:
            said = getattr(self, f"do_{self.act}")()
        except NotFound as error:
            raise Http404 from error
        except DomainError as error:
            return cast(HttpResponse, self.again(error, {"refusal": error.text}))
        if said is None:
            return cast(HttpResponse, self.again(None, {}))
        messages.success(request, said)
        return redirect(self.after())

    def after(self: Any) -> str:
        """Where to go when it is done."""
        return str(self.page_url(self.target))

    def again(self: Any, error: DomainError | None, more: Mapping[str, Any]) -> HttpResponse:
        """The page as it stands now, with what was typed and why it could not be done."""
        self.keep(**more)
        self.object = self.get_base_object_queryset().get(pk=self.object.pk)
        status = error.status if error is not None else 400
        return cast(HttpResponse, self.render_to_response(self.get_context_data(object=self.object), status=status))

    def keep(self: Any, **more: Any) -> None:
        """For the page that is shown again."""
        self.brought = {**self.brought, **more}

    def version(self: Any) -> int | None:
        """The version that was looked at; None when the form doesn't say."""
        sent = self.request.POST.get("version", "")
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None

    def filled(self: Any, form: Any, name: str) -> Any:
        """The form if it is filled in right; a refusal keeps it for the page, under ``name``."""
        self.keep(**{name: form})
        return form if form.is_valid() else None


class ActsViewSet(ScopedViewSetMixin, ModelViewSet):
    """A list, a page, and its acts. A row is neither added, edited nor deleted by Wagtail's own forms."""

    without = ROW_DOORS
    inspect_view_enabled = True
    list_per_page = 50
    #: The view of all acts; their names; those on one row of the thing; and other pages: pattern, name, view.
    act_view_class: ClassVar[type[View]]
    acts: ClassVar[Sequence[str]] = ()
    row_acts: ClassVar[Sequence[str]] = ()
    pages: ClassVar[Sequence[tuple[str, str, type[View]]]] = ()

    @property
    def inspect_template_name(self) -> str:
        """Its page says itself."""
        return str(self.inspect_view_class.template_name)

    def get_urlpatterns(self) -> list[Any]:
        """The list, the page, other pages, and the acts."""
        theirs = super().get_urlpatterns()  # type: ignore[no-untyped-call]
        kept = [one for one in theirs if one.name in ("index", "index_results", "inspect")]
        page = self.get_inspect_view_kwargs()  # type: ignore[no-untyped-call]

        def act(name: str, rest: str) -> Any:
            view = self.construct_view(self.act_view_class, act=name, **page)
            return path(f"{name.replace('_', '-')}/{rest}", view, name=name)

        return [
            *kept,
            *(path(pattern, self.construct_view(view), name=name) for pattern, name, view in self.pages),
            *(act(name, "<int:pk>/") for name in self.acts),
            *(act(name, "<int:pk>/<int:row>/") for name in self.row_acts),
        ]
