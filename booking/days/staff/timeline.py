"""The timeline of things and days in the CMS admin, with a table that says the same in words.

One address: ``?span=1|7|28&day=&unit=&venue=&kind=&page=&fold=1,2&as=table``. Everything on it is a link that works
with the keyboard; dragging a bar is an improvement on "Move …", and opens the same page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.viewsets.base import ViewSet

from booking.cases.services.proposing import MOVABLE
from booking.cases.staff import words
from booking.catalogue.models import Kind, Unit
from booking.catalogue.staff.access import today, unit_ids
from booking.days import rules
from booking.days.rules import Bar, Scale
from booking.days.selectors import timeline
from booking.days.selectors.timeline import Item, Row
from booking.foundation import clock
from booking.foundation.doors.params import parse_date, parse_int
from booking.foundation.errors import DomainError
from booking.foundation.i18n import localized
from booking.foundation.wording import day_words, weekday_short, when_words

NAMESPACE = "booking_timeline"
SPANS = {1: _("One day"), 7: _("One week"), 28: _("Four weeks")}
#: So many things on a page; the next ones stand on the next page.
PER_PAGE = 50
#: Height of a bar's lane in the drawing, and of a row without anything.
LANE, GAP = 26, 4
#: What each kind of bar is called, and the sign on it: nobody has to tell colours apart.
KIND_LABELS: dict[str, tuple[Any, str]] = {
    "granted": (_("Granted"), "●"),
    "season": (_("Season hours"), "S"),
    "agreement": (_("Agreement"), "A"),
    "import": (_("Imported calendar"), "K"),
    "requested": (_("Asked for"), "?"),
    "held": (_("Held until it is decided"), "?!"),
    "proposed": (_("Proposed new time"), "→"),
    "displaced": (_("Displaced"), "×"),
    "closure": (pgettext_lazy("place", "Closed"), "–"),
    "maintenance": (_("Maintenance"), "M"),
    "works": (_("Works"), "W"),
    "taken_back": (_("Taken back by the municipality"), "T"),
    "elsewhere": (_("Taken: shares the space"), "="),
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the address says, tidied."""

    first: date
    span: int
    unit: int | None
    venue: int | None
    kind: str
    folded: frozenset[int]
    page: int
    table: bool

    def address(self, **changes: Any) -> str:
        """The same page with something else."""
        values = {
            "day": self.first.isoformat(), "span": self.span, "unit": self.unit or "", "venue": self.venue or "",
            "kind": self.kind, "fold": ",".join(str(pk) for pk in sorted(self.folded)), "page": self.page,
            "as": "table" if self.table else "",
        }  # fmt: skip
        values |= changes
        kept = {name: value for name, value in values.items() if value not in ("", 1) or name == "span"}
        return "?" + urlencode(kept)


def read_choices(request: HttpRequest, on: date) -> Choices:
    """From the address; nonsense is as if it weren't there."""
    asked = request.GET

    def number(name: str) -> int | None:
        try:
            return parse_int(asked[name], least=1, most=2**31 - 1) if asked.get(name) else None
        except DomainError:
            return None

    try:
        first = parse_date(asked["day"]) if asked.get("day") else on
    except DomainError:
        first = on
    span = number("span") or 7
    if span not in SPANS:
        span = 7
    if span > 1:
        first -= timedelta(days=first.weekday())
    folded = {
        int(raw) for raw in asked.get("fold", "").split(",")[:200] if raw.isascii() and raw.isdigit() and len(raw) < 10
    }
    kind = asked.get("kind", "")
    return Choices(
        first=min(max(first, date(1970, 1, 5)), date(2090, 1, 2)),
        span=span,
        unit=number("unit"),
        venue=number("venue"),
        kind=kind if kind in Kind.values else "",
        folded=frozenset(folded),
        page=number("page") or 1,
        table=asked.get("as") == "table",
    )


