"""What can be lent, who answers for it, and under which rules. Fields and constraints only."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class Translated(models.Model):
    """A name in bokmål, and in nynorsk and English where somebody wrote it (`foundation.i18n.localized`)."""

    name = models.CharField(_("name (bokmål)"), max_length=150)
    name_nn = models.CharField(_("name (nynorsk)"), max_length=150, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=150, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Approval(models.TextChoices):
    AUTOMATIC = "automatic", _("Automatic: granted at once when all rules pass")
    MANUAL = "manual", _("A case officer decides")
    AUTOMATIC_FOR = "automatic_for", _("Automatic for children and youth, or for chosen kinds of organisation")


class PendingPolicy(models.TextChoices):
    COMPETE = "compete", _("Requests compete: an open request does not block others")
    HOLD = "hold", _("Requests hold the time until they are decided")


class HolidayPolicy(models.TextChoices):
    NORMAL = "normal", _("Open as on an ordinary day of the week")
    SUNDAY = "sunday", _("Open as on a Sunday")
    CLOSED = "closed", _("Closed all day")


class QuotaUnit(models.TextChoices):
    HOURS = "hours", _("hours")
    LOANS = "loans", _("loans")


class QuotaPer(models.TextChoices):
    WEEK = "week", _("week")
    SEASON = "season", _("half-year (January to June, July to December)")


class RuleFields(models.Model):
    """Rules of lending. Empty means: inherit (resource → resource it is part of → unit and kind → unit → settings)."""

    min_minutes = models.PositiveIntegerField(_("shortest loan, minutes"), null=True, blank=True)
    max_minutes = models.PositiveIntegerField(_("longest loan, minutes"), null=True, blank=True)
    step_minutes = models.PositiveIntegerField(
        _("starts on a grid of, minutes"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    lead_hours = models.PositiveIntegerField(_("ask at least this many hours before"), null=True, blank=True)
    horizon_days = models.PositiveIntegerField(_("ask at most this many days ahead"), null=True, blank=True)
    buffer_before = models.PositiveIntegerField(_("buffer before, minutes"), null=True, blank=True)
    buffer_after = models.PositiveIntegerField(_("buffer after, minutes"), null=True, blank=True)
    approval = models.CharField(_("approval"), max_length=20, choices=Approval.choices, blank=True)
    automatic_children_youth = models.BooleanField(_("automatic for children and youth"), null=True, blank=True)
    automatic_kinds = models.JSONField(_("automatic for kinds of organisation"), null=True, blank=True)
    pending_policy = models.CharField(
        _("while a request waits"), max_length=10, choices=PendingPolicy.choices, blank=True
    )
    private_persons = models.BooleanField(_("private persons may ask"), null=True, blank=True)
    unverified_may_ask = models.BooleanField(_("unverified organisations may ask"), null=True, blank=True)
    needs_adult = models.BooleanField(_("a responsible adult must be named"), null=True, blank=True)
    allowed_kinds = models.JSONField(_("only for kinds of organisation"), null=True, blank=True)
    min_members = models.PositiveIntegerField(_("only for organisations with at least, members"), null=True, blank=True)
    quota_most = models.PositiveIntegerField(
        _("at most per organisation"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    quota_unit = models.CharField(_("counted in"), max_length=5, choices=QuotaUnit.choices, blank=True)
    quota_per = models.CharField(_("counted per"), max_length=6, choices=QuotaPer.choices, blank=True)
    priority_uses = models.TextField(_("uses that come first"), blank=True)
    holidays = models.CharField(_("on public holidays"), max_length=10, choices=HolidayPolicy.choices, blank=True)
    house_rules = models.TextField(_("house rules (bokmål)"), blank=True)
    house_rules_nn = models.TextField(_("house rules (nynorsk)"), blank=True)
    house_rules_en = models.TextField(_("house rules (English)"), blank=True)

    class Meta:
        abstract = True


class Unit(Translated):
    """The office that is responsible and answers. A village hall, club or firm can be one too (N15)."""

    slug = models.SlugField(max_length=60, unique=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("below the unit")
    )
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    promise_days = models.PositiveSmallIntegerField(
        _("answers within, working days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    municipal = models.BooleanField(_("part of the municipality"), default=True)
    officer = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("case officer")
    )
    deputy = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("deputy"))
    # Decides where the leader of a unit with none above it has a conflict of interest (requests.md "Deciding").
    substitute = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("substitute for the leader")
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["name"]


class UnitRules(RuleFields):
    """A unit's rules for all its things, or for those of one kind."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="rules")
    kind = models.CharField(_("kind"), max_length=10, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "kind"], name="booking_unitrules_unit_kind")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.kind or '*'}"


