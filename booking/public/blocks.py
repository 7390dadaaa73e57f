"""Blocks of StreamFields: what a page says besides the facts that the resource itself holds.

A host with page types of its own uses these and `booking.public.pages.ResourcePageMixin`.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.api.rich_text import APIRichText
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.images.blocks import ImageBlock
from wagtail.images.models import AbstractImage

from booking.works.public.blocks import WorksHereBlock

#: What an editor may use: nothing that breaks the page's own outline (one h1, then h2) or fetches from elsewhere.
TEXT_FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "link", "document-link", "hr"]
LINE_FEATURES = ["bold", "italic", "link"]


class HtmlTextBlock(blocks.RichTextBlock):
    """Rich text that the content API gives as ready HTML (api.md "Content"), unless the caller asks otherwise."""

    def get_api_representation(self, value: Any, context: Any = None) -> str:
        request = context and context.get("request")
        wanted = request.GET.get("rich_text_format") if request else None
        return APIRichText.serialize(value.source, format=APIRichText.resolve_format(wanted or "html"))


class PictureBlock(ImageBlock):
    """A picture with its alternative text; the content API adds the address of a web-sized copy."""

    def get_api_representation(self, value: Any, context: Any = None) -> Any:
        return picture_json(value) if value else None


def picture_json(image: AbstractImage) -> dict[str, Any]:
    """The picture as the content API shows it: id, title, alternative text, and a copy at most 1,600 px wide."""
    rendition = image.get_rendition("width-1600")
    alt = getattr(image, "contextual_alt_text", None)
    decorative = bool(getattr(image, "decorative", False))
    return {
        "id": image.pk,
        "title": image.title,
        "alt": "" if decorative else (alt or image.default_alt_text),
        "decorative": decorative,
        "url": rendition.full_url,
        "width": rendition.width,
        "height": rendition.height,
    }


class FactBlock(blocks.StructBlock):
    label = blocks.CharBlock(label=_("What"), max_length=80)
    value = blocks.CharBlock(label=_("How it is"), max_length=250)


class FactsBlock(blocks.StructBlock):
    """Facts that the catalogue has no field for: ceiling height, number of plugs, size of the floor."""

    heading = blocks.CharBlock(label=_("Heading"), required=False, max_length=120)
    facts = blocks.ListBlock(FactBlock(), label=_("Facts"), min_num=1)

    class Meta:
        icon = "list-ul"
        label = _("Facts")
        template = "booking/blocks/facts.html"


class FigureBlock(blocks.StructBlock):
    image = PictureBlock(label=_("Picture"))
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=250)

    class Meta:
        icon = "image"
        label = _("Picture")
        template = "booking/blocks/figure.html"


class GalleryBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"), required=False, max_length=120)
    pictures = blocks.ListBlock(FigureBlock(), label=_("Pictures"), min_num=1, max_num=24)

    class Meta:
        icon = "image"
        label = _("Picture gallery")
        template = "booking/blocks/gallery.html"


class HouseRulesBlock(blocks.StructBlock):
    """Rules in the page's own words. The resource's rules, which a borrower accepts, are always shown as well."""

    heading = blocks.CharBlock(label=_("Heading"), required=False, max_length=120)
    rules = blocks.ListBlock(HtmlTextBlock(features=LINE_FEATURES), label=_("Rules"), min_num=1)

    class Meta:
        icon = "clipboard-list"
        label = _("House rules")
        template = "booking/blocks/house_rules.html"


class ContactBlock(blocks.StructBlock):
    """Whom to call: about keys, on the evening itself, when something is broken."""

    heading = blocks.CharBlock(label=_("Heading"), required=False, max_length=120)
    name = blocks.CharBlock(label=_("Name or role"), max_length=120)
    about = blocks.CharBlock(label=_("About what, and when"), required=False, max_length=250)
    phone = blocks.CharBlock(label=_("Phone"), required=False, max_length=30)
    email = blocks.EmailBlock(label=_("E-mail"), required=False)

    def clean(self, value: Any) -> Any:
        result = super().clean(value)
        if not (result.get("phone") or result.get("email")):
            error = ValidationError(_("Give a phone number or an e-mail address."), code="required")
            raise StructBlockValidationError(block_errors={"phone": error})
        return result

    class Meta:
        icon = "mail"
        label = _("Contact")
        template = "booking/blocks/contact.html"


class AccessibilityBlock(blocks.StructBlock):
    """In words what yes, no and not checked can't say: which door, how steep, where the loop works."""

    heading = blocks.CharBlock(label=_("Heading"), required=False, max_length=120)
    text = HtmlTextBlock(features=TEXT_FEATURES, label=_("Text"))

    class Meta:
        icon = "view"
        label = _("Accessibility")
        template = "booking/blocks/accessibility.html"


class CallToActionBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"), max_length=120)
    text = blocks.CharBlock(label=_("Text"), required=False, max_length=300)
    page = blocks.PageChooserBlock(label=_("Page"), required=False)
    url = blocks.URLBlock(label=_("or an address"), required=False)
    button = blocks.CharBlock(label=_("Text on the button"), max_length=60)

    def clean(self, value: Any) -> Any:
        result = super().clean(value)
        if bool(result.get("page")) == bool(result.get("url")):
            error = ValidationError(_("Choose a page or give an address, one of the two."), code="required")
            raise StructBlockValidationError(block_errors={"page": error})
        return result

    def get_api_representation(self, value: Any, context: Any = None) -> Any:
        result = super().get_api_representation(value, context=context)
        result["href"] = value["page"].full_url if value.get("page") else value.get("url") or ""
        return result

    class Meta:
        icon = "pick"
        label = _("Call to action")
        template = "booking/blocks/call_to_action.html"


class StepsBlock(blocks.StructBlock):
    """How something is done, step by step; numbered on the page."""

    heading = blocks.CharBlock(label=_("Heading"), max_length=120)
    steps = blocks.ListBlock(
        blocks.StructBlock(
            [
                ("title", blocks.CharBlock(label=_("Step"), max_length=120)),
                ("text", blocks.CharBlock(label=_("Text"), required=False, max_length=300)),
            ]
        ),
        label=_("Steps"),
        min_num=2,
    )

    class Meta:
        icon = "list-ol"
        label = _("Steps")
        template = "booking/blocks/steps.html"


class TextBlock(HtmlTextBlock):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"features": TEXT_FEATURES} | kwargs))

    class Meta:
        icon = "pilcrow"
        label = _("Text")
        template = "booking/blocks/text.html"


class BookingStreamBlock(blocks.StreamBlock):
    """All blocks together, for any page."""

    text = TextBlock()
    picture = FigureBlock()
    gallery = GalleryBlock()
    facts = FactsBlock()
    house_rules = HouseRulesBlock()
    accessibility = AccessibilityBlock()
    contact = ContactBlock()
    steps = StepsBlock()
    call_to_action = CallToActionBlock()
    works_here = WorksHereBlock()
