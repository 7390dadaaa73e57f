"""Page types that present what can be lent. Words and pictures live here; rules and history live on the resource.

VenuePage presents places (kinds venue and area), EquipmentPage presents things and people's help (equipment and help):
two types because visitors look for them in two places, not four because they are shown alike.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.api import APIField
from wagtail.fields import RichTextField, StreamField
from wagtail.images import get_image_model_string
from wagtail.models import Page

from booking.catalogue.models import Kind
from booking.foundation import clock
from booking.occupancy import public as occupancy
from booking.public.blocks import LINE_FEATURES, BookingStreamBlock
from booking.public.pages import PictureField, ResourcePageMixin, RichTextApiField, ShownInMixin


class HomePage(ShownInMixin, Page):
    """The front door: what do you need, what is free today, and how it works."""

    heading = models.CharField(_("heading"), max_length=120, blank=True)
    lead = models.CharField(_("in one or two sentences"), max_length=300, blank=True)
    hero_image = models.ForeignKey(
        get_image_model_string(),
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("main picture"),
    )
    body = StreamField(BookingStreamBlock(), verbose_name=_("content"), blank=True)

    content_panels: ClassVar[list] = [
        *Page.content_panels,
        FieldPanel("heading"),
        FieldPanel("lead"),
        FieldPanel("hero_image"),
        FieldPanel("body"),
    ]
    api_fields: ClassVar[list] = [
        APIField("heading"),
        APIField("lead"),
        APIField("hero_image", serializer=PictureField()),
        APIField("body"),
    ]
    parent_page_types = ["wagtailcore.Page"]
    template = "samskap_pages/home_page.html"

    class Meta:
        verbose_name = _("home page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return super().get_context(request, *args, **kwargs) | occupancy.home_context(request, now=clock.now())


class IndexPage(ShownInMixin, Page):
    """A list of all that is public of some kinds, with search; things without a page of their own are in it too."""

    resource_kinds: ClassVar[tuple[str, ...]] = ()

    intro = RichTextField(_("introduction"), blank=True, features=LINE_FEATURES)

    content_panels: ClassVar[list] = [*Page.content_panels, FieldPanel("intro")]
    api_fields: ClassVar[list] = [APIField("intro", serializer=RichTextApiField())]
    parent_page_types = ["samskap_pages.HomePage"]
    template = "samskap_pages/index_page.html"

    class Meta:
        abstract = True

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        return context | occupancy.index_context(request, kinds=self.resource_kinds, now=clock.now())


class VenueIndexPage(IndexPage):
    resource_kinds = (Kind.VENUE, Kind.AREA)
    subpage_types = ["samskap_pages.VenuePage"]
    template = IndexPage.template

    class Meta:
        verbose_name = _("list of venues and areas")


class EquipmentIndexPage(IndexPage):
    resource_kinds = (Kind.EQUIPMENT, Kind.HELP)
    subpage_types = ["samskap_pages.EquipmentPage"]
    template = IndexPage.template

    class Meta:
        verbose_name = _("list of equipment and help")


class VenuePage(ResourcePageMixin, Page):
    """A venue, a part of one, or an area."""

    resource_kinds = (Kind.VENUE, Kind.AREA)

    content_panels: ClassVar[list] = [*Page.content_panels, *ResourcePageMixin.resource_panels]
    api_fields: ClassVar[list] = ResourcePageMixin.resource_api_fields
    parent_page_types = ["samskap_pages.VenueIndexPage"]
    subpage_types: ClassVar[list[str]] = []
    template = "samskap_pages/resource_page.html"

    class Meta:
        verbose_name = _("venue or area")


class EquipmentPage(ResourcePageMixin, Page):
    """Equipment, single or counted, or hours of people's help."""

    resource_kinds = (Kind.EQUIPMENT, Kind.HELP)

    content_panels: ClassVar[list] = [*Page.content_panels, *ResourcePageMixin.resource_panels]
    api_fields: ClassVar[list] = ResourcePageMixin.resource_api_fields
    parent_page_types = ["samskap_pages.EquipmentIndexPage"]
    subpage_types: ClassVar[list[str]] = []
    template = "samskap_pages/resource_page.html"

    class Meta:
        verbose_name = _("equipment or help")


class ContentPage(ShownInMixin, Page):
    """Anything else that must be said: how lending works, privacy, accessibility of the site."""

    lead = models.CharField(_("in one or two sentences"), max_length=300, blank=True)
    body = StreamField(BookingStreamBlock(), verbose_name=_("content"), blank=True)

    content_panels: ClassVar[list] = [*Page.content_panels, FieldPanel("lead"), FieldPanel("body")]
    api_fields: ClassVar[list] = [APIField("lead"), APIField("body")]
    parent_page_types = ["samskap_pages.HomePage", "samskap_pages.ContentPage"]
    template = "samskap_pages/content_page.html"

    class Meta:
        verbose_name = _("page of text")


#: The page types that present a resource; the address registry walks them.
RESOURCE_PAGES: tuple[type[VenuePage] | type[EquipmentPage], ...] = (VenuePage, EquipmentPage)