class SlowWeeks(models.Model):
    """Weeks in which a unit answers later, published: the receipt names the later date and why (clock 2)."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="slow_weeks")
    start = models.DateField(_("from"))
    end = models.DateField(_("to and including"))
    promise_days = models.PositiveSmallIntegerField(_("answers within, working days"))
    reason = models.CharField(_("why"), max_length=200)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(end__gte=F("start")), name="booking_slowweeks_order")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.start}/{self.end}"


class UnitRoleName(models.TextChoices):
    OFFICER = "officer", _("case officer")
    LEADER = "leader", _("unit leader")
    PLANNER = "planner", _("works planner")
    CARETAKER = "caretaker", _("caretaker")
    READER = "reader", _("insight reader")


# A reader sees figures and reports: no case, no thing that isn't public, nobody's address.
HANDLING_ROLES = tuple(role for role in UnitRoleName.values if role != UnitRoleName.READER)


class UnitRole(models.Model):
    """A person's right in a unit, with dates: history keeps who was who. Wagtail groups only open the admin."""

    user = models.ForeignKey(USER, models.PROTECT, related_name="unit_roles")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="roles")
    role = models.CharField(_("role"), max_length=10, choices=UnitRoleName.choices)
    start = models.DateField(_("from"), null=True, blank=True)
    end = models.DateField(_("to and including"), null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(end__isnull=True) | Q(start__isnull=True) | Q(end__gte=F("start")),
                name="booking_unitrole_order",
            ),
            models.UniqueConstraint(
                fields=["user", "unit", "role"], condition=Q(end__isnull=True), name="booking_unitrole_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} {self.unit_id}"


class Absence(models.Model):
    """Days on which a person does not answer; the deputy owns everything then (requests.md clock 7).

    Overlapping absences of one person are refused by the database itself (``guards``).
    """

    user = models.ForeignKey(USER, models.PROTECT, related_name="absences")
    start = models.DateField(_("from"))
    end = models.DateField(_("to and including"))
    # Who has all that is the person's on these days; nobody named: each thing's own deputy.
    deputy = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("deputy"))
    recorded_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="booking_absence_order"),
            models.CheckConstraint(
                condition=Q(deputy__isnull=True) | ~Q(deputy=F("user")), name="booking_absence_deputy_is_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.start}/{self.end}"


class HandOver(models.Model):
    """One thing, case or agreement that went from one person to another (needs N5, N9).

    By a person with a reason; or by itself because somebody left (``by`` and ``reason`` empty): then it stays on the
    leader's list until somebody has seen it. Cases that went by themselves are marked on the case instead.
    """

    kind = models.CharField(max_length=30)  # the name in registry.register_carried
    key = models.CharField(max_length=60)
    title = models.CharField(max_length=200)  # as it was called then
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    former = models.ForeignKey(USER, models.PROTECT, related_name="+")
    receiver = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(by__isnull=True) | ~Q(reason=""), name="booking_handover_reason"),
            models.CheckConstraint(
                condition=Q(by__isnull=True) | Q(seen_at__isnull=False), name="booking_handover_seen_by_who_did_it"
            ),
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(seen_at__isnull=True), name="booking_handover_waits_once"
            ),
        ]
        indexes = [
            models.Index(fields=["former", "-at"], name="booking_handover_former"),
            models.Index(fields=["receiver", "-at"], name="booking_handover_receiver"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}: {self.former_id} → {self.receiver_id}"


class Feature(Translated):
    slug = models.SlugField(max_length=60, unique=True)

    class Meta:
        verbose_name = _("feature")
        verbose_name_plural = _("features")
        ordering = ["name"]


class Kind(models.TextChoices):
    VENUE = "venue", _("Venue")
    AREA = "area", _("Area")
    EQUIPMENT = "equipment", _("Equipment")
    HELP = "help", _("Help")


class Known(models.TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No")
    NOT_CHECKED = "not_checked", _("Not checked")


class Owner(models.TextChoices):
    MUNICIPALITY = "municipality", _("The municipality")
    COUNTY = "county", _("The county")
    PRIVATE = "private", _("Private")
    STATE = "state", _("The state")
    UNSETTLED = "unsettled", _("Unsettled")


class ResourceState(models.TextChoices):
    DRAFT = "draft", _("Draft, not published")
    ACTIVE = "active", _("Published")
    RETIRED = "retired", _("Retired")


class Resource(Translated, RuleFields):
    """Anything that can be lent. It owns rules and history, and outlives the page that presents it."""

    slug = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=10, choices=ResourceState.choices, default=ResourceState.DRAFT)
    public = models.BooleanField(_("shown to everybody"), default=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="resources", verbose_name=_("unit"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("is part of")
    )
    officer = models.ForeignKey(
        USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("case officer")
    )
    deputy = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("deputy"))
    summary = models.CharField(_("in one line (bokmål)"), max_length=250, blank=True)
    summary_nn = models.CharField(_("in one line (nynorsk)"), max_length=250, blank=True)
    summary_en = models.CharField(_("in one line (English)"), max_length=250, blank=True)
    capacity = models.PositiveIntegerField(_("room for, people"), null=True, blank=True)
    features = models.ManyToManyField(Feature, blank=True, related_name="resources", verbose_name=_("features"))
    address = models.CharField(_("address"), max_length=200, blank=True)
    # GeoJSON geometry, WGS84 lon/lat. The box columns are derived by the service that sets it, and indexed.
    geometry = models.JSONField(_("outline (GeoJSON)"), null=True, blank=True)
    min_lon = models.FloatField(null=True, blank=True, editable=False)
    min_lat = models.FloatField(null=True, blank=True, editable=False)
    max_lon = models.FloatField(null=True, blank=True, editable=False)
    max_lat = models.FloatField(null=True, blank=True, editable=False)
    timezone = models.CharField(_("time zone"), max_length=40, blank=True)  # empty: the municipality's
    step_free = models.CharField(_("step-free access"), max_length=12, choices=Known.choices, default=Known.NOT_CHECKED)
    accessible_toilet = models.CharField(
        _("accessible toilet"), max_length=12, choices=Known.choices, default=Known.NOT_CHECKED
    )
    hearing_loop = models.CharField(_("hearing loop"), max_length=12, choices=Known.choices, default=Known.NOT_CHECKED)
    lift = models.CharField(_("lift"), max_length=12, choices=Known.choices, default=Known.NOT_CHECKED)
    quiet_room = models.CharField(_("quiet room"), max_length=12, choices=Known.choices, default=Known.NOT_CHECKED)
    door_width_cm = models.PositiveSmallIntegerField(_("narrowest door, cm"), null=True, blank=True)
    owner = models.CharField(_("owner"), max_length=12, choices=Owner.choices, default=Owner.MUNICIPALITY)
    owner_name = models.CharField(_("name of the owner"), max_length=150, blank=True)
    basis_of_use = models.CharField(_("on what basis others use it"), max_length=250, blank=True)
    external_source = models.CharField(max_length=60, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    external_hash = models.CharField(max_length=64, blank=True)
    # What the last import wrote, per field: a field that reads otherwise now was edited by staff, and is left alone.
    external_values = models.JSONField(default=dict, blank=True, editable=False)
    # Names, summary, address and features in small letters, for the search (rules.search_text; services keep it).
    search_text = models.TextField(blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(editable=False)
    revised_at = models.DateTimeField(editable=False)

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        ordering = ["name"]
        indexes = [models.Index(fields=["min_lon", "max_lon", "min_lat", "max_lat"], name="booking_resource_box")]
        constraints = [
            models.UniqueConstraint(
                fields=["external_source", "external_id"],
                condition=~Q(external_id=""),
                name="booking_resource_external",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="booking_resource_not_own_parent"),
        ]


class Cell(models.Model):
    """The smallest physical piece that can be occupied. Internal, never shown (architecture.md, occupancy)."""

    code = models.CharField(max_length=120, unique=True)
    exclusive = models.BooleanField(default=True)
    quantity = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(exclusive=False) | Q(quantity=1), name="booking_cell_exclusive_is_one")
        ]

    def __str__(self) -> str:
        return self.code


class Cover(models.Model):
    """A resource takes `amount` of a cell. Part and whole exclude each other because they share cells."""

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="covers")
    cell = models.ForeignKey(Cell, models.PROTECT, related_name="covers")
    amount = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resource", "cell"], name="booking_cover_once"),
            models.CheckConstraint(condition=Q(amount__gte=1), name="booking_cover_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.cell_id} × {self.amount}"


class OpeningHours(models.Model):
    """Weekly hours on wall-clock time, of a resource or of a unit. `closes` <= `opens` means the next day."""

    resource = models.ForeignKey(Resource, models.CASCADE, null=True, blank=True, related_name="opening_hours")
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"), validators=[MaxValueValidator(6)])  # 0 = Monday
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to and including"), null=True, blank=True)

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(resource__isnull=True, unit__isnull=False) | Q(resource__isnull=False, unit__isnull=True),
                name="booking_openinghours_one_owner",
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="booking_openinghours_weekday"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}-{self.closes}"


