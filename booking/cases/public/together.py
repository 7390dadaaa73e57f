"""Several things in one request: dates first, then what is free on them, then what the rules say, then sending.

One address takes it all, as the form of one thing does. ``action``: find (the default), check, send.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from booking.cases import drafts, selectors, services
from booking.cases.public.ask import once, show_refusal
from booking.cases.public.forms import AskForm
from booking.cases.public.ticks import ticks_of
from booking.cases.rules import Occurrence, expand, parse_rule
from booking.cases.services.checking import CheckResult
from booking.cases.wording import prices_in_words
from booking.catalogue import selectors as catalogue
from booking.catalogue.kits.selectors import Offered, offered_kits
from booking.catalogue.models import Kind, Resource
from booking.foundation import clock
from booking.foundation.conf import booking_settings
from booking.foundation.doors import ratelimit
from booking.foundation.errors import DomainError, RuleBroken, Taken, TooMany
from booking.foundation.i18n import localized
from booking.organisations.hats import worn
from booking.organisations.rules import Hat, HatKind

#: So many things in one basket; and so many verdicts shown one by one.
MOST_THINGS, MOST_SHOWN = 20, 30
_DATES = ("day", "start", "end", "end_day", "repeat", "until", "skip")


@dataclass(frozen=True, slots=True)
class ChosenKit:
    """A kit in the basket: how many, and slugs of what is left out."""

    slug: str
    count: int
    without: tuple[str, ...] = ()


class BasketForm(AskForm):
    """The form of one thing, for several: what is chosen stands beside it, by slug and number."""

    def basket(self, chosen: Sequence[tuple[str, int]], kits: Sequence[ChosenKit] = ()) -> dict[str, Any] | None:
        """The request as `drafts.parse` takes it; None while there is no time, or nothing chosen."""
        wanted: list[dict[str, Any]] = [
            {"kit": one.slug, "resource": None, "quantity": one.count, "without": list(one.without)} for one in kits
        ]
        wanted += [{"resource": slug, "quantity": count} for slug, count in chosen]
        if not wanted:
            return None
        bodies = [self.body(one["resource"] or "") for one in wanted]
        first = bodies[0]
        if first is None:
            return None
        for name in ("lines", "series"):
            if name in first:
                first[name] = [
                    one | what
                    for body, what in zip(bodies, wanted, strict=True)
                    if body is not None
                    for one in body[name]
                ]
        return first

    def dates(self) -> list[Occurrence]:
        """The dates that were typed. Raises ``Invalid`` for a series without any."""
        start, end = self.times()
        if start is None or end is None or end <= start:
            return []
        if self.cleaned_data.get("repeat") and self.cleaned_data.get("until"):
            rule = parse_rule(f"FREQ=WEEKLY;UNTIL={self.cleaned_data['until']:%Y%m%d}")
            return expand(rule, start, end, self.tz, exclude=self.cleaned_data.get("skip") or [])
        return [Occurrence(start, end, clock.local_date(start, self.tz))]


def _count(raw: str) -> int:
    """A number of things as it was typed; what can't be read is one."""
    return max(int(raw), 1) if raw.isascii() and raw.isdigit() and 0 < len(raw) < 6 else 1


@require_http_methods(["GET", "HEAD", "POST"])
def ask_together(request: HttpRequest) -> HttpResponse:
    """Several things in one request."""
    return _Basket(request, clock.now()).answer()


