"""Forms of the catalogue in the CMS admin: grouped, with what would hold if a field were left empty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking.catalogue import registry, selectors
from booking.catalogue.models import (
    Approval,
    Feature,
    HolidayPolicy,
    Kind,
    PendingPolicy,
    QuotaPer,
    QuotaUnit,
    Resource,
    Unit,
    UnitRoleName,
    UnitRules,
)
from booking.catalogue.rules import LIST_RULES, RULE_FIELDS
from booking.catalogue.staff.access import people_in_charge, today, units_kept, units_led, units_seen
from booking.foundation.doors.scoping import ScopedModelForm

#: Yes, no, or as inherited.
_INHERIT = [("", _("Inherit")), ("true", _("Yes")), ("false", _("No"))]
_TRISTATE = ("automatic_children_youth", "private_persons", "unverified_may_ask", "needs_adult")
_TEXT_AREAS = {
    name: forms.Textarea(attrs={"rows": 3})
    for name in ("house_rules", "house_rules_nn", "house_rules_en", "priority_uses")
}


class DateInput(forms.DateInput):
    """The browser's own date picker."""

    def __init__(self) -> None:
        super().__init__(attrs={"type": "date"}, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own time field, in whole minutes."""

    def __init__(self) -> None:
        super().__init__(attrs={"type": "time", "step": "60"}, format="%H:%M")


class OutlineField(forms.JSONField):
    """GeoJSON as it was typed. What the reader of JSON stumbles over otherwise is no JSON either."""

    def to_python(self, value: Any) -> Any:
        """Numbers of 5000 digits and brackets without end are a fault of the field."""
        try:
            return super().to_python(value)
        except (ValueError, RecursionError):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid", params={"value": ""}) from None

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed stays as it was typed."""
        try:
            return super().bound_data(data, initial)
        except (ValueError, RecursionError):
            return InvalidJSONInput(data)


class PersonField(forms.ModelChoiceField):
    """A person, named as the site names them."""

    def label_from_instance(self, obj: Any) -> str:
        """Name and address: two people may have the same name."""
        return f"{obj.get_full_name()} ({getattr(obj, obj.get_email_field_name())})"


class GroupedFormMixin:
    """Fields in groups with headings. ``groups``: (heading, names of fields); missing names are passed over."""

    groups: tuple[tuple[Any, tuple[str, ...]], ...] = ()

    def fieldsets(self) -> list[tuple[Any, list[Any]]]:
        """For the template."""
        found = []
        for heading, names in self.groups:
            fields = [self[name] for name in names if name in self.fields]  # type: ignore[attr-defined, index]
            if fields:
                found.append((heading, fields))
        return found


class RulesMixin:
    """What forms with the columns of `RuleFields` share: words for "inherit", and hints."""

    def prepare_rules(self, inherited: Any = None, sources: Mapping[str, str] | None = None) -> None:
        """Dress the fields. ``inherited``: the rules that hold where this form says nothing."""
        fields: dict[str, Any] = self.fields  # type: ignore[attr-defined]
        for name in _TRISTATE:
            if name in fields:
                old = fields[name]
                fields[name] = forms.NullBooleanField(
                    label=old.label, required=False, widget=forms.Select(choices=_INHERIT), help_text=old.help_text
                )
        for name in LIST_RULES:
            if name in fields:
                fields[name] = KindsField(label=fields[name].label)
        for name in _CHOICES:
            if name in fields:
                fields[name].choices = [("", _("Inherit")), *_CHOICES[name]]
        if inherited is None:
            return
        for name in RULE_FIELDS:
            if name in fields and name not in LIST_RULES:
                fields[name].help_text = hint(name, inherited, sources or {})
        if "priority_uses" in fields:
            fields["priority_uses"].help_text = (
                gettext("One per line, with the days that somebody has to reply when their time is taken: Funeral: 2.")
                + " "
                + fields["priority_uses"].help_text
            )


_CHOICES: dict[str, Any] = {
    "approval": Approval.choices,
    "pending_policy": PendingPolicy.choices,
    "quota_unit": QuotaUnit.choices,
    "quota_per": QuotaPer.choices,
    "holidays": HolidayPolicy.choices,
}


def value_words(name: str, value: Any) -> str:
    """A rule's value as people read it."""
    if value is None:
        return gettext("no limit")
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if name in _CHOICES:
        return str(dict(_CHOICES[name]).get(value, value))
    if name in LIST_RULES:
        names = dict(registry.organisation_kinds())
        return ", ".join(str(names.get(one, one)) for one in value) or gettext("none")
    return str(value) or "–"


def source_words(source: str) -> str:
    """From whom a rule is inherited."""
    return source.partition(":")[2] or gettext("the product's default")


def hint(name: str, inherited: Any, sources: Mapping[str, str]) -> str:
    """ "If empty: 30 (from Kultur og idrett)"."""
    key = "house_rules" if name.startswith("house_rules") else name
    said = value_words(name, getattr(inherited, name))
    if len(said) > 120:
        said = said[:120] + " …"
    return gettext("If empty: %(value)s (from %(source)s)") % {
        "value": said,
        "source": source_words(sources.get(key, "")),
    }


class KindsField(forms.MultipleChoiceField):
    """Kinds of organisation; none chosen means: inherit."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=registry.organisation_kinds, required=False, **kwargs)

    def clean(self, value: Any) -> list[str] | None:
        """None chosen: None."""
        return super().clean(value) or None


class ResourceForm(GroupedFormMixin, RulesMixin, ScopedModelForm):
    """All that can be edited silently about a resource. Hours, stock, cover and state have pages of their own."""

    officer = PersonField(label=_("case officer"), queryset=None, required=False)
    deputy = PersonField(label=_("deputy"), queryset=None, required=False)
    features = forms.ModelMultipleChoiceField(
        label=_("features"), queryset=Feature.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    groups = (
        (_("What it is"), ("name", "kind", "unit", "parent", "public", "capacity", "summary", "features")),
        (_("Who answers"), ("officer", "deputy")),
        (_("Where it is"), ("address", "geometry", "timezone")),
        (
            _("Rules of lending"),
            (
                "approval",
                "automatic_children_youth",
                "automatic_kinds",
                "pending_policy",
                "min_minutes",
                "max_minutes",
                "step_minutes",
                "lead_hours",
                "horizon_days",
                "buffer_before",
                "buffer_after",
                "private_persons",
                "unverified_may_ask",
                "needs_adult",
                "allowed_kinds",
                "min_members",
                "quota_most",
                "quota_unit",
                "quota_per",
                "priority_uses",
                "holidays",
                "house_rules",
            ),
        ),
        (
            _("Accessibility"),
            ("step_free", "door_width_cm", "accessible_toilet", "hearing_loop", "lift", "quiet_room"),
        ),
        (_("Who owns it"), ("owner", "owner_name", "basis_of_use")),
        (
            _("In nynorsk and English"),
            ("name_nn", "name_en", "summary_nn", "summary_en", "house_rules_nn", "house_rules_en"),
        ),
    )

    class Meta:
        model = Resource
        fields = [
            "name", "kind", "unit", "parent", "public", "capacity", "summary", "address", "geometry", "timezone",
            *(name for name in RULE_FIELDS), "step_free", "door_width_cm", "accessible_toilet", "hearing_loop", "lift",
            "quiet_room", "owner", "owner_name", "basis_of_use", "name_nn", "name_en", "summary_nn", "summary_en",
        ]  # fmt: skip
        widgets = {"geometry": forms.Textarea(attrs={"rows": 4}), **_TEXT_AREAS}
        field_classes = {"geometry": OutlineField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.for_user
        people = people_in_charge()
        named = [one for one in (self.instance.officer_id, self.instance.deputy_id) if one]
        people = people | get_user_model()._default_manager.filter(pk__in=named)
        for name, person in (("officer", self.instance.officer), ("deputy", self.instance.deputy)):
            if name in self.fields:
                self.fields[name].queryset = people.order_by("pk")
                self.fields[name].initial = person
        units = units_kept(user)
        if self.instance.pk:
            units = units | Unit.objects.filter(pk=self.instance.unit_id)
        self.fields["unit"].queryset = units.distinct()
        if "parent" in self.fields:
            self.fields["parent"].queryset = (
                self.fields["parent"].queryset.exclude(pk=self.instance.pk).exclude(state="retired")
            )
        if "timezone" in self.fields:
            self.fields["timezone"].help_text = _("Empty: the municipality's. Otherwise a name such as Europe/Oslo.")
        if self.instance.pk:
            self.fields["version"].initial = self.instance.version
            self.fields["features"].initial = self.instance.features.all()
            inherited, sources = selectors.rule_sources(self.instance)
            self.prepare_rules(inherited, sources)
            self._hint_people()
        else:
            self.prepare_rules()

    def _hint_people(self) -> None:
        """Whose names hold when the fields are left empty."""
        bare = Resource(pk=0, unit=self.instance.unit, parent=self.instance.parent, kind=self.instance.kind)
        found = selectors.responsible(bare, today())
        for name, person in (("officer", found.officer), ("deputy", found.deputy)):
            self.fields[name].help_text = (
                gettext("If empty: %(name)s") % {"name": person.get_full_name()}
                if person is not None
                else gettext("If empty: nobody. The thing can't be published then.")
            )

    def changes(self) -> dict[str, Any]:
        """What was changed, for the service."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name != "version"}


class NewResourceForm(ResourceForm):
    """A thing is made with name, unit and officer; all else is inherited, or comes later."""

    stock = forms.IntegerField(
        label=_("how many there are"),
        required=False,
        min_value=1,
        help_text=_("Only for counted things, such as 40 chairs. Leave it empty for a room or a single thing."),
    )
    parts = forms.ChoiceField(
        label=_("can be lent in parts"),
        required=False,
        choices=[("", _("Only as a whole")), ("2", _("In halves")), ("3", _("In thirds")), ("4", _("In quarters"))],
    )

    groups = (
        (_("What it is"), ("name", "kind", "unit", "capacity", "summary", "features")),
        (_("How it can be lent"), ("parts", "stock", "public")),
        (_("Who answers"), ("officer", "deputy")),
        (_("Where it is"), ("address",)),
        (_("In nynorsk and English"), ("name_nn", "name_en", "summary_nn", "summary_en")),
    )

    class Meta(ResourceForm.Meta):
        fields = [
            "name", "kind", "unit", "public", "capacity", "summary", "address", "name_nn", "name_en", "summary_nn",
            "summary_en",
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Parts are for spaces, counts are for things."""
        data = super().clean() or self.cleaned_data
        if data.get("parts") and data.get("stock"):
            self.add_error("stock", _("A counted thing can't be split into parts."))
        if data.get("stock") and data.get("kind") not in (Kind.EQUIPMENT, Kind.HELP, None):
            self.add_error("stock", _("Only equipment and help are counted."))
        return data


class SplitForm(forms.Form):
    """In how many parts."""

    count = forms.TypedChoiceField(
        label=_("Split"),
        coerce=int,
        choices=[(2, _("In halves")), (3, _("In thirds")), (4, _("In quarters")), (6, _("In six"))],
    )


class UnitForm(GroupedFormMixin, ScopedModelForm):
    """A unit's name, contact, promise and people."""

    officer = PersonField(label=_("case officer"), queryset=None, required=False)
    deputy = PersonField(label=_("deputy"), queryset=None, required=False)
    substitute = PersonField(
        label=_("substitute for the leader"),
        queryset=None,
        required=False,
        help_text=_("Decides when the leader has a conflict of interest and no unit stands above this one."),
    )

    groups = (
        (_("The unit"), ("name", "parent", "municipal", "active")),
        (_("How to reach it"), ("email", "phone")),
        (_("The promise"), ("promise_days",)),
        (_("Who answers"), ("officer", "deputy", "substitute")),
        (_("In nynorsk and English"), ("name_nn", "name_en")),
    )

    class Meta:
        model = Unit
        fields = ["name", "parent", "municipal", "active", "email", "phone", "promise_days", "name_nn", "name_en"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = self.instance
        named = [one for one in (unit.officer_id, unit.deputy_id, unit.substitute_id) if one]
        people = people_in_charge() | get_user_model()._default_manager.filter(pk__in=named)
        for name, person in (("officer", unit.officer), ("deputy", unit.deputy), ("substitute", unit.substitute)):
            self.fields[name].queryset = people.order_by("pk")
            self.fields[name].initial = person
        self.fields["parent"].queryset = units_seen(self.for_user).exclude(pk=self.instance.pk)
        if self.instance.pk and self.instance.parent_id:
            self.fields["parent"].queryset |= Unit.objects.filter(pk=self.instance.parent_id)
        self.fields["promise_days"].help_text = _("Working days until an answer. Empty: as the parent unit promises.")

    def changes(self) -> dict[str, Any]:
        """What was changed, for the service."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class UnitRulesForm(GroupedFormMixin, RulesMixin, forms.ModelForm):
    """A unit's rules for all its things or for one kind."""

    groups = ((_("Rules of lending"), RULE_FIELDS),)

    class Meta:
        model = UnitRules
        fields = list(RULE_FIELDS)
        widgets = _TEXT_AREAS

    def __init__(
        self, *args: Any, inherited: Any = None, sources: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.prepare_rules(inherited, sources)

    def values(self) -> dict[str, Any]:
        """The rules that are set; the others inherit."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class RoleForm(forms.Form):
    """Give somebody a role in the unit."""

    email = forms.EmailField(
        label=_("E-mail"), help_text=_("The address that the person signs in with. Somebody new signs in once first.")
    )
    role = forms.ChoiceField(label=_("role"), choices=UnitRoleName.choices)
    start = forms.DateField(label=_("from"), required=False, widget=DateInput())
    end = forms.DateField(label=_("to and including"), required=False, widget=DateInput())

    def clean(self) -> dict[str, Any]:
        """The person behind the address."""
        data = super().clean() or self.cleaned_data
        if data.get("email"):
            model = get_user_model()
            lookup = {f"{model.get_email_field_name()}__iexact": data["email"], "is_active": True}
            data["user"] = model._default_manager.filter(**lookup).first()
            if data["user"] is None:
                self.add_error("email", _("Nobody signs in with this address yet. Ask the person to log in once."))
        return data


class AbsenceForm(forms.Form):
    """Somebody of the unit is away."""

    user = PersonField(label=_("Who"), queryset=None)
    start = forms.DateField(label=_("from"), widget=DateInput())
    end = forms.DateField(label=_("to and including"), widget=DateInput())
    deputy = PersonField(
        label=_("deputy"),
        queryset=None,
        required=False,
        help_text=_("Has everything on these days. Empty: each thing's own deputy, else the unit's leader."),
    )

    def __init__(self, *args: Any, unit: Unit, on: date, by: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        users = unit.roles.filter(user__is_active=True).values("user")
        named = [one for one in (unit.officer_id, unit.deputy_id) if one]
        model = get_user_model()
        people = (model._default_manager.filter(pk__in=users) | model._default_manager.filter(pk__in=named)).distinct()
        if not units_led(by).filter(pk=unit.pk).exists():
            people = people.filter(pk=by.pk)  # one's own days; others' are the leader's to note
        self.fields["user"].queryset = people  # type: ignore[attr-defined]
        self.fields["user"].initial = by.pk
        self.fields["deputy"].queryset = people_in_charge(on).order_by("pk")  # type: ignore[attr-defined]
        self.fields["start"].initial = on


class SlowWeeksForm(forms.Form):
    """Weeks in which the unit answers later."""

    start = forms.DateField(label=_("from"), widget=DateInput())
    end = forms.DateField(label=_("to and including"), widget=DateInput())
    promise_days = forms.IntegerField(label=_("answers within, working days"), min_value=1, max_value=60)
    reason = forms.CharField(
        label=_("why"),
        max_length=200,
        help_text=_("Stands in every receipt of these weeks, for instance: joint holiday."),
    )


class FeatureForm(ScopedModelForm):
    """What a thing can have, in three languages."""

    class Meta:
        model = Feature
        fields = ["name", "name_nn", "name_en"]
