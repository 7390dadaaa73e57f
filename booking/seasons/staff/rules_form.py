"""The rules of a round in fields: hours by age, classes in order, limits and guarantees, each with its words.

The form makes the rules' data (``rules.presets``); what that reading finds wrong is shown at the field it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.text import slugify
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from booking.foundation.errors import DomainError
from booking.organisations.models import OrganisationKind
from booking.seasons.forms import Refusable
from booking.seasons.rules import presets
from booking.seasons.staff.rules_rows import MOST, band_keys, from_rules, uses_of
from booking.seasons.wording import band_text, read_text, tier_text
from booking.seasons.wording_texts import BANDS

_YES_NO = (("", pgettext_lazy("rule", "any")), ("yes", _("Yes")), ("no", _("No")))
#: Member of a condition → its question.
QUESTIONS = (
    ("indoor", _("Needs a hall")),
    ("adapted", _("Adapted for disabled people")),
    ("organised", _("Organised")),
)
GATES = (
    ("registered", _("Only organisations that the municipality has verified")),
    ("resident", _("Only organisations that belong to the municipality")),
    ("open_membership", _("Only organisations that anybody can join")),
    ("no_own_hall", _("Not organisations with a hall of their own")),
    ("organised", _("Only organised activity")),
)
CAPS = (
    ("team_minutes_day", _("Most minutes a day for a team")),
    ("team_minutes_week", _("Most minutes a week for a team")),
    ("team_days_week", _("Most days a week for a team")),
    ("club_minutes_day", _("Most minutes a day for an organisation")),
    ("club_minutes_week", _("Most minutes a week for an organisation")),
)
ORDERS = (
    ("coverage", _("Whoever has the lowest coverage gets the next hours")),
    ("received", _("Who asked first is served first")),
    ("lottery", _("By lot")),
)
AFTER_WORST = (
    ("next_worst", _("Raise the next lowest, and so on")),
    ("most_hours", _("Give as many hours as possible, whoever gets them")),
)
LAST_SEASON = (
    ("right", _("Who had an hour keeps it")),
    ("preference", _("Among timetables that are as fair, the one with fewest changes")),
    ("none", _("It doesn't count")),
)
TIES = (
    ("coverage", _("The lower coverage")),
    ("last_season", _("Who had hours last season")),
    ("lottery", pgettext_lazy("rule", "By lot")),
    ("received", _("Who asked first")),
)
#: Parts of the page, for faults that are about no single field.
_PARTS: dict[str, Any] = {"classes": _("Classes"), "windows": _("Hours by age"), "bands": _("Age bands")}
_MINUTES: Any = {"min_value": 0, "max_value": 7 * 24 * 60}


class ClockField(forms.CharField):
    """A time of the day as the rules have it: "18:30", "24:00"; also typed as "18" or "18.30". Empty: None."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"size": "6", "inputmode": "numeric", "autocomplete": "off"})
        super().__init__(required=False, max_length=5, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        """ "18:30"."""
        text = super().clean(value).replace(".", ":")
        if not text:
            return None
        hour, _colon, minute = text.partition(":")
        minute = minute or "00"
        if hour.isascii() and hour.isdigit() and minute.isascii() and minute.isdigit() and len(minute) == 2:
            found = f"{int(hour):02}:{minute}"
            if int(hour) * 60 + int(minute) <= 24 * 60 and int(minute) < 60:
                return found
        raise forms.ValidationError(_("Give a time of day such as 18:30."))


class RulesForm(Refusable):
    """Always bound: to what was sent, or to what stands in the rules (``rules_rows.from_rules``)."""

    preset = forms.CharField(widget=forms.HiddenInput())
    reason = forms.CharField(label=_("Why do the rules change?"), max_length=300, required=False,
                             help_text=_("It is shown to everybody."))  # fmt: skip
    order = forms.ChoiceField(label=_("Who is served first"), choices=ORDERS)
    after_worst = forms.ChoiceField(
        label=_("When the organisation with the lowest coverage has as much as it can get"), choices=AFTER_WORST,
        required=False,
        help_text=_("With as many hours as possible, organisations that ask for hours few others want get more, and "
                    "some others less, but nobody less than the lowest coverage."),
    )  # fmt: skip
    last_season = forms.ChoiceField(label=_("What somebody had last season"), choices=LAST_SEASON)
    whole_from = ClockField(
        label=_("A hall that can be divided is given whole from"), help_text=_("A time such as 20:00; empty: always.")
    )
    heads = forms.IntegerField(
        label=_("At least so many people in a team"), required=False, min_value=0, max_value=1000
    )
    club_least = forms.IntegerField(
        label=_("Minutes a week that each organisation gets before anybody gets more"), required=False, **_MINUTES
    )
    share_by = forms.ChoiceField(
        label=_("What counts"), choices=(("teams", _("Teams")), ("members", _("Members"))), required=False
    )
    members_per_share = forms.IntegerField(
        label=_("So many members count as one team"), required=False, min_value=1, max_value=500
    )

    def __init__(self, data: QueryDict, *, rules: Mapping[str, Any], open: bool) -> None:
        self.rules = rules
        super().__init__(data)
        if not open:
            del self.fields["reason"]
        self.known = {str(one.get("name", "")) for one in rules.get("bands", ())}
        self.bands = band_keys(data) or [str(one.get("name", "")) for one in rules.get("bands", ())]
        #: The band that somebody wants to take away although it is used; its row then says where.
        self.leaving = ""
        for name, label in GATES:
            self.fields[f"gate_{name}"] = forms.BooleanField(label=label, required=False)
        for name, label in CAPS:
            self.fields[f"cap_{name}"] = forms.IntegerField(label=label, required=False, **_MINUTES)
        for number in range(1, len(TIES) + 1):
            self.fields[f"tie_{number}"] = forms.ChoiceField(
                label=gettext("When two are equal (%(number)s)") % {"number": number}, required=False,
                choices=[("", "–"), *TIES],
            )  # fmt: skip
        for band in self.bands:
            self._band_fields(band)
        who = [(band, self._called(band)) for band in self.bands]
        self.windows = [self._window_fields(number, who) for number in range(self._count("windows"))]
        self.classes = [self._class_fields(number, who) for number in range(self._count("classes"))]

    # --- the fields of rows -------------------------------------------------------------------------------------------

    def _count(self, prefix: str) -> int:
        sent = self.data.get(f"{prefix}-rows", "")
        most = MOST[prefix.rpartition("-")[2]]
        return min(int(sent), most) if sent.isascii() and sent.isdigit() and len(sent) < 4 else 0

    def _called(self, band: str) -> str:
        """What a band is called: as typed, else by the words that the code has for its name."""
        typed = " ".join(self.data.get(f"band_{band}_title", "").split())[:80]
        if typed or band in BANDS or band in self.known:
            return typed or band_text(band)
        return gettext("a new age band")

    def _band_fields(self, band: str) -> None:
        fresh = band not in BANDS and band not in self.known
        number: Any = {"min_value": 0, "max_value": presets.OLDEST}
        self.fields[f"band_{band}_title"] = forms.CharField(
            label=_("Name"), max_length=80, required=fresh,
            help_text=_("Empty: %(name)s.") % {"name": band_text(band)} if not fresh else "",
            error_messages={"required": _("Give the age band a name.")},
        )  # fmt: skip
        for part, label, empty in (("from", _("Youngest"), _("empty: 0")), ("to", _("Oldest"), _("empty: no limit"))):
            field = forms.IntegerField(label=label, help_text=empty, required=False, **number)
            self.fields[f"band_{band}_{part}"] = field
        for part, label in (("least", _("At least, minutes a week")), ("standard", _("Standard, minutes a week"))):
            self.fields[f"share_{band}_{part}"] = forms.IntegerField(label=label, **_MINUTES)

    def _window_fields(self, number: int, who: list[tuple[str, str]]) -> list[str]:
        days = [(str(day), WEEKDAYS_ABBR[day]) for day in range(7)]
        box = forms.CheckboxSelectMultiple
        fields: dict[str, Any] = {
            "bands": forms.MultipleChoiceField(label=_("For"), choices=who, widget=box,
                                               error_messages={"required": _("Choose at least one age.")}),
            "weekdays": forms.MultipleChoiceField(label=_("Weekdays"), choices=days, widget=box,
                                                  error_messages={"required": _("Choose at least one weekday.")}),
            "start": ClockField(label=pgettext_lazy("time", "From"), help_text=_("empty: all morning")),
            "end": ClockField(label=pgettext_lazy("time", "Until"), help_text=_("empty: as long as it is open")),
        }  # fmt: skip
        return self._add(f"windows-{number}-", fields)

    def _class_fields(self, number: int, who: list[tuple[str, str]]) -> tuple[list[str], list[list[str]]]:
        start = f"classes-{number}-"
        own = self._add(
            start,
            {
                "name": forms.RegexField(r"^[a-z][a-z0-9_]{0,39}$", required=False, widget=forms.HiddenInput()),
                "title": forms.CharField(
                    label=_("Name of the class"), required=False, max_length=80,
                    help_text=_("Empty: named by what is ticked below."),
                ),
            },
        )  # fmt: skip
        kinds = [(one.value, one.label) for one in OrganisationKind]
        conditions = []
        for position in range(self._count(f"classes-{number}-any")):
            fields: dict[str, Any] = {
                "bands": forms.MultipleChoiceField(
                    label=_("Ages (none ticked: all)"), choices=who, required=False,
                    widget=forms.CheckboxSelectMultiple,
                ),
                **{name: forms.ChoiceField(label=label, choices=_YES_NO, required=False) for name, label in QUESTIONS},
                "kinds": forms.MultipleChoiceField(
                    label=_("Kinds of organisation (none ticked: all)"), choices=kinds, required=False,
                    widget=forms.CheckboxSelectMultiple,
                ),
            }  # fmt: skip
            conditions.append(self._add(f"{start}any-{position}-", fields))
        return own, conditions

    def _add(self, start: str, fields: dict[str, Any]) -> list[str]:
        for name, field in fields.items():
            self.fields[start + name] = field
        return [start + name for name in fields]

    # --- as the template shows them -----------------------------------------------------------------------------------

    def band_rows(self) -> list[dict[str, Any]]:
        """Each age band: its name, years, and what a team can count on; where it is used, if it was to go."""
        return [
            {
                "key": band,
                "name": self._called(band),
                "fresh": band not in self.known,
                "fields": [
                    self[f"band_{band}_title"], self[f"band_{band}_from"], self[f"band_{band}_to"],
                    self[f"share_{band}_least"], self[f"share_{band}_standard"],
                ],
                "uses": self._uses(band) if band == self.leaving else [],
            }
            for band in self.bands
        ]  # fmt: skip

    def _uses(self, band: str) -> list[str]:
        """Where a band is named, and what would become of each row."""
        found = []
        for one in uses_of(self.data, band):
            if one.condition < 0:
                where = gettext("Hours by age, row %(n)s") % {"n": one.row + 1}
                gone = gettext("%(where)s: the row goes too, since it names no other age") % {"where": where}
            else:
                words = {"n": one.row + 1, "words": self._class_words(one.row)}
                where = gettext("Class %(n)s: %(words)s") % words
                gone = gettext("%(where)s: the condition goes too, since it names no other age") % {"where": where}
                if one.whole:
                    gone = gettext("%(where)s: the class goes too, since nothing is left in it") % {"where": where}
            found.append(gone if one.goes else gettext("%(where)s: other ages stay") % {"where": where})
        return found

    def more_bands(self) -> list[tuple[str, str]]:
        """Bands that the code has words for and that the rules don't have; empty when there is no room for more."""
        if self.full:
            return []
        return [(name, band_text(name)) for name in BANDS if name not in self.bands]

    @property
    def full(self) -> bool:
        """No more bands can be added."""
        return len(self.bands) >= MOST["bands"]

    def window_rows(self) -> list[list[Any]]:
        """The fields of each row of hours by age."""
        return [[self[name] for name in row] for row in self.windows]

    def class_rows(self) -> list[dict[str, Any]]:
        """Each class in its order: hidden name, title, and its conditions."""
        return [
            {
                "name": self[own[0]], "title": self[own[1]], "words": self._class_words(number),
                "conditions": [
                    {"fields": [self[name] for name in row[:-1]], "kinds": self[row[-1]]} for row in conditions
                ],
            }
            for number, (own, conditions) in enumerate(self.classes)
        ]  # fmt: skip

    def _class_words(self, number: int) -> str:
        name, title = self.data.get(f"classes-{number}-name", ""), self.data.get(f"classes-{number}-title", "")
        return title or (tier_text(name) if name else gettext("a new class"))

    def gates(self) -> list[Any]:
        """Who can get hours at all."""
        return [*(self[f"gate_{name}"] for name, _label in GATES), self["heads"]]

    def limits(self) -> list[Any]:
        """Caps and guarantees."""
        return [self["club_least"], *(self[f"cap_{name}"] for name, _label in CAPS), self["whole_from"]]

    def orders(self) -> list[Any]:
        """What comes first, and what when two are equal."""
        return [
            self["order"],
            self["after_worst"],
            self["last_season"],
            *(self[f"tie_{number}"] for number in range(1, len(TIES) + 1)),
        ]

    def counting(self) -> list[Any]:
        """Teams or members."""
        return [self["share_by"], self["members_per_share"]]

    def without_errors(self) -> RulesForm:
        """As it stands while rows come and go: nothing is judged yet."""
        self._errors = forms.utils.ErrorDict()
        return self

    # --- the rules' data ----------------------------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        """What the rules' own reading finds wrong, at its field."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                presets.check_bands(presets.read(self.changed_rules()))
            except presets.RulesError as error:
                for path, why in error.faults:
                    name, text = self._field_of(path), read_text(why)
                    if name is None and path[0] in _PARTS:
                        text = gettext("%(part)s: %(fault)s") % {"part": _PARTS[str(path[0])], "fault": text}
                    self.add_error(name, text)
        return cleaned

    def _field_of(self, path: tuple[str | int, ...]) -> str | None:
        """The field that a place in the rules' data is typed into."""
        words = [str(one) for one in path]
        if words[0] == "bands" and len(words) == 3 and words[1].isdigit() and int(words[1]) < len(self.in_order):
            name = f"band_{self.in_order[int(words[1])]}_{words[2].replace('name', 'title')}"
        elif words[0] == "shares" and len(words) == 3:
            name = f"share_{self.key_of.get(words[1], words[1])}_{words[2]}"
        elif words[0] in ("caps", "gates") and len(words) == 2:
            name = {"gates": f"gate_{words[1]}", "caps": f"cap_{words[1]}"}[words[0]]
            name = "heads" if words == ["gates", "heads"] else name
        elif words[0] == "windows" and len(words) == 3:
            name = f"windows-{words[1]}-{ {'from': 'start', 'to': 'end'}.get(words[2], words[2]) }"
        elif words[0] == "ties":
            name = "tie_1"
        else:
            name = "-".join(words)
        return name if name in self.fields else None

    def show(self, error: DomainError) -> None:
        """A service's refusal of the rules (``rules``, path …) at the field it is about."""
        for fault in error.errors:
            if fault.loc[:1] == ("rules",):
                self.add_error(self._field_of(tuple(fault.loc[1:])) if fault.loc[1:] else None, fault.text)
        if not error.errors or any(fault.loc[:1] != ("rules",) for fault in error.errors):
            super().show(error)

    def changed_rules(self) -> dict[str, Any]:
        """The rules' data with everything typed. A member that is empty is None: it goes."""
        given = self.cleaned_data
        data = dict(self.rules)
        names = self._band_names()
        data["bands"] = [
            _without_nothing(
                {
                    "name": names[band], "title": given.get(f"band_{band}_title") or None,
                    "from": given.get(f"band_{band}_from"), "to": given.get(f"band_{band}_to"),
                }
            )
            for band in self.in_order
        ]  # fmt: skip
        data["shares"] = {
            names[band]: {part: given[f"share_{band}_{part}"] for part in ("least", "standard")}
            for band in self.in_order
        }
        data["gates"] = {name: True for name, _label in GATES if given.get(f"gate_{name}")} | (
            {"heads": given["heads"]} if given.get("heads") else {}
        ) or None
        data["caps"] = _without_nothing({name: given.get(f"cap_{name}") for name, _label in CAPS}) or None
        data["windows"] = [self._window(number) for number in range(len(self.windows))] or None
        data["classes"] = self._classes()
        for name in ("order", "last_season", "whole_from", "club_least", "members_per_share"):
            data[name] = given.get(name) if given.get(name) not in ("", None) else None
        # What is usual isn't written down, so that the ready-made rules stay as they are.
        data["after_worst"] = given["after_worst"] if given.get("after_worst") == "most_hours" else None
        data["share_by"] = given.get("share_by") or "teams"
        ties = [given.get(f"tie_{number}") for number in range(1, len(TIES) + 1)]
        data["ties"] = list(dict.fromkeys(one for one in ties if one)) or None
        return data

    @property
    def in_order(self) -> list[str]:
        """The keys of the bands from the youngest up, as the rules have them; a row that was added stands last."""

        def years(band: str) -> tuple[int, int]:
            low, high = (self.cleaned_data.get(f"band_{band}_{part}") for part in ("from", "to"))
            return (low or 0, presets.OLDEST if high is None else high)

        return sorted(self.bands, key=years)

    def _band_names(self) -> dict[str, str]:
        """The name in the rules' data of each key: its own, or for a new one a name by its title."""
        names = {band: band for band in self.bands if band in self.known or band in BANDS}
        for band in self.bands:
            if band not in names:
                taken = {*names.values(), *self.known, *BANDS}
                names[band] = _free_name(self.cleaned_data.get(f"band_{band}_title") or "", taken, "age")
        return names

    @property
    def key_of(self) -> dict[str, str]:
        """The key of each name in the rules' data."""
        return {name: band for band, name in self._band_names().items()}

    def _named(self, bands: Iterable[str]) -> list[str]:
        names = self._band_names()
        return [names[band] for band in bands]

    def _window(self, number: int) -> dict[str, Any]:
        given, start = self.cleaned_data, f"windows-{number}-"
        return _without_nothing(
            {
                "bands": self._named(given[f"{start}bands"]),
                "weekdays": [int(day) for day in given[f"{start}weekdays"]],
                "from": given.get(f"{start}start"), "to": given.get(f"{start}end"),
            }
        )  # fmt: skip

    def _classes(self) -> list[dict[str, Any]]:
        """With a name each: the ready-made one while it holds what it did, else one by its words."""
        ready = {one["name"]: one for one in presets.preset_data(str(self.rules["code"]))["classes"]}
        taken: set[str] = set()
        found = []
        for number, (_own, conditions) in enumerate(self.classes):
            given, start = self.cleaned_data, f"classes-{number}-"
            any_of = [self._condition(f"{start}any-{position}-") for position in range(len(conditions))]
            any_of = [one for one in any_of if one]
            name, title = given.get(f"{start}name") or "", given.get(f"{start}title") or ""
            same = name in ready and (ready[name].get("any") or []) == any_of
            if not same and not title:
                title = self.in_words(any_of)[:80]
            if not name or name in taken or (not same and name in ready):
                name = _free_name(title, taken | ready.keys())
            taken.add(name)
            found.append(_without_nothing({"name": name, "title": title or None, "any": any_of or None}))
        return found

    def _condition(self, start: str) -> dict[str, Any]:
        given = self.cleaned_data
        flags = {name: {"yes": True, "no": False}.get(given.get(start + name, "")) for name, _label in QUESTIONS}
        return _without_nothing(
            {
                "bands": self._named(given.get(f"{start}bands") or ()) or None,
                "kinds": given.get(f"{start}kinds") or None,
                **flags,
            }
        )

    def in_words(self, any_of: Iterable[Mapping[str, Any]]) -> str:
        """What a class holds: "children, youth; adapted for disabled people"."""
        kinds = dict(OrganisationKind.choices)
        found = []
        for one in any_of:
            parts = [self._called(self.key_of.get(band, band)) for band in one.get("bands", ())]
            parts += [str(kinds[kind]).lower() for kind in one.get("kinds", ()) if kind in kinds]
            parts += [
                str(label).lower() if one[name] else gettext("not: %(what)s") % {"what": str(label).lower()}
                for name, label in QUESTIONS
                if name in one
            ]
            found.append(", ".join(parts))
        return "; ".join(found) or tier_text("everybody")


def initial(rules: Mapping[str, Any], preset: str) -> QueryDict:
    """The whole form as the rules have it."""
    found = from_rules(rules)
    found["preset"] = preset
    found.setlist("bands", [str(band["name"]) for band in rules.get("bands", ())])
    for band in rules.get("bands", ()):
        name = band["name"]
        for part in ("title", "from", "to"):
            if band.get(part) is not None:
                found[f"band_{name}_{part}"] = str(band[part])
        share = (rules.get("shares") or {}).get(name) or {}
        for part in ("least", "standard"):
            found[f"share_{name}_{part}"] = str(share.get(part, 0))
    gates, caps = rules.get("gates") or {}, rules.get("caps") or {}
    for name, _label in GATES:
        if gates.get(name):
            found[f"gate_{name}"] = "on"
    simple = {f"cap_{name}": caps.get(name) for name, _label in CAPS} | {"heads": gates.get("heads")}
    simple |= {name: rules.get(name) for name in ("club_least", "whole_from", "members_per_share")}
    simple |= {
        "order": rules.get("order") or "coverage", "after_worst": rules.get("after_worst") or "next_worst",
        "last_season": rules.get("last_season") or "preference",
        "share_by": rules.get("share_by") or "teams",
    }  # fmt: skip
    simple |= {f"tie_{number}": tie for number, tie in enumerate(rules.get("ties") or (), start=1)}
    for name, value in simple.items():
        if value is not None:
            found[name] = str(value)
    return found


def _without_nothing(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}


def _free_name(title: str, taken: set[str], what: str = "class") -> str:
    """A name in small letters for a title: "ungdomsskole"; where it says nothing, ``what`` with a number."""
    base = slugify(title.translate(str.maketrans("æøåÆØÅ", "aoaAOA"))).replace("-", "_")[:30].strip("_")
    base = base if base[:1].isalpha() else f"{what}_{base}".strip("_")
    return base if base not in taken else next(one for n in range(2, 100) if (one := f"{base}_{n}") not in taken)
