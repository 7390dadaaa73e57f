"""Cases: what somebody asked, whose move it is, and what was decided. Fields and constraints only."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.catalogue.kits.models import Kit
from booking.catalogue.models import Kind as ResourceKind
from booking.catalogue.models import Resource, Unit
from booking.correspondence.models import InboundMail
from booking.foundation.logs import Logged
from booking.organisations.models import Organisation

USER = settings.AUTH_USER_MODEL


class CaseKind(models.TextChoices):
    REQUEST = "request", _("Loan request")
    ENQUIRY = "enquiry", _("Enquiry")
    SEASON = "season", _("Season hours")
    AGREEMENT = "agreement", _("Agreement")
    IMPORT = "import", _("Imported calendar")


class CaseState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    RECEIVED = "received", _("Received")
    IN_REVIEW = "in_review", _("In review")
    WAITING_FOR_REQUESTER = "waiting_for_requester", _("Needs your reply")
    ON_HOLD = "on_hold", _("On hold")
    GRANTED = "granted", _("Granted")
    PARTLY_GRANTED = "partly_granted", _("Partly granted")
    REFUSED = "refused", _("Refused")
    DISMISSED = "dismissed", _("Dismissed")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    APPEALED = "appealed", _("Appealed")
    CLOSED = "closed", _("Closed")


class LineState(models.TextChoices):
    REQUESTED = "requested", _("Asked for")
    HELD = "held", _("Held for you")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")
    WAITING_LIST = "waiting_list", _("Waiting list")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DISPLACED = "displaced", _("Displaced")
    CANCELLED_BY_ORGANISATION = "cancelled_by_organisation", _("Cancelled by the organisation")
    CANCELLED_BY_MUNICIPALITY = "cancelled_by_municipality", _("Cancelled by the municipality")
    HANDED_OUT = "handed_out", _("Handed out")
    RETURNED = "returned", _("Returned")
    COMPLETED = "completed", _("Completed")


class WaitingOn(models.TextChoices):
    MUNICIPALITY = "municipality", _("the municipality")
    REQUESTER = "requester", _("the requester")
    NOBODY = "nobody", _("nobody")


class Channel(models.TextChoices):
    """How words reached us."""

    PAGE = "page", _("on these pages")
    MAIL = "mail", _("by e-mail")
    SPOKEN = "spoken", _("spoken")
    PHONE = "phone", _("by phone")
    MESSENGER = "messenger", _("by Messenger or SMS")
    LETTER = "letter", _("on paper")


class Attention(models.TextChoices):
    """Why somebody of the unit should look at a case although it isn't the municipality's move."""

    NO_REPLY = "no_reply", _("No reply to our question")
    HANDED = "handed", _("Handed over several times")
    TAKEN_OVER = "taken_over", _("Taken over from somebody who left")


class Case(models.Model):
    """A request or an enquiry. `state` and `waiting_on` are derived (rules.derive_state) and stored for the queue."""

    reference = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=10, choices=CaseKind.choices, default=CaseKind.REQUEST)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="cases")
    requester = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="requested_cases")
    requester_hat = models.CharField(max_length=100, blank=True)  # "organisation:<slug>", "unit:<slug>" or "person"
    contact_email = models.EmailField(blank=True)  # of an enquirer without an account
    contact_name = models.CharField(max_length=150, blank=True)
    contact_phone = models.CharField(max_length=30, blank=True)
    contact_language = models.CharField(max_length=5, default="nb")  # of letters to who has no account
    responsible = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    responsible_name = models.CharField(max_length=150, blank=True)
    responsible_phone = models.CharField(max_length=30, blank=True)
    responsible_email = models.EmailField(blank=True)
    title = models.CharField(max_length=150, blank=True)
    title_public = models.BooleanField(default=False)
    purpose = models.TextField(blank=True)
    audience = models.JSONField(default=dict, blank=True)  # {"6-12": 20, ...} or {"about": 20, "bands": ["6-12"]}
    uses = models.JSONField(default=list, blank=True)  # slugs of the kinds of use that were ticked (catalogue.UseKind)
    message = models.TextField(blank=True)
    override_reason = models.TextField(blank=True)  # "ask anyway, and why"
    verdicts = models.JSONField(default=list, blank=True)  # codes and parameters that stood when it was sent
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="cases")
    officer = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    deputy = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=25, choices=CaseState.choices, default=CaseState.RECEIVED)
    stored_act = models.CharField(max_length=25, blank=True)  # draft, closed, appealed, dismissed, waiting…, on_hold
    touched_by_officer = models.BooleanField(default=False)  # received → in_review
    waiting_on = models.CharField(max_length=12, choices=WaitingOn.choices, default=WaitingOn.MUNICIPALITY)
    received_at = models.DateTimeField()
    answer_by = models.DateField(null=True, blank=True)
    first_answer_by = models.DateField(null=True, blank=True)  # kept on record when a holding reply moves answer_by
    slow_reason = models.CharField(max_length=200, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)  # when the last undecided line was decided
    paused_on = models.DateField(null=True, blank=True)  # the day the requester was asked: the clock stands until then
    promises = models.PositiveIntegerField(default=1)  # how many dates have been given so far
    hand_overs = models.PositiveIntegerField(default=0)
    attention = models.CharField(max_length=12, choices=Attention.choices, blank=True)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.PAGE)  # how it came in
    # A question of a party in a case that was answered: the municipality owes an answer since then.
    owed_since = models.DateTimeField(null=True, blank=True)
    # The enquiry that this case goes on from; its thread is shown with this one's.
    follows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followed_by")
    submission_key = models.CharField(max_length=64, null=True, blank=True, unique=True)  # the same form twice
    version = models.PositiveIntegerField(default=1)  # the ETag of the case; guards decisions (If-Match)
    revised_at = models.DateTimeField()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        indexes = [
            models.Index(fields=["unit", "waiting_on", "answer_by", "reference"], name="booking_case_queue"),
            models.Index(fields=["state", "answer_by"], name="booking_case_state"),
            models.Index(fields=["organisation", "answer_by"], name="booking_case_org"),
            models.Index(fields=["contact_email"], condition=Q(requester__isnull=True), name="booking_case_contact"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(follows__isnull=True) | ~Q(follows=F("pk")), name="booking_case_follows_another"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class HostState(models.TextChoices):
    ASKED = "asked", _("asked, has not answered")
    ACCEPTED = "accepted", _("co-host")
    DECLINED = "declined", _("said no")
    LEFT = "left", _("no longer co-host")


#: Of these a case's page tells, and they count for conflicts of interest, whatever they will answer (needs N10).
HOSTING = (HostState.ASKED, HostState.ACCEPTED)


class CoHost(models.Model):
    """Another organisation that stands behind a request (needs N13). The row stays when it says no or leaves."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="co_hosts")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=HostState.choices, default=HostState.ACCEPTED)
    asked_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "organisation"], name="booking_cohost_once"),
            models.CheckConstraint(
                condition=~Q(state="asked") | Q(answered_at__isnull=True, answered_by__isnull=True),
                name="booking_cohost_asked_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.organisation_id}"


class Series(models.Model):
    """A weekly (daily, monthly) rule in the resource's wall clock. Its lines keep their own identity."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="series")
    number = models.PositiveIntegerField()  # its place in the request: `series` in the API
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(default=1)
    start = models.DateTimeField()
    end = models.DateTimeField()
    rrule = models.CharField(max_length=250)
    exclude = models.JSONField(default=list, blank=True)  # local start dates, ISO
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    revised_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="booking_series_number")]

    def __str__(self) -> str:
        return f"{self.case_id} series {self.number}"


class Decision(models.Model):
    """An officer's answer to one or several lines. Append-only."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="decisions")
    by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")  # null: automatic approval
    hat = models.CharField(max_length=100)
    outcome = models.CharField(
        max_length=15, choices=[("grant", "grant"), ("refuse", "refuse"), ("waiting_list", "waiting_list")]
    )
    grounds = models.TextField(blank=True)
    legal_basis = models.CharField(
        max_length=10,
        choices=[("decision", _("decision")), ("agreement", _("agreement")), ("import", _("imported calendar"))],
        default="decision",
    )
    appeal_by = models.DateField(null=True, blank=True)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)  # within its minute, before the letter left

    def __str__(self) -> str:
        return f"{self.case_id}: {self.outcome}"