class OpeningException(models.Model):
    """Dates with other hours. Without times: closed all day. Holds for a resource, or for all things of a unit."""

    resource = models.ForeignKey(Resource, models.CASCADE, null=True, blank=True, related_name="opening_exceptions")
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="opening_exceptions")
    start = models.DateField(_("from"))
    end = models.DateField(_("to and including"))
    opens = models.TimeField(_("opens"), null=True, blank=True)
    closes = models.TimeField(_("closes"), null=True, blank=True)
    reason = models.CharField(_("why"), max_length=150, blank=True)

    class Meta:
        ordering = ["start"]
        constraints = [
            models.CheckConstraint(
                condition=Q(resource__isnull=True, unit__isnull=False) | Q(resource__isnull=False, unit__isnull=True),
                name="booking_openingexception_one_owner",
            ),
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="booking_openingexception_order"),
            models.CheckConstraint(
                condition=Q(opens__isnull=True, closes__isnull=True) | Q(opens__isnull=False, closes__isnull=False),
                name="booking_openingexception_both_times",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start}/{self.end} {self.reason}"


class Audience(models.TextChoices):
    EVERYBODY = "everybody", _("Everybody")
    CHILDREN_YOUTH = "children_youth", _("Children and youth")
    ORGANISATION = "organisation", _("Voluntary organisations")
    PRIVATE = "private", _("Private persons")
    COMMERCIAL = "commercial", _("Firms")


