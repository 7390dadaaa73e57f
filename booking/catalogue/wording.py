"""Prices in words, in the reader's language: rules as a list, and what one loan costs with the rule that gave it."""

from __future__ import annotations

from decimal import Decimal

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from booking.catalogue import registry
from booking.catalogue.models import Audience
from booking.catalogue.rules import Price, PriceTerm
from booking.foundation.i18n import current_language

_PER = {
    "hour": pgettext_lazy("price", "per hour"),
    "day": pgettext_lazy("price", "per day"),
    "loan": pgettext_lazy("price", "per loan"),
    "piece": pgettext_lazy("price", "per piece"),
}


def kroner(amount: Decimal) -> str:
    """ "450 kr", "450.50 kr" ("450,50 kr" in Norwegian)."""
    whole = amount == amount.to_integral_value()
    number = f"{amount:.0f}" if whole else f"{amount:.2f}"
    if current_language() != "en":
        number = number.replace(".", ",")
    return _("%(amount)s kr") % {"amount": number}


def whom_words(term: PriceTerm) -> str:
    """Whom the rule is for: "Children and youth", "Firm", "Club or association: children and youth"."""
    audience = str(dict(Audience.choices).get(Audience(term.audience), term.audience))
    if not term.kind:
        return audience
    kind = str(dict(registry.organisation_kinds()).get(term.kind, term.kind))
    return kind if term.audience in ("everybody", "organisation", "commercial") else f"{kind}: {audience.lower()}"


def rate_words(term: PriceTerm) -> str:
    """ "free", "500 kr per hour", "500 kr per hour, at least 800 kr"."""
    if not term.amount and not term.minimum:
        return pgettext("price", "free")
    words = f"{kroner(term.amount)} {_PER[term.per]}"
    if term.minimum:
        words = _("%(price)s, at least %(least)s") % {"price": words, "least": kroner(term.minimum)}
    return words


def rule_words(term: PriceTerm) -> str:
    """A rule in a list: "Children and youth: free", "Firms: 500 kr per hour"."""
    return f"{whom_words(term)}: {rate_words(term)}"


def because_words(price: Price) -> str:
    """The rule that gave the price: "firms: 500 kr per hour × 1.5 hours", "children and youth"."""
    if price.why == "own":
        return _("the municipality's own use")
    if price.term is None:
        return _("no price is set for this")
    if not price.amount:
        return _small(whom_words(price.term))
    words = _small(rule_words(price.term))
    return words if price.term.per == "loan" else f"{words} × {count_words(price)}"


def _small(words: str) -> str:
    """Within a sentence."""
    return words[:1].lower() + words[1:]


def count_words(price: Price) -> str:
    """How much was counted: "1.5 hours", "2 days"."""
    term = price.term
    number = f"{price.count.normalize():f}"
    if current_language() != "en":
        number = number.replace(".", ",")
    one = 1 if price.count == 1 else 2
    if term is None or term.per == "hour":
        return ngettext("%(n)s hour", "%(n)s hours", one) % {"n": number}
    if term.per == "day":
        return ngettext("%(n)s day", "%(n)s days", one) % {"n": number}
    return ngettext("%(n)s piece", "%(n)s pieces", one) % {"n": number}


def amount_words(amount: Decimal) -> str:
    """ "Free", or the kroner."""
    return kroner(amount) if amount else capfirst(pgettext("price", "free"))


def price_words(price: Price) -> str:
    """What it costs and why: "Free: children and youth", "450 kr (firms: 300 kr per hour × 1.5 hours)"."""
    if not price.amount:
        return f"{amount_words(price.amount)}: {because_words(price)}"
    return f"{amount_words(price.amount)} ({because_words(price)})"