class Line(models.Model):
    """One resource (and quantity) at one time, half-open, with a state and an identity of its own."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()  # 1, 2, … in the case, never reused: `id` in the API
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(default=1)
    start = models.DateTimeField()
    end = models.DateTimeField()
    setup_minutes = models.PositiveIntegerField(default=0)
    teardown_minutes = models.PositiveIntegerField(default=0)
    series = models.ForeignKey(Series, models.PROTECT, null=True, blank=True, related_name="lines")
    series_index = models.PositiveIntegerField(null=True, blank=True)
    series_start = models.DateTimeField(null=True, blank=True)  # where the rule put it: RECURRENCE-ID
    # Asked for as part of a kit: which, how many of it, and which of the kits in the case. The line is the thing's own:
    # a kit that is changed later changes nothing here.
    kit = models.ForeignKey(Kit, models.PROTECT, null=True, blank=True, related_name="+")
    kit_group = models.PositiveIntegerField(null=True, blank=True)
    kit_quantity = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=30, choices=LineState.choices, default=LineState.REQUESTED)
    reason = models.CharField(max_length=60, blank=True)  # code of why it stands as it does (rival_granted, taken, …)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="lines")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0)
    # What it costs, as it was told before it was sent, in kroner; later changes of the rules don't touch it (N12).
    # None: nothing was told (season hours, agreements, what came before prices were kept).
    price = models.DecimalField(max_digits=11, decimal_places=2, null=True, blank=True)
    price_rule = models.JSONField(default=dict, blank=True)  # the rule that gave it (catalogue.rules.price)
    created_at = models.DateTimeField()
    revised_at = models.DateTimeField()

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="booking_line_number"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="booking_line_order"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="booking_line_quantity"),
            models.CheckConstraint(condition=Q(price__isnull=True) | Q(price__gte=0), name="booking_line_price"),
            models.CheckConstraint(
                condition=Q(kit__isnull=True, kit_group__isnull=True, kit_quantity__isnull=True)
                | Q(kit__isnull=False, kit_group__isnull=False, kit_quantity__gte=1),
                name="booking_line_kit_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["resource", "start"], name="booking_line_resource"),
            models.Index(fields=["end"], condition=Q(state="granted"), name="booking_line_to_complete"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.number}"


class TakeBackKind(models.TextChoices):
    ORDINARY = "ordinary", _("The municipality needs it")
    EMERGENCY = "emergency", _("Emergency")
    PRIORITY = "priority", _("A use that the house rules put first")


class TakeBackState(models.TextChoices):
    OPEN = "open", _("waits for the party's reply")
    OBJECTED = "objected", _("waits for the unit's answer to an objection")
    STANDS = "stands", _("the objection was answered")
    OVER = "over", _("over")


class TakeBackOutcome(models.TextChoices):
    ALTERNATIVE = "alternative", _("another time was accepted")
    LOSS = "loss", _("the loss was accepted")
    WITHDRAWN = "withdrawn", _("the party withdrew")
    RESTORED = "restored", _("the time was given back")
    ENDED = "ended", _("the unit ended it after the deadline")


class TakeBack(models.Model):
    """Granted time that the municipality takes back: why, until when the party may reply, what was free, what came.

    Its block in the calendar (cause `take_back`, this id) keeps the time for the municipality until `freed_at`. The
    rows are kept: how often it happens is counted (needs N8). Source: requests.md "Deciding".
    """

    line = models.ForeignKey("Line", models.PROTECT, related_name="take_backs")
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+")  # as the line was when it was taken
    start = models.DateTimeField()
    end = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=TakeBackKind.choices)
    priority_use = models.CharField(max_length=60, blank=True)
    reason = models.TextField()
    reply_by = models.DateField()  # the last local day of the reply
    alternatives = models.JSONField(default=list, blank=True)  # [[resource id, start, end]]; []: none existed
    short_notice = models.BooleanField(default=False)  # less than 48 hours before
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    hat = models.CharField(max_length=100)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=TakeBackState.choices, default=TakeBackState.OPEN)
    outcome = models.CharField(max_length=12, choices=TakeBackOutcome.choices, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    freed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=~Q(state="over"), name="booking_takeback_open_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="booking_takeback_order"),
            models.CheckConstraint(
                condition=(Q(state="over") & ~Q(outcome="")) | (~Q(state="over") & Q(outcome="")),
                name="booking_takeback_over_has_outcome",
            ),
        ]
        indexes = [models.Index(fields=["at"], name="booking_takeback_at")]

    def __str__(self) -> str:
        return f"{self.line_id} taken back {self.at:%Y-%m-%d}"


class OfferState(models.TextChoices):
    OPEN = "open", _("waits for an answer")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    EXPIRED = "expired", _("nobody answered in time")
    MOOT = "moot", _("overtaken by events")


class Offer(models.Model):
    """A released time, offered to one line of the waiting list, which holds it until `expires_at`.

    `released_at`: when the time came free. Who let an offer of that release pass isn't asked again for it.
    """

    line = models.ForeignKey("Line", models.PROTECT, related_name="offers")
    released_at = models.DateTimeField()
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=OfferState.choices, default=OfferState.OPEN)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=Q(state="open"), name="booking_lineoffer_open_once"),
            models.UniqueConstraint(fields=["line", "released_at"], name="booking_lineoffer_once_a_release"),
        ]
        indexes = [models.Index(fields=["expires_at"], condition=Q(state="open"), name="booking_lineoffer_due")]

    def __str__(self) -> str:
        return f"{self.line_id} offered until {self.expires_at:%Y-%m-%d %H:%M}"


class ChangeScope(models.TextChoices):
    ONE = "one", _("only this date")
    FOLLOWING = "following", _("this date and those after it")
    ALL = "all", _("all dates")


class ChangeState(models.TextChoices):
    """Whoever proposed it, the other side says yes (granted) or no (refused)."""

    OPEN = "open", _("waits for the other side")
    GRANTED = "granted", _("granted")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("taken back")
    EXPIRED = "expired", _("nobody answered in time")


class ChangeSide(models.TextChoices):
    PARTY = "party", _("the party")
    MUNICIPALITY = "municipality", _("the municipality")


class LineChange(models.Model):
    """A proposal to change a line. The old time stands until the other side says yes (requests.md "Deciding").

    Those that belong together (dates of a series) share `batch` and are decided together. The municipality's own
    (`side`) is about one date, granted or still asked for, and has a day by which the party is to answer.
    """

    line = models.ForeignKey("Line", models.PROTECT, related_name="changes")
    batch = models.UUIDField(default=uuid.uuid4)
    scope = models.CharField(max_length=10, choices=ChangeScope.choices, default=ChangeScope.ONE)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField(default=1)
    start = models.DateTimeField()
    end = models.DateTimeField()
    why = models.TextField(blank=True)
    price = models.DecimalField(max_digits=11, decimal_places=2, null=True, blank=True)  # as the line would cost then
    price_rule = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    hat = models.CharField(max_length=100)
    at = models.DateTimeField()
    side = models.CharField(max_length=12, choices=ChangeSide.choices, default=ChangeSide.PARTY)
    reply_by = models.DateField(null=True, blank=True)  # the last local day of the party's answer
    state = models.CharField(max_length=10, choices=ChangeState.choices, default=ChangeState.OPEN)
    grounds = models.TextField(blank=True)
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=Q(state="open"), name="booking_linechange_open_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="booking_linechange_order"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="booking_linechange_quantity"),
            models.CheckConstraint(
                condition=Q(side="party", reply_by__isnull=True) | Q(side="municipality", reply_by__isnull=False),
                name="booking_linechange_reply_by",
            ),
        ]
        indexes = [
            models.Index(fields=["batch"], name="booking_linechange_batch"),
            models.Index(
                fields=["reply_by"], condition=Q(state="open", side="municipality"), name="booking_linechange_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} to {self.start:%Y-%m-%d %H:%M}"


class Tie(models.Model):
    """Somebody of the staff has said that they have ties to a case; the leader decides (needs N10).

    Until then, and when the leader says so, they keep away. Why is between the two: parties never see it.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="ties")
    user = models.ForeignKey(USER, models.PROTECT, related_name="+")
    why = models.TextField()
    at = models.DateTimeField()
    verdict = models.CharField(
        max_length=10, choices=[("away", _("keeps away from the case")), ("fit", _("may go on with it"))], blank=True
    )
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="booking_tie_once")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.user_id}"