class _Basket:
    """One visit: who asks, which dates, what is chosen."""

    def __init__(self, request: HttpRequest, now: datetime) -> None:
        self.request, self.now, self.user = request, now, request.user
        self.tz = booking_settings().tz
        self.hats = self._hats()
        self.uses = catalogue.use_terms()
        self.kits: list[ChosenKit] = []

    def _hats(self) -> list[Hat]:
        """One's organisations, and the units that one works for: own use is asked for in the same form."""
        on = clock.local_date(self.now, self.tz)
        units = set(
            catalogue.units_of(self.user, on, roles=("officer", "leader"), with_children=False).values_list(
                "slug", flat=True
            )
        )
        found = [one for one in worn(self.request).hats if one.kind == HatKind.ORGANISATION]
        found += [one for one in worn(self.request).hats if one.kind == HatKind.UNIT and one.slug in units]
        return found or [one for one in worn(self.request).hats if one.kind == HatKind.PERSON]

    def form(self, data: QueryDict | None, rules: bool, initial: dict[str, Any] | None = None) -> BasketForm:
        return BasketForm(
            data, initial=initial, tz=self.tz, hats=self.hats, counted=False, most=1, house_rules=rules, uses=self.uses
        )

    def answer(self) -> HttpResponse:
        given = self.request.POST if self.request.method == "POST" else self.request.GET
        if not given.get("day"):
            return self.page(self.form(None, False, self.start()), [], [])
        data = given.copy()
        data.setdefault("submission_key", uuid.uuid4().hex)
        if "hat" not in data and self.hats:
            chosen_hat = worn(self.request).hat
            data["hat"] = (chosen_hat if chosen_hat in self.hats else self.hats[0]).code
        chosen = self.chosen(data)
        self.kits = self.chosen_kits(data)
        action = data.get("action", "find") if self.request.method == "POST" else "find"
        form = self.form(data, action == "send")
        form.full_clean()
        try:
            self.count("request" if action == "send" else "anonymous_check")
            dates = form.dates()
        except TooMany as error:
            form.add_error(None, error.text)
            return self.page(form, [], chosen, status=429)
        except DomainError as error:
            form.show(error)
            dates = []
        if action == "find":
            form.wait_with(*(name for name in form.fields if name not in _DATES))
        elif action == "check":
            form.wait_with("purpose", "hat", "accept_rules")
        if action == "send":
            if not chosen and not self.kits:
                form.add_error(None, _("Choose at least one thing."))
            elif form.is_valid():
                return self.send(form, chosen, dates)
        check = self.check(form, chosen) if action != "find" else None
        return self.page(form, dates, chosen, check)

    def start(self) -> dict[str, Any]:
        """What we know already about who asks."""
        known: dict[str, Any] = {"submission_key": uuid.uuid4().hex}
        if self.user.is_authenticated:
            known["responsible_name"] = self.user.get_full_name()
            known["responsible_phone"] = getattr(self.user, "phone", "")
            known["responsible_email"] = getattr(self.user, "email", "")
        return known

    def count(self, action: str) -> None:
        contact = str(self.user.pk) if self.user.is_authenticated else ""
        if action == "request" and not contact:
            action = "anonymous_check"
        ratelimit.spend(action, now=self.now, contact=contact, address=ratelimit.client_address(self.request))

    def chosen(self, data: QueryDict) -> list[tuple[str, int]]:
        """What was ticked, of what the visitor may know of, with how many."""
        slugs = [slug for slug in dict.fromkeys(data.getlist("thing")) if slug and "\x00" not in slug][:MOST_THINGS]
        known = set(
            catalogue.visible_resources(self.user).filter(slug__in=slugs, state="active").values_list("slug", flat=True)
        )
        found = []
        for slug in slugs:
            if slug in known:
                found.append((slug, _count(data.get(f"count-{slug}", "1"))))
        return found

    def offered(self) -> list[Offered]:
        """The kits that the visitor may know of. Read once."""
        if self._offered is None:
            self._offered = offered_kits(self.user)
        return self._offered

    _offered: list[Offered] | None = None

    def chosen_kits(self, data: QueryDict) -> list[ChosenKit]:
        """The kits that were ticked, with how many, and without which of the parts that may be left out."""
        slugs = set(data.getlist("kit")) if "kit" in data else set()
        found = []
        for one in self.offered() if slugs else []:
            if one.kit.slug in slugs:
                without = set(data.getlist(f"without-{one.kit.slug}"))
                left_out = [
                    part.resource.slug for part in one.parts if part.may_be_left_out and part.resource.slug in without
                ]
                count = _count(data.get(f"kits-{one.kit.slug}", "1"))
                found.append(ChosenKit(one.kit.slug, count, tuple(left_out)))
        return found[:MOST_THINGS]

    def kit_rows(self, dates: list[Occurrence]) -> list[dict[str, Any]]:
        """The shelf of kits: how many of each are left on all the dates, and what is missing."""
        offered = self.offered() if dates else []
        if not offered:
            return []
        picked = {one.slug: one for one in self.kits}
        left = selectors.kits_on(dates, offered)
        rows = []
        for one in offered:
            mine = picked.get(one.kit.slug)
            found = left[one.kit.pk]
            missing = [part for part in one.parts if part.resource_id in found.short]
            rows.append(
                {
                    "kit": one.kit,
                    "parts": one.parts,
                    "left": found.count,
                    "missing": missing,
                    "possible": found.count > 0 or (bool(missing) and all(part.may_be_left_out for part in missing)),
                    "chosen": mine is not None,
                    "count": mine.count if mine else 1,
                    "without": mine.without if mine else (),
                    "some": any(part.may_be_left_out for part in one.parts),
                }
            )
        return rows

    def draft(self, form: BasketForm, chosen: Sequence[tuple[str, int]]) -> drafts.RequestDraft | None:
        body = form.basket(chosen, self.kits)
        if body is None:
            return None
        hat = form.chosen_hat()
        return drafts.parse(body, user=self.user, hat=hat.code if hat else None)

    def check(self, form: BasketForm, chosen: Sequence[tuple[str, int]]) -> CheckResult | None:
        try:
            draft = self.draft(form, chosen)
            return None if draft is None else services.check_request(draft, user=self.user, now=self.now)
        except DomainError as error:
            form.show(error)
            return None

    def send(self, form: BasketForm, chosen: Sequence[tuple[str, int]], dates: list[Occurrence]) -> HttpResponse:
        if not self.user.is_authenticated:
            names = [*_DATES, "thing", *(f"count-{slug}" for slug, _number in chosen), "kit"]
            names += [f"{word}-{one.slug}" for one in self.kits for word in ("kits", "without")]
            kept = [(name, value) for name in names for value in self.request.POST.getlist(name)]
            here = f"{reverse('booking:ask_together')}?{urlencode(kept)}"
            return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': here})}")
        body = form.basket(chosen, self.kits)
        try:
            draft = self.draft(form, chosen)
            if draft is None:
                return self.page(form, dates, chosen)
            key = once(form.cleaned_data.get("submission_key"), body)
            case = services.submit_request(draft, user=self.user, now=self.now, submission_key=key)
        except (Taken, RuleBroken) as error:
            check = error.extra.get("check")
            show_refusal(form, error, check)
            return self.page(form, dates, chosen, check)
        except DomainError as error:
            form.show(error)
            return self.page(form, dates, chosen)
        messages.success(self.request, _("Your request has been sent. This is the receipt."))
        return redirect("booking:case", reference=case.reference)

    def page(
        self,
        form: BasketForm,
        dates: list[Occurrence],
        chosen: Sequence[tuple[str, int]],
        check: CheckResult | None = None,
        *,
        status: int = 200,
    ) -> HttpResponse:
        counts = dict(chosen)
        offered = selectors.free_on(dates, user=self.user) if dates else []
        places = Resource.objects.in_bulk([one.thing.pk for one in offered])
        picked = Resource.objects.in_bulk(list(counts), field_name="slug")
        shelves = []
        for kind, label in Kind.choices:
            rows = [
                {
                    "resource": places[one.thing.pk],
                    "on_all": one.on_all,
                    "free": one.free,
                    "dates": one.dates,
                    "counted": one.quantity > 1,
                    "most": one.quantity,
                    "chosen": one.thing.slug in counts,
                    "count": counts.get(one.thing.slug, 1),
                }
                for one in offered
                if one.thing.kind == kind
            ]
            rows.sort(key=lambda row: (not row["on_all"], str(localized(row["resource"], "name"))))
            if rows:
                shelves.append((label, rows))
        gone = [slug for slug in counts if slug not in {one.thing.slug for one in offered}] if dates else []
        context = {
            "form": form,
            "dates": dates,
            "first": dates[0] if dates else None,
            "holidays": selectors.holidays_among(dates),
            "shelves": shelves,
            "kits": self.kit_rows(dates),
            "gone": [picked[slug] for slug in gone if slug in picked],
            "chosen": chosen,
            "check": check,
            "whole": [one.as_dict() for one in check.verdicts] if check else [],
            "said": [
                {
                    "line": line,
                    "kit": line.kit.kit if line.kit else None,
                    "verdicts": [one.as_dict() for one in line.verdicts],
                    "tz": catalogue.zone(line.resource),
                }
                for line in (check.lines if check else ())
                if not line.ok or line.verdicts
            ][:MOST_SHOWN],
            "prices": prices_in_words([one.price for one in check.lines if one.ok and one.price is not None])
            if check and check.total is not None
            else [],
            "well": sum(line.ok for line in check.lines) if check else 0,
            "ticks": ticks_of(check),
            "may_override": bool(
                check
                and any(
                    one.blocks and not one.tick
                    for one in (*check.verdicts, *(v for li in check.lines for v in li.verdicts))
                )
            ),
            "tz": self.tz,
            "repeat_open": bool(form.is_bound and form.data.get("repeat")),
        }
        return render(self.request, "booking/cases/together.html", context, status=status)