class TimelinePage(WagtailAdminTemplateMixin, TemplateView):
    """Things of the own units over some days."""

    template_name = "booking/days/staff/timeline.html"
    page_title = _("Timeline")
    header_icon = "calendar-alt"
    _show_breadcrumbs = True
    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Staff of a unit only; the menu doesn't show it to others either."""
        if not unit_ids(request.user):
            raise Http404
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """It stands by itself."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.get_page_title()}]

    @cached_property
    def units(self) -> frozenset[int]:
        """Whose things are shown."""
        return unit_ids(self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """A constant number of queries, whatever the number of things and days."""
        now, on = clock.now(), today()
        asked = read_choices(self.request, on)
        all_things = timeline.listed(self.units)
        chosen = asked.unit or asked.venue or asked.kind
        things = (
            all_things
            if not chosen
            else timeline.listed(self.units, unit=asked.unit, venue=asked.venue, kind=asked.kind)
        )
        tree = timeline.in_tree(things, asked.folded)
        paginator = Paginator(tree, PER_PAGE)
        page = paginator.get_page(asked.page)
        rows: list[Row] = list(page.object_list)
        timeline.fill(rows, asked.first, asked.span, unit_ids=self.units)
        drawing = _drawing(rows, asked, now) if not asked.table else {}
        return super().get_context_data(**kwargs) | {
            "asked": asked,
            "spans": [(days, label, asked.address(span=days), days == asked.span) for days, label in SPANS.items()],
            "earlier": asked.address(day=(asked.first - timedelta(days=asked.span)).isoformat()),
            "later": asked.address(day=(asked.first + timedelta(days=asked.span)).isoformat()),
            "now_address": asked.address(day=on.isoformat()),
            "heading": _heading(asked, on),
            "as_table": asked.address(**{"as": "table"}),
            "as_timeline": asked.address(**{"as": ""}),
            "units": Unit.objects.filter(pk__in=self.units).order_by("name"),
            "venues": [row for row in timeline.in_tree(all_things) if row.depth == 0 and row.parts],
            "kinds": Kind.choices,
            "rows": [] if asked.table else [_shown_row(row, asked, drawing) for row in rows],
            "listed": _listed(rows, asked, on) if asked.table else [],
            "drawing": drawing,
            "legend": [(kind, label, sign) for kind, (label, sign) in KIND_LABELS.items()],
            "page": page,
            "previous_page": asked.address(page=page.number - 1) if page.has_previous() else "",
            "next_page": asked.address(page=page.number + 1) if page.has_next() else "",
            "move_address": reverse(f"{NAMESPACE}:move", args=[0]),
        }


def _heading(asked: Choices, on: date) -> str:
    if asked.span == 1:
        words_ = day_words(asked.first, today=on)
        return words_[:1].upper() + words_[1:]
    last = asked.first + timedelta(days=asked.span - 1)
    week = asked.first.isocalendar().week
    if asked.span == 7:
        return gettext("Week %(week)s: %(first)s – %(last)s") % {
            "week": week, "first": day_words(asked.first, today=on, with_weekday=False),
            "last": day_words(last, today=on, with_weekday=False),
        }  # fmt: skip
    return gettext("Weeks %(first_week)s–%(last_week)s: %(first)s – %(last)s") % {
        "first_week": week, "last_week": last.isocalendar().week,
        "first": day_words(asked.first, today=on, with_weekday=False),
        "last": day_words(last, today=on, with_weekday=False),
    }  # fmt: skip


# --- the drawing -----------------------------------------------------------------------------------------------------


def percent(hundredths: int) -> str:
    """A position as SVG takes it, always with a point."""
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def _bars(row: Row) -> list[Bar]:
    return [
        Bar(index, item.start.astimezone(row.tz).replace(tzinfo=None), item.end.astimezone(row.tz).replace(tzinfo=None))
        for index, item in enumerate(row.items)
    ]


def _drawing(rows: Sequence[Row], asked: Choices, now: datetime) -> dict[str, Any]:
    """The scale, the lines of days, and the words above them."""
    bars = {row.resource.pk: _bars(row) for row in rows}
    opens = rules.first_hour((bar for found in bars.values() for bar in found), asked.first, asked.span)
    scale = Scale(asked.first, asked.span, opens)
    on = today()
    days = []
    for number in range(asked.span):
        day = asked.first + timedelta(days=number)
        left = round(number * 10_000 / asked.span)
        short = asked.span == 28
        label = f"{weekday_short(day)[:2]} {day.day}." if short else f"{weekday_short(day)} {day.day}.{day.month}."
        days.append(
            {
                "day": day, "left": percent(left), "width": percent(round(10_000 / asked.span)), "label": label,
                "weekend": day.weekday() >= 5, "today": day == on,
                "address": asked.address(day=day.isoformat(), span=1),
            }
        )  # fmt: skip
    hours = []
    if asked.span == 1:
        step = 2 if opens else 1
        for hour in range(opens, 24, step if opens == 0 else 1):
            moment = datetime.combine(asked.first, time(hour))
            hours.append({"left": percent(scale.position(moment)), "label": f"{hour:02d}"})
    local = clock.local(now, rows[0].tz).replace(tzinfo=None) if rows else None
    inside = local is not None and asked.first <= local.date() <= scale.last
    return {
        "scale": scale, "bars": bars, "days": days, "hours": hours,
        "now": percent(scale.position(local)) if inside and local is not None else "",
    }  # fmt: skip


def _shown_row(row: Row, asked: Choices, drawing: Mapping[str, Any]) -> dict[str, Any]:
    scale: Scale = drawing["scale"]
    placed = rules.place(drawing["bars"][row.resource.pk], scale)
    hidden = sum(one.lane >= rules.MOST_LANES for one in placed)
    lanes = min(max((one.lane + 1 for one in placed), default=1), rules.MOST_LANES)
    bars = [
        {
            "x": percent(one.left), "width": percent(one.width), "y": one.lane * LANE + GAP, "height": LANE - GAP,
            "narrow": one.width < 240, **_shown_item(row.items[one.key], row.tz, asked),
        }
        for one in placed
        if one.lane < rules.MOST_LANES
    ]  # fmt: skip
    fold = asked.folded ^ {row.resource.pk}
    return {
        "resource": row.resource, "name": localized(row.resource, "name"), "depth": row.depth, "parts": row.parts,
        "folded": row.folded, "fold_address": asked.address(fold=",".join(str(pk) for pk in sorted(fold)), page=1),
        "height": lanes * LANE + GAP, "bars": bars, "hidden": hidden,
        "inspect": reverse("booking_resources:inspect", args=[row.resource.pk]),
    }  # fmt: skip


def _who(item: Item) -> str:
    if item.case is None:
        return item.label
    return words.who(item.case)


def _shown_item(item: Item, tz: ZoneInfo, asked: Choices) -> dict[str, Any]:
    """A bar or a line of the table in words."""
    label, sign = KIND_LABELS[item.kind]
    who = _who(item)
    what = (item.case.title or item.case.purpose[:80]) if item.case is not None else ""
    times = when_words(item.start, item.end, tz, short=True)
    movable = (
        item.ours
        and item.line is not None
        and item.kind != "proposed"
        and item.line.state in MOVABLE
        and item.line.start > clock.now()
    )
    move = reverse(f"{NAMESPACE}:move", args=[item.line.pk]) if movable and item.line is not None else ""
    case_url = reverse("booking_cases:inspect", args=[item.case.pk]) if item.ours and item.case is not None else ""
    full = ", ".join(str(part) for part in (label, times, who, what) if part)
    return {
        "kind": item.kind, "kind_label": label, "sign": sign, "who": who, "what": what, "times": times, "full": full,
        "move": move, "url": case_url, "quantity": item.quantity,
        "line": item.line.pk if item.line is not None else None,
        "reference": item.case.reference if item.case is not None and item.ours else "",
        "dragged": f"{item.start.astimezone(tz):%H:%M}" if movable else "",
    }  # fmt: skip


# --- the table -------------------------------------------------------------------------------------------------------


def _listed(rows: Sequence[Row], asked: Choices, on: date) -> list[dict[str, Any]]:
    """Everything of the drawing, also what it has no room for, thing by thing and by time."""
    last = asked.first + timedelta(days=asked.span)
    found = []
    for row in rows:
        shown = [
            _shown_item(item, row.tz, asked)
            for item in row.items
            if clock.local_date(item.start, row.tz) < last and item.end > clock.wall(asked.first, time(), row.tz)
        ]
        found.append(
            {"resource": row.resource, "name": localized(row.resource, "name"), "depth": row.depth, "items": shown}
        )
    return found


class TimelineMenuItem(MenuItem):  # type: ignore[misc]
    """Shown to who has a role in a unit."""

    def is_shown(self, request: HttpRequest) -> bool:
        """As the page answers."""
        return bool(unit_ids(request.user))


class TimelineViewSet(ViewSet):  # type: ignore[misc]
    """In the "Booking" menu."""

    name = NAMESPACE
    url_prefix = "booking/timeline"
    icon = "calendar-alt"
    menu_label = _("Timeline")
    menu_name = "booking-timeline"
    menu_item_class = TimelineMenuItem

    def get_urlpatterns(self) -> list[Any]:
        """The page, and the form of a move."""
        from booking.days.staff.moving import MovePage

        return [
            path("", TimelinePage.as_view(), name="index"),
            path("move/<int:pk>/", MovePage.as_view(), name="move"),
        ]