class TextUse(models.TextChoices):
    REFUSE = "refuse", _("Refusal")
    WAITING_LIST = "waiting_list", _("Waiting list")
    PARTLY = "partly", _("Partly granted")
    GRANT = "grant", _("Granted")
    TAKE_BACK = "take_back", _("Taking back granted time")
    DISMISS = "dismiss", _("Dismissal")


class GroundsText(models.Model):
    """Words that officers begin their grounds with, in three languages; of one unit, or (none) of all."""

    unit = models.ForeignKey(
        Unit, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("unit (empty: all)")
    )
    use = models.CharField(_("used for"), max_length=12, choices=TextUse.choices)
    title = models.CharField(_("title, seen by staff only"), max_length=80)
    text = models.TextField(_("text (bokmål)"))
    text_nn = models.TextField(_("text (nynorsk)"), blank=True)
    text_en = models.TextField(_("text (English)"), blank=True)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("text for grounds")
        verbose_name_plural = _("texts for grounds")
        ordering = ["use", "title", "pk"]

    def __str__(self) -> str:
        return self.title


class Event(Logged):
    """The append-only log of a case. Payloads hold ids and codes only; text is rendered from the type when read."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    type = models.CharField(max_length=30)
    actor = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    hat = models.CharField(max_length=100, blank=True)
    data = models.JSONField(default=dict, blank=True)
    staff_only = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["case", "id"], name="booking_event_case")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.type}"


class Step(models.Model):
    """Something of the answer clock that is due at a moment and stays due until it is done (requests.md clock 3)."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=15)  # rules.promise.KINDS
    about = models.DateField()  # the promised date, or the day of the question
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, blank=True)  # done, needless (a later one says more), moot (answered)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "kind", "about"], name="booking_step_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="booking_step_due")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.about}"


