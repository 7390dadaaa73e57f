"""What a page type needs to present a resource. `pages.models` uses it; so can a host with page types of its own.

    class OurPlacePage(ResourcePageMixin, Page):
        resource_kinds = ("venue", "area")
        content_panels = Page.content_panels + ResourcePageMixin.resource_panels

The page holds words and pictures. The resource owns rules and history, and outlives the page.
"""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.fields import Field
from wagtail.actions.publish_page_revision import PublishPagePermissionError
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel
from wagtail.api import APIField
from wagtail.fields import StreamField
from wagtail.images import get_image_model_string
from wagtail.rich_text import expand_db_html

from booking.catalogue.models import Kind, Resource, ResourceState
from booking.foundation import clock
from booking.occupancy import public as occupancy
from booking.public.blocks import BookingStreamBlock, picture_json

logger = logging.getLogger(__name__)

#: The base of the booking API, fixed by api.md.
API_BASE = "/api/booking/v1/"

UNOWNED = _(
    "Nobody answers for “%(resource)s” now. Name a case officer or a deputy who is active, then publish the page."
)


class ResourceUnowned(PublishPagePermissionError):
    """Publishing was refused: the resource has no living owner (needs N5). Code `unowned`."""

    code = "unowned"


class ResourcePageForm(WagtailAdminPageForm):
    """The editor's form: offers the kinds that fit, and says before publishing that somebody must own the thing."""

    is_draft = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "resource" in self.fields:
            self.fields["resource"].queryset = (
                Resource.objects.filter(kind__in=self._meta.model.resource_kinds)
                .exclude(state=ResourceState.RETIRED)
                .order_by("name")
            )

    def defer_required_fields(self) -> None:
        """Wagtail calls this when a draft is saved; a draft may wait for its owner."""
        self.is_draft = True
        super().defer_required_fields()

    def clean(self) -> Any:
        cleaned = super().clean()
        resource = cleaned.get("resource")
        if resource is not None and not self.is_draft and not is_owned(resource):
            self.add_error("resource", ValidationError(UNOWNED, code="unowned", params={"resource": resource.name}))
        return cleaned


class ResourceField(Field):
    """`resource` of the content API: the slug, and where the booking API has the rest."""

    def to_representation(self, resource: Resource) -> dict[str, str]:
        path = f"{API_BASE}resources/{resource.slug}/"
        request = self.context.get("request")
        return {"slug": resource.slug, "api_url": request.build_absolute_uri(path) if request else path}


class PictureField(Field):
    """A picture of the page in the content API."""

    def to_representation(self, image: Any) -> dict[str, Any]:
        return picture_json(image)


class RichTextApiField(Field):
    """A rich text field of a page as ready HTML."""

    def to_representation(self, source: str) -> str:
        return str(expand_db_html(source))


class ShownInMixin(models.Model):
    """Tells in which language a page's text really is. Aliases stand in for a translation that nobody has written."""

    class Meta:
        abstract = True

    @property
    def shown_in(self) -> str:
        """The language that the page's text is really written in: an alias shows its source's text."""
        page, seen = self, 0
        while page.alias_of_id and seen < 5:
            page, seen = page.alias_of.specific_deferred, seen + 1
        return page.locale.language_code

    @property
    def is_in_other_language(self) -> bool:
        """True when the text is not in the language of the page's own tree: then the page says so."""
        return self.alias_of_id is not None and self.shown_in != self.locale.language_code


def is_owned(resource: Resource) -> bool:
    """True when a living person answers for the resource today."""
    from booking.catalogue import selectors as catalogue

    today = clock.local_date(clock.now(), catalogue.zone(resource))
    return catalogue.responsible(resource, today).owned


class ResourcePageMixin(ShownInMixin):
    """Presents one resource. At most one page per resource and language; never live without a living owner."""

    #: The kinds of resource that this page type presents.
    resource_kinds: ClassVar[tuple[str, ...]] = tuple(Kind.values)

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+", verbose_name=_("what the page presents"))
    lead = models.CharField(
        _("in one or two sentences"),
        max_length=300,
        blank=True,
        help_text=_("Shown at the top and in lists. Empty: the line that stands on the resource."),
    )
    hero_image = models.ForeignKey(
        get_image_model_string(),
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("main picture"),
    )
    hero_alt = models.CharField(
        _("what the main picture shows"),
        max_length=250,
        blank=True,
        help_text=_("For those who can't see it. Empty: the picture is only decoration."),
    )
    body = StreamField(BookingStreamBlock(), verbose_name=_("content"), blank=True)

    base_form_class = ResourcePageForm
    resource_panels: ClassVar[list] = [
        FieldPanel("resource"),
        FieldPanel("lead"),
        FieldPanel("hero_image"),
        FieldPanel("hero_alt"),
        FieldPanel("body"),
    ]
    resource_api_fields: ClassVar[list] = [
        APIField("resource", serializer=ResourceField()),
        APIField("lead"),
        APIField("hero_image", serializer=PictureField()),
        APIField("hero_alt"),
        APIField("body"),
    ]

    class Meta:
        abstract = True

    def clean(self) -> None:
        """The kind must fit the page type, and nobody else may present the same thing in the same language."""
        super().clean()
        if self.resource_id is None:
            return
        if self.resource.kind not in self.resource_kinds:
            raise ValidationError(
                {"resource": ValidationError(_("This kind of page can't show that kind of thing."), code="kind")}
            )
        twin = type(self).objects.filter(resource_id=self.resource_id, locale_id=self.locale_id).exclude(pk=self.pk)
        if twin.exists():
            raise ValidationError(
                {
                    "resource": ValidationError(
                        _("There is a page for this already, in the same language."), code="unique"
                    )
                }
            )

    def save(self, clean: bool = True, **kwargs: Any) -> Any:
        """As Wagtail's, but a page doesn't go live without a living owner. Raises ValidationError, code `unowned`."""
        if clean and self.live and self.resource_id and not self._is_live_already() and not is_owned(self.resource):
            error = ValidationError(UNOWNED, code="unowned", params={"resource": self.resource.name})
            raise ValidationError({"resource": error})
        return super().save(clean=clean, **kwargs)

    def _is_live_already(self) -> bool:
        return self.pk is not None and type(self).objects.filter(pk=self.pk, live=True).exists()

    def publish(self, revision: Any, *args: Any, **kwargs: Any) -> Any:
        """As Wagtail's, but raises `ResourceUnowned` while nobody answers for the resource.

        A scheduled publication is dropped with a warning instead: an error would hold up all that is due after it.
        """
        page = revision.as_object()
        if page.resource_id and is_owned(page.resource):
            return super().publish(revision, *args, **kwargs)
        if kwargs.get("log_action") == "wagtail.publish.scheduled":
            self.revisions.update(approved_go_live_at=None)
            logger.warning("Page %s was due but not published: nobody answers for its resource.", self.pk)
            return None
        raise ResourceUnowned(UNOWNED % {"resource": page.resource.name if page.resource_id else page.title})

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Wagtail's context and all that the resource page shows (`occupancy.public.resource_context`).

        Raises Http404 for what a visitor may not know exists.
        """
        context = super().get_context(request, *args, **kwargs)
        return context | occupancy.page_context(request, self.resource_id, now=clock.now())
