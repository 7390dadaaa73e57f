"""Public pages of what can be lent: search and lists with "free from–to", and one thing with its live availability.

They work without JavaScript: every control is a link or a form with GET. htmx fetches the same addresses and takes the
part of the page that changes. A host's own page types build on the `*_context` functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from booking.catalogue import presentation
from booking.catalogue import public as catalogue_public
from booking.catalogue import rules as catalogue_rules
from booking.catalogue import selectors as catalogue
from booking.catalogue.models import Feature, Kind, Resource, ResourceState
from booking.catalogue.presentation import Presentation
from booking.catalogue.registry import page_banners, page_notes
from booking.catalogue.rules import EffectiveRules
from booking.foundation import clock, wording
from booking.foundation.conf import booking_settings
from booking.foundation.errors import DomainError
from booking.foundation.i18n import current_language, localized
from booking.occupancy import kits as kit_pages
from booking.occupancy import selectors
from booking.occupancy.selectors.reading import Busy

PER_PAGE = 24
#: Lengths that the search offers, in minutes.
LENGTHS = (30, 60, 90, 120, 180, 240, 360, 480)
#: How far back and ahead the week table may be turned.
WEEKS_BACK = 0
WEEKS_AHEAD = 78


# --- search ----------------------------------------------------------------------------------------------------------


def _lengths() -> list[tuple[str, str]]:
    return [(str(minutes), wording.duration_words(timedelta(minutes=minutes))) for minutes in LENGTHS]


class SearchForm(forms.Form):
    """What somebody looks for. Nothing is required; what can't be read is told at its field, the rest still holds."""

    q = forms.CharField(label=gettext_lazy("What do you need?"), required=False, max_length=200)
    day = forms.DateField(
        label=gettext_lazy("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    time = forms.TimeField(
        label=gettext_lazy("From"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    minutes = forms.ChoiceField(label=gettext_lazy("How long"), required=False, choices=_lengths)
    quantity = forms.IntegerField(label=gettext_lazy("How many"), required=False, min_value=1, max_value=100_000)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    capacity = forms.IntegerField(
        label=gettext_lazy("Room for at least"), required=False, min_value=1, max_value=1_000_000
    )
    feature = forms.MultipleChoiceField(
        label=gettext_lazy("It must have"), required=False, widget=forms.CheckboxSelectMultiple
    )
    access = forms.MultipleChoiceField(
        label=gettext_lazy("Accessibility"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("step_free", gettext_lazy("Step-free access")),
            ("accessible_toilet", gettext_lazy("Accessible toilet")),
            ("hearing_loop", gettext_lazy("Hearing loop")),
            ("lift", gettext_lazy("Lift")),
            ("quiet_room", gettext_lazy("Quiet room")),
        ],
    )
    near = forms.CharField(required=False, widget=forms.HiddenInput, max_length=80)

    def __init__(
        self, *args: Any, kinds: Sequence[str], features: Sequence[Feature], now: datetime, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        labels = dict(Kind.choices)
        self.fields["kind"].choices = [("", _("All")), *((kind, labels[kind]) for kind in kinds)]
        self.fields["feature"].choices = [(one.slug, str(localized(one, "name"))) for one in features]
        if not features:
            del self.fields["feature"]

    def clean_near(self) -> Any:
        """The point and circle of ``near=lat,lon,km``."""
        text = self.cleaned_data["near"]
        if not text:
            return None
        try:
            return catalogue_rules.parse_near(text)
        except DomainError as error:
            raise forms.ValidationError(error.text) from error

    def clean_day(self) -> date | None:
        """A day that is still to come, and near enough to have a calendar."""
        day: date | None = self.cleaned_data["day"]
        today = clock.local_date(self.now, booking_settings().tz)
        if day is not None and day < today:
            raise forms.ValidationError(_("This day has passed."))
        if day is not None and day > today + timedelta(weeks=WEEKS_AHEAD):
            raise forms.ValidationError(_("This day is too far ahead."))
        return day

    def clean(self) -> dict[str, Any]:
        """A time needs a day, and has not passed."""
        cleaned = super().clean() or {}
        day, at = cleaned.get("day"), cleaned.get("time")
        if at and not day and "day" not in self.errors:
            self.add_error("day", _("Which day? Without it we can't look for a time."))
        if at and day and clock.wall(day, at, booking_settings().tz) < self.now:
            self.add_error("time", _("This time has passed."))
        return cleaned


@dataclass(frozen=True, slots=True)
class Wish:
    """A time that was asked for in the search: whole, or (without `at`) any time of that length on the day."""

    day: date
    at: time | None
    minutes: int
    quantity: int
    tz: ZoneInfo

    @property
    def start(self) -> datetime:
        """When it begins, or when the day does."""
        return clock.wall(self.day, self.at or time(), self.tz)

    @property
    def end(self) -> datetime:
        """When it ends, or when the day does."""
        if self.at is None:
            return clock.wall(self.day + timedelta(days=1), time(), self.tz)
        return self.start + timedelta(minutes=self.minutes)

    @property
    def words(self) -> str:
        """ "tirsdag 24. november kl. 17.00–18.30", or the day and a length."""
        today = clock.today(self.tz)
        if self.at is None:
            length = wording.duration_words(timedelta(minutes=self.minutes))
            return _("%(length)s on %(day)s") % {"length": length, "day": wording.day_words(self.day, today=today)}
        return wording.when_words(self.start, self.end, self.tz, today=today)


@dataclass(frozen=True, slots=True)
class Card:
    """One resource in a list, ready for the card component."""

    resource: dict[str, Any]
    url: str
    picture: str
    alt: str
    place: str
    free: str
    step_free: str


def _wish(form: SearchForm, tz: ZoneInfo) -> Wish | None:
    data = form.cleaned_data
    if not data.get("day"):
        return None
    return Wish(data["day"], data.get("time"), int(data.get("minutes") or 60), data.get("quantity") or 1, tz)


def index_context(request: HttpRequest, *, kinds: Sequence[str], now: datetime) -> dict[str, Any]:
    """The list of what is public of these kinds, narrowed by what the address asks for. Constant number of queries.

    Keys: form, asked (anything was asked for), cards, kits (more cards), page_obj, total, wish, kinds, problem (a
    sentence, when the question as a whole can't be answered).
    """
    tz = booking_settings().tz
    features = list(Feature.objects.filter(resources__kind__in=kinds).distinct().order_by("name"))
    asked = bool(set(request.GET) - {"page"}) and any(value for key, value in request.GET.items() if key != "page")
    # Choices have defaults that the address may leave out; an empty form is bound too, so that there is one path.
    data = request.GET.copy()
    data.setdefault("minutes", "60")
    form = SearchForm(data, kinds=kinds, features=features, now=now, auto_id="s-%s")
    form.full_clean()
    given = form.cleaned_data
    problem = ""
    known = catalogue.snapshot()
    found = catalogue.search(
        [thing for thing in known.shown if thing.kind in kinds],
        known,
        q=given.get("q", ""),
        kind=given.get("kind", ""),
        features=given.get("feature", ()),
        capacity_min=given.get("capacity"),
        near=given.get("near"),
        accessible=given.get("access", ()),
    )
    if given.get("near"):
        found = catalogue.by_distance(found, given["near"])
    wish = None
    if not form.errors.keys() & {"day", "time", "minutes", "quantity"}:
        wish = _wish(form, tz)
    if wish is not None:
        try:
            found = _free_at(found, wish, now, known)
        except DomainError as error:
            problem, wish = error.text, None
            found = []
    elif given.get("quantity"):
        found = [thing for thing in found if known.quantity(thing.pk) >= given["quantity"]]
    elif not asked:
        # Halves and thirds stand on the page of their whole; whoever looks for something finds them here too.
        found = [thing for thing in found if thing.parent_id is None]
    kits = (
        kit_pages.listed(given, kinds=kinds, user=request.user, wish=wish, known=known)
        if not problem and not form.errors
        else []
    )
    paginator = Paginator(found, PER_PAGE)
    try:
        page = paginator.page(_page_number(request))
    except EmptyPage:
        page = paginator.page(paginator.num_pages)
    return {
        "form": form,
        "asked": asked,
        "cards": cards(_rows(page.object_list), now=now, wish=wish, known=known),
        # Kits stand before the things, once.
        "kits": kits if page.number == 1 else [],
        "page_obj": page,
        "total": len(found) + len(kits),
        "total_words": ngettext("%(n)s hit", "%(n)s hits", len(found) + len(kits)) % {"n": len(found) + len(kits)},
        "wish": wish,
        "kinds": kinds,
        "problem": problem,
        "more_open": bool(form.errors.keys() & {"capacity", "feature", "access", "quantity", "kind", "near"}),
        "filters_used": sum(1 for name in ("capacity", "feature", "access", "quantity", "near") if given.get(name)),
    }


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:9]) < 10**6 else 1


def _rows(things: Iterable[catalogue.Thing]) -> list[Resource]:
    """The whole rows of these things, in order, with units and what they are part of. One query."""
    ids = [thing.pk for thing in things]
    rows = Resource.objects.select_related("parent", "unit").in_bulk(ids)
    return [rows[pk] for pk in ids if pk in rows]


def _free_at(
    things: Sequence[catalogue.Thing], wish: Wish, now: datetime, known: catalogue.Snapshot
) -> list[catalogue.Thing]:
    """Those that can be had at that time, or for that long on that day."""
    if wish.at is not None:
        free = selectors.free_resource_ids(things, wish.start, wish.end, wish.quantity, known=known)
        return [thing for thing in things if thing.pk in free]
    seen = selectors.availability(things, max(wish.start, now), wish.end, known=known)
    return [
        thing
        for thing in things
        if any(
            end - start >= wish.minutes * 60 and quantity >= wish.quantity
            for start, end, quantity in seen[thing.pk].free
        )
    ]


def cards(
    resources: list[Resource],
    *,
    now: datetime,
    wish: Wish | None = None,
    line: catalogue.Lineage | None = None,
    seen: Mapping[int, selectors.Availability] | None = None,
    known: catalogue.Snapshot | None = None,
) -> list[Card]:
    """Cards with picture, place, and when each is free: at the wished time, else soon. Constant number of queries.

    ``line``, ``seen`` (availability that covers today and tomorrow) and ``known`` save queries when the caller has
    them.
    """
    # What was made since the snapshot waits for the next request.
    resources = [resource for resource in resources if known is None or resource.pk in known.things]
    if not resources:
        return []
    shown = presentation.presentations([resource.pk for resource in resources], current_language())
    effective: Mapping[int, EffectiveRules]
    if known is not None:
        line, effective = known.line, known.effective
        counts = {resource.pk: known.quantity(resource.pk) for resource in resources}
    else:
        line = line or catalogue.lineage(resources)
        effective = catalogue.effective_rules(resources, line=line)
        counts = catalogue.quantities(resources)
    notes = _free_words(resources, now=now, wish=wish, effective=effective, line=line, seen=seen, known=known)
    query = f"?week={wish.day.isoformat()}" if wish is not None else ""
    result = []
    for resource in resources:
        page = shown.get(resource.pk) or Presentation(url=reverse("booking:resource", args=[resource.slug]))
        result.append(
            Card(
                resource={
                    "name": resource.name,
                    "name_nn": resource.name_nn,
                    "name_en": resource.name_en,
                    "kind": resource.kind,
                    "capacity": resource.capacity,
                    "quantity": counts[resource.pk],
                    "approval": effective[resource.pk].approval,
                },
                url=page.url + query,
                picture=page.picture_url,
                alt=page.picture_alt,
                place=resource.address or (resource.parent.address if resource.parent else ""),
                free=notes.get(resource.pk, ""),
                step_free=resource.step_free,
            )
        )
    return result


def _free_words(
    resources: list[Resource],
    *,
    now: datetime,
    wish: Wish | None,
    effective: Mapping[int, EffectiveRules],
    line: catalogue.Lineage,
    seen: Mapping[int, selectors.Availability] | None,
    known: catalogue.Snapshot | None,
) -> dict[int, str]:
    """When each is free, in words: "Free then", "Free now, until 17.00", "Free tomorrow 08.00–12.00"; "" when it isn't.

    Without a wish: the first time until the end of tomorrow that is long enough and can still be asked for in time.
    """
    if wish is not None and wish.at is not None:
        text = _("Free then")
        return {resource.pk: text for resource in resources}
    tz = booking_settings().tz
    today = clock.local_date(now, tz)
    start = max(wish.start, now) if wish else now
    end = wish.end if wish else clock.wall(today + timedelta(days=2), time(), tz)
    notes = {}
    if seen is None:
        things = resources if known is None else [known.things[resource.pk] for resource in resources]
        seen = selectors.availability(things, start, end, effective=effective, line=line, known=known)
    for pk in (resource.pk for resource in resources):
        rules = effective[pk]
        least = wish.minutes * 60 if wish else max(rules.min_minutes or 0, 30) * 60
        earliest = 0 if wish else int(now.timestamp()) + rules.lead_hours * 3600
        for begins, ends, quantity in seen[pk].free:
            from_ = max(begins, earliest)
            if ends - from_ >= least and quantity >= (wish.quantity if wish else 1):
                notes[pk] = _soon(_moment(from_), _moment(ends), now, tz) if wish is None else _times(from_, ends, tz)
                break
    return notes


def _times(begins: int, ends: int, tz: ZoneInfo) -> str:
    return wording.times_words(_moment(begins), _moment(ends), tz)


def _soon(start: datetime, end: datetime, now: datetime, tz: ZoneInfo) -> str:
    """A free time today or tomorrow. One that has begun says only when it ends."""
    today = clock.local_date(now, tz)
    if start - now < timedelta(minutes=5):
        if end - now > timedelta(hours=24):
            return _("Free now")
        until = clock.local(end, tz)
        return _("Free now, until %(end)s") % {"end": wording.clock_words(until, end_of_day=until.time() == time())}
    # A wish to ask in time rarely ends on the quarter: round up to the next one.
    start += timedelta(minutes=-start.minute % 15, seconds=-start.second, microseconds=-start.microsecond)
    times = wording.times_words(start, end, tz)
    if clock.local_date(start, tz) == today:
        return _("Free today %(times)s") % {"times": times}
    return _("Free tomorrow %(times)s") % {"times": times}


def _moment(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, tz=booking_settings().tz)


# --- one thing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Week:
    """A local week, Monday to Sunday, and where its neighbours are ("" at the ends).

    ``first``: the first day worth showing: of this week, today.
    """

    monday: date
    first: date
    start: datetime
    end: datetime
    number: int
    is_this: bool
    before: str
    after: str
    this: str

    @property
    def sunday(self) -> date:
        """The last day."""
        return self.monday + timedelta(days=6)

    @property
    def days(self) -> int:
        """How many days are shown."""
        return (self.sunday - self.first).days + 1


def _week(request: HttpRequest, resource: Resource, *, now: datetime) -> Week:
    """The week of ``?week=2026-11-23`` (any day of it), else this week; never outside of what can be asked for."""
    tz = catalogue.zone(resource)
    today = clock.local_date(now, tz)
    this = today - timedelta(days=today.weekday())
    first, last = this - timedelta(weeks=WEEKS_BACK), this + timedelta(weeks=WEEKS_AHEAD)
    try:
        wanted = date.fromisoformat(request.GET.get("week", "")[:10])
    except ValueError:
        wanted = today
    wanted = min(max(wanted, first), last + timedelta(days=6))
    monday = wanted - timedelta(days=wanted.weekday())

    def address(day: date) -> str:
        if not first <= day <= last:
            return ""
        query = request.GET.copy()
        query["week"] = day.isoformat()
        return f"?{query.urlencode()}#when"

    return Week(
        monday=monday,
        first=max(monday, today),
        start=clock.wall(monday, time(), tz),
        end=clock.wall(monday + timedelta(days=7), time(), tz),
        number=monday.isocalendar().week,
        is_this=monday == this,
        before=address(monday - timedelta(days=7)),
        after=address(monday + timedelta(days=7)),
        this=address(this),
    )


def _merged(rows: Sequence[Busy], most: int) -> list[Busy]:
    """What reads the same is told once: a series in each third of a hall is one row on the page of the whole hall.

    Of counted things (``most`` above 1) the numbers add up.
    """
    told: dict[tuple[int, int, str, str], int] = {}
    for start, end, status, quantity, label in rows:
        key = (start, end, status, label)
        told[key] = min(told.get(key, 0) + quantity, most)
    return [(start, end, status, quantity, label) for (start, end, status, label), quantity in told.items()]


def _dicts(rows: Sequence[Any], tz: ZoneInfo) -> list[dict[str, Any]]:
    """Intervals of the selector (epoch seconds) as the table component takes them."""
    found = []
    for row in rows:
        item: dict[str, Any] = {
            "start": datetime.fromtimestamp(row[0], tz=tz),
            "end": datetime.fromtimestamp(row[1], tz=tz),
        }
        if len(row) == 3:
            item["quantity"] = row[2]
        else:
            item |= {"status": row[2], "quantity": row[3], "label": row[4]}
        found.append(item)
    return found


def page_context(request: HttpRequest, resource_id: int | None, *, now: datetime) -> dict[str, Any]:
    """`resource_context` for a page that presents the resource. Raises Http404 for what a visitor may not know of.

    An editor's preview shows the page of a thing that isn't public yet.
    """
    found, parts = catalogue_public.with_parts(pk=resource_id) if resource_id is not None else (None, [])
    if found is None and getattr(request, "is_preview", False):
        found = Resource.objects.select_related("unit", "parent").filter(pk=resource_id).first()
    if found is None:
        raise Http404
    return resource_context(request, found, parts, now=now)


def resource_context(
    request: HttpRequest, resource: Resource, parts: list[Resource], *, now: datetime
) -> dict[str, Any]:
    """What the page of one resource shows. Constant number of queries.

    Keys: resource, facts, week, free, busy, tz, counted, shortest, ask_url, api_url, feed_url, webcal_url, parts.
    """
    tz = catalogue.zone(resource)
    on = clock.local_date(now, tz)
    line = catalogue.lineage([resource, *parts])
    facts = catalogue_public.facts(resource, on=on, line=line, parts=parts)
    week = _week(request, resource, now=now)
    # A week that holds today and tomorrow answers for the parts' cards as well.
    soon = week.is_this and week.end >= clock.wall(on + timedelta(days=2), time(), tz)
    asked = [resource, *parts] if soon else [resource]
    availability = selectors.availability(asked, week.start, week.end, line=line)
    seen = availability[resource.pk]
    feed = f"/feeds/resource-{resource.slug}.ics"
    base = booking_settings().public_base_url
    return {
        "resource": resource,
        "facts": facts,
        "week": week,
        "free": _dicts(seen.free, tz),
        "busy": _dicts(_merged(seen.busy, max(facts.quantity, 1)), tz),
        "tz": tz,
        "counted": facts.quantity > 1,
        "shortest": facts.rules.min_minutes or facts.rules.step_minutes,
        "ask_url": _address("booking:ask", resource.slug),
        "api_url": f"/api/booking/v1/resources/{resource.slug}/availability/",
        "feed_url": base + feed,
        "webcal_url": f"webcal://{base.partition('://')[2]}{feed}",
        "part_cards": cards(parts, now=now, line=line, seen=availability if soon else None),
        "index_url": index_url(request, resource.kind),
        "notes": page_notes(resource, getattr(request, "user", None), on),
        "banners": page_banners(resource, now),
    }


def _address(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def index_url(request: HttpRequest | None, kind: str) -> str:
    """The list that things of this kind stand in: the site's own page if it has one. Asked once per request."""
    language = current_language()
    known: dict[str, dict[str, str]] = getattr(request, "_samskap_index_urls", {})
    if language not in known:
        known[language] = presentation.index_urls(language)
        if request is not None:
            request._samskap_index_urls = known  # type: ignore[attr-defined]
    listed = "equipment" if kind in (Kind.EQUIPMENT, Kind.HELP) else "venues"
    return known[language].get(kind) or reverse(f"booking:{listed}")


def home_context(request: HttpRequest, *, now: datetime) -> dict[str, Any]:
    """What the front page shows: a search, what is free today, and the ways in. Constant number of queries."""
    known = catalogue.snapshot()
    places = [one for one in known.shown if one.parent_id is None and one.kind in (Kind.VENUE, Kind.AREA)]
    # Enough to choose from without reading the whole catalogue into every front page.
    free_soon = [card for card in cards(_rows(places[:60]), now=now, known=known) if card.free]
    # What has a picture first: it says most at a glance.
    free_soon.sort(key=lambda card: not card.picture)
    return {
        "form": SearchForm({"minutes": "60"}, kinds=Kind.values, features=(), now=now, auto_id="s-%s"),
        "free_soon": free_soon[:6],
        "venues_url": index_url(request, Kind.VENUE),
        "equipment_url": index_url(request, Kind.EQUIPMENT),
        "search_url": reverse("booking:find"),
        "my_cases_url": _address("booking:my_cases"),
        "enquiry_url": _address("booking:enquiry"),
        "promise_days": booking_settings().promise_days,
    }


# --- addresses -------------------------------------------------------------------------------------------------------


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Search in everything that can be lent."""
    context = index_context(request, kinds=Kind.values, now=clock.now())
    return render(request, "booking/occupancy/index.html", context | {"heading": _("Find something to borrow")})


def _listed(request: HttpRequest, kinds: Sequence[str], heading: str) -> HttpResponse:
    own = presentation.index_urls(current_language()).get(kinds[0], "")
    if own and own != request.path:
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(f"{own}?{query}" if query else own)
    return render(
        request,
        "booking/occupancy/index.html",
        index_context(request, kinds=kinds, now=clock.now()) | {"heading": heading},
    )


@require_safe
def venues(request: HttpRequest) -> HttpResponse:
    """Venues and areas; the site's own list page if it has one."""
    return _listed(request, (Kind.VENUE, Kind.AREA), _("Premises and areas"))


@require_safe
def equipment(request: HttpRequest) -> HttpResponse:
    """Equipment and help; the site's own list page if it has one."""
    return _listed(request, (Kind.EQUIPMENT, Kind.HELP), _("Equipment and help"))


@require_safe
def resource(request: HttpRequest, slug: str) -> HttpResponse:
    """One thing. Leads to its own page if it has one; 410 with words for what is no longer lent; 404 for the rest."""
    found, parts = catalogue_public.with_parts(slug=slug)
    if found is None:
        retired = Resource.objects.filter(slug=slug, state=ResourceState.RETIRED, public=True).first()
        if retired is None:
            raise Http404
        context = {"resource": retired, "index_url": index_url(request, retired.kind)}
        return render(request, "booking/occupancy/retired.html", context, status=410)
    page = presentation.presentations([found.pk], current_language()).get(found.pk)
    if page is not None and page.url != request.path:
        query = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(f"{page.url}?{query}" if query else page.url)
    return render(request, "booking/occupancy/resource.html", resource_context(request, found, parts, now=clock.now()))