class Message(models.Model):
    """A word in the conversation of the parties, or an internal note that parties can never see.

    `author` is None for who has no account: `sender_name` and `sender_address` say who it was.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="messages")
    author = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    sender_name = models.CharField(max_length=150, blank=True)
    sender_address = models.CharField(max_length=254, blank=True)
    hat = models.CharField(max_length=100, blank=True)
    body = models.TextField()
    rest = models.TextField(blank=True)  # of an e-mail: what was quoted, shown folded
    left_out = models.JSONField(default=list, blank=True)  # files that were not taken: [{"name", "why"}]
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.PAGE)
    mail = models.ForeignKey(InboundMail, models.PROTECT, null=True, blank=True, related_name="+")
    internal = models.BooleanField(default=False)
    needs_answer = models.BooleanField(default=False)  # the writer said so: the other side's clock runs
    mentions = models.JSONField(default=list, blank=True)  # ids of users who were named with @
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(internal=False) | Q(author__isnull=False), name="booking_message_note_of_staff"
            ),
            # One mail is one message of a case, however often somebody presses "take in".
            models.UniqueConstraint(fields=["mail", "case"], name="booking_message_mail_once"),
        ]
        indexes = [models.Index(fields=["at"], name="booking_message_at")]

    def __str__(self) -> str:
        return f"{self.case_id} message {self.pk}"


class MessageFile(models.Model):
    """A file that came with a message. Only ever served as a download, to those who may read the message."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="files")
    name = models.CharField(max_length=100)
    mimetype = models.CharField(max_length=100)  # what its content is
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["message", "sha256", "name"], name="booking_file_once")]

    def __str__(self) -> str:
        return self.name