class PricePer(models.TextChoices):
    HOUR = "hour", _("hour")
    DAY = "day", _("day")
    LOAN = "loan", _("loan")
    PIECE = "piece", _("piece")


class PriceRule(models.Model):
    """What a loan costs for an audience, or for a kind of organisation. Without a rule it is free (N12).

    A rule of a thing takes the place of those for the same audience and kind further up (``rules.price``). Several
    ways of counting for one audience: the cheapest holds.
    """

    resource = models.ForeignKey(Resource, models.CASCADE, null=True, blank=True, related_name="prices")
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="prices")
    audience = models.CharField(_("for"), max_length=20, choices=Audience.choices)
    organisation_kind = models.CharField(_("only for the kind of organisation"), max_length=20, blank=True)
    amount = models.DecimalField(_("amount, kroner"), max_digits=9, decimal_places=2, validators=[MinValueValidator(0)])
    per = models.CharField(_("per"), max_length=5, choices=PricePer.choices)
    minimum = models.DecimalField(
        _("at least, kroner"), max_digits=9, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(resource__isnull=True, unit__isnull=False) | Q(resource__isnull=False, unit__isnull=True),
                name="booking_pricerule_one_owner",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="booking_pricerule_amount"),
            models.CheckConstraint(
                condition=Q(minimum__isnull=True) | Q(minimum__gte=0), name="booking_pricerule_minimum"
            ),
            models.UniqueConstraint(
                fields=["resource", "audience", "organisation_kind", "per"],
                condition=Q(resource__isnull=False),
                name="booking_pricerule_once_resource",
            ),
            models.UniqueConstraint(
                fields=["unit", "audience", "organisation_kind", "per"],
                condition=Q(unit__isnull=False),
                name="booking_pricerule_once_unit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.audience} {self.amount}/{self.per}"


class UseKind(Translated):
    """Something that happens during a loan and takes more than the place does: open fire, selling food (N11).

    Who asks ticks it; with ``heads_over`` it is meant by itself when more people come.
    """

    slug = models.SlugField(max_length=60, unique=True)
    help = models.CharField(_("explained (bokmål)"), max_length=250, blank=True)
    help_nn = models.CharField(_("explained (nynorsk)"), max_length=250, blank=True)
    help_en = models.CharField(_("explained (English)"), max_length=250, blank=True)
    heads_over = models.PositiveIntegerField(_("meant by itself when more come than"), null=True, blank=True)
    active = models.BooleanField(_("asked about"), default=True)

    class Meta:
        verbose_name = _("kind of use")
        verbose_name_plural = _("kinds of use")
        ordering = ["name"]


class RequirementKind(models.TextChoices):
    PERMIT = "permit", _("Permit")
    CONDITION = "condition", _("Condition that is confirmed")
    DOCUMENT = "document", _("Document that is handed in")


class RequirementSeverity(models.TextChoices):
    INFO = "info", _("The loan can be granted subject to it")
    NEEDS_OFFICER = "needs_officer", _("A case officer looks at it before the loan is granted")
    BLOCK = "block", _("It must be in place before the loan is granted")


class PermitRequirement(models.Model):
    """A permit, condition or document that a loan takes, and who grants it (N11).

    It hangs on a thing (and holds for its parts), on a unit (for all its things), or on a kind of use. One that
    ``replaces`` another takes its place for the thing that it hangs on; ``waived``: there nothing is needed.
    """

    resource = models.ForeignKey(Resource, models.CASCADE, null=True, blank=True, related_name="permits")
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="permits")
    use = models.ForeignKey(UseKind, models.PROTECT, null=True, blank=True, related_name="permits")
    kind = models.CharField(
        _("what it is"), max_length=10, choices=RequirementKind.choices, default=RequirementKind.PERMIT
    )
    what = models.CharField(_("what (bokmål)"), max_length=150)
    what_nn = models.CharField(_("what (nynorsk)"), max_length=150, blank=True)
    what_en = models.CharField(_("what (English)"), max_length=150, blank=True)
    help = models.TextField(_("help (bokmål)"), blank=True)
    help_nn = models.TextField(_("help (nynorsk)"), blank=True)
    help_en = models.TextField(_("help (English)"), blank=True)
    granting_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("granted by the unit")
    )
    granted_by = models.CharField(_("granted by somebody else"), max_length=150, blank=True)
    url = models.CharField(
        _("address of the form or of the rules"),
        max_length=200,
        blank=True,
        validators=[URLValidator(schemes=["http", "https"])],
    )
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    blocking = models.BooleanField(_("without it the loan can't take place"), default=False)
    severity = models.CharField(
        _("before the loan is granted"),
        max_length=15,
        choices=RequirementSeverity.choices,
        default=RequirementSeverity.INFO,
    )
    days_before = models.PositiveSmallIntegerField(
        _("in place so many days before the loan"), default=0, validators=[MaxValueValidator(365)]
    )
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("in place of")
    )
    waived = models.BooleanField(_("not needed here"), default=False)
    active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("requirement")
        verbose_name_plural = _("requirements")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(resource__isnull=False, unit__isnull=True, use__isnull=True)
                | Q(resource__isnull=True, unit__isnull=False, use__isnull=True)
                | Q(resource__isnull=True, unit__isnull=True, use__isnull=False),
                name="booking_requirement_one_owner",
            ),
            models.CheckConstraint(
                condition=Q(granting_unit__isnull=False) | ~Q(granted_by=""), name="booking_requirement_has_granter"
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True) | ~Q(replaces=F("id")), name="booking_requirement_not_itself"
            ),
            models.CheckConstraint(
                condition=Q(waived=False) | Q(replaces__isnull=False), name="booking_requirement_waives_another"
            ),
        ]

    def __str__(self) -> str:
        return self.what


class CatalogueStamp(models.Model):
    """Random values that the database's own triggers set when anything of the catalogue changes (``stamp``)."""

    slot = models.PositiveSmallIntegerField(primary_key=True)
    value = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.slot}: {self.value}"