class Reader(models.Model):
    """How far one person has read a case, and whether they want to hear of it at all."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="readers")
    user = models.ForeignKey(USER, models.PROTECT, related_name="+")
    seen = models.PositiveBigIntegerField(default=0)  # id of the last message that was on the page
    seen_at = models.DateTimeField(null=True, blank=True)
    muted = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="booking_reader_once")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.user_id} up to {self.seen}"


class WishKind(models.TextChoices):
    TALK = "talk", _("Messages in cases of yours and of your organisations")
    DUTY = "duty", _("Duties that you have signed up for")
    STAFF_TALK = "staff_talk", _("Messages in cases that you answer for the municipality")


class WishWay(models.TextChoices):
    AT_ONCE = "at_once", _("At once: one e-mail for an hour's talk")
    EVENING = "evening", _("One e-mail in the evening")
    PAGE = "page", _("No e-mail: I look at the page")


class MailWish(models.Model):
    """How one person wants to hear of one kind of message. No row: at once."""

    user = models.ForeignKey(USER, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=WishKind.choices)
    way = models.CharField(max_length=10, choices=WishWay.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="booking_mailwish_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}: {self.way}"


class ParkedState(models.TextChoices):
    OPEN = "open", _("waits")
    TAKEN_IN = "taken_in", _("taken in")
    SPAM = "spam", _("spam")


class ParkReason(models.TextChoices):
    UNKNOWN_SENDER = "unknown_sender", _("The sender is not known on this case")
    NOT_OWN_ADDRESS = (
        "not_own_address",
        _("A colleague's address, but the letter that is answered went to somebody else"),
    )
    BAD_TOKEN = "bad_token", _("No case has this address")
    NO_CASE = "no_case", _("Sent to the mailbox for answers, about no case")
    ROBOT = "robot", _("From a mailing list or a program")
    TOO_MANY = "too_many", _("Many mails from this sender in a short time")
    NO_WORDS = "no_words", _("No words could be read in it")
    NO_SENDER = "no_sender", _("It has no usable sender")
    DISQUALIFIED = "disqualified", _("The sender has a conflict of interest in this case")
    FAILED = "failed", _("It could not be placed, several times")


class ParkedMail(models.Model):
    """An e-mail that a person of the unit must look at: nothing that comes in is lost (needs N4)."""

    mail = models.OneToOneField(InboundMail, models.PROTECT, related_name="parked")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="parked_mails")
    reason = models.CharField(max_length=20, choices=ParkReason.choices)
    words = models.TextField(blank=True)  # so that it can be read in the list, and after the raw mail is gone
    state = models.CharField(max_length=10, choices=ParkedState.choices, default=ParkedState.OPEN)
    became = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="+")
    handled_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("parked e-mail")
        verbose_name_plural = _("parked e-mails")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", handled_by__isnull=True) | (~Q(state="open") & Q(handled_by__isnull=False)),
                name="booking_parked_handled_by",
            ),
            models.CheckConstraint(
                condition=~Q(state="taken_in") | Q(became__isnull=False), name="booking_parked_became"
            ),
        ]
        indexes = [models.Index(fields=["unit", "state"], name="booking_parked_unit")]

    def __str__(self) -> str:
        return f"{self.mail_id}: {self.reason}"


class RoutingRule(models.Model):
    """Which unit a question goes to: the first rule that fits, by `position`; without any, the town's front desk."""

    position = models.PositiveSmallIntegerField(_("order"), default=10)
    words = models.TextField(_("words"), blank=True)  # beginnings of words, one a line or with commas; any of them fits
    kind = models.CharField(_("about things of the kind"), max_length=10, choices=ResourceKind.choices, blank=True)
    resource = models.ForeignKey(
        Resource, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("about the thing")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("goes to the unit"))
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(words="") | ~Q(kind="") | Q(resource__isnull=False), name="booking_routing_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.unit_id}"


class Answer(models.TextChoices):
    UNKNOWN = "unknown", _("not known yet")
    YES = "yes", _("yes")
    NO = "no", _("no")


class EarlyPlan(models.Model):
    """What an early enquiry says that the project takes, as far as anybody knows (needs N19)."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="plan")
    permits = models.CharField(max_length=10, choices=Answer.choices, default=Answer.UNKNOWN)
    permits_note = models.CharField(max_length=300, blank=True)
    land = models.CharField(max_length=10, choices=Answer.choices, default=Answer.UNKNOWN)
    land_note = models.CharField(max_length=300, blank=True)
    money = models.CharField(max_length=10, choices=Answer.choices, default=Answer.UNKNOWN)
    money_note = models.CharField(max_length=300, blank=True)  # by source
    running = models.CharField(max_length=10, choices=Answer.choices, default=Answer.UNKNOWN)
    running_note = models.CharField(max_length=300, blank=True)  # by source
    upkeep = models.CharField(max_length=10, choices=Answer.choices, default=Answer.UNKNOWN)
    upkeep_note = models.CharField(max_length=300, blank=True)  # who
    wants_public = models.BooleanField(
        default=False
    )  # the asker says that it may be shown, with the organisation's name
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=False, wants_public=True),
                name="booking_plan_public_if_wanted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} plan"
