"""What the site itself knows about people: the account, its ways in, and what they did in Wagtail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from wagtail.admin.models import EditingSession, FormState
from wagtail.models import APIToken, ModelLogEntry
from wagtail.users.models import UserProfile

from booking.foundation import personal, text
from booking.foundation.errors import FieldError, Invalid
from booking.foundation.personal import Account, Fact, PersonalData, Record, RetentionClass
from municipality.accounts import age
from municipality.accounts.fresh import is_fresh
from municipality.accounts.models import ERASED_DOMAIN, LANGUAGES, AddressChange, Identity, SignedIn, User


def register() -> None:
    """Tell the plugin's registries."""
    personal.register_account(
        Account(
            details=lambda user: {"name": user.name, "phone": user.phone, "language": user.language},
            correct=correct,
            is_fresh=is_fresh,
            prove_url=lambda back: f"{reverse('account_prove')}?{urlencode({'next': back})}",
            languages=tuple(LANGUAGES),
        )
    )
    personal.register_personal_data(
        PersonalData(
            name="account",
            label=_("Your account"),
            why=_("So that you can log in, and get letters in your language."),
            goes=_("Name, address, phone, ways to log in, where you are logged in, keys of programs."),
            stays=_("A row without name and address, so that history doesn't point at nobody."),
            collect=_collect,
            erase=_erase,
            last=True,
            covers=(
                "accounts.user.email",
                "accounts.user.name",
                "accounts.user.phone",
                "accounts.identity.user",
                "accounts.signedin.user",
                "accounts.addresschange.user",
                "accounts.addresschange.old",
                "accounts.addresschange.new",
                "account.emailaddress.user",
                "account.emailaddress.email",
                "mfa.authenticator.user",
                "wagtailcore.apitoken.user",
                "wagtailcore.apitoken.name",
                "wagtailusers.userprofile.user",
                "wagtailadmin.editingsession.user",
                "wagtailadmin.formstate.user",
            ),
        )
    )
    personal.register_personal_data(
        PersonalData(
            name="pages",
            label=_("Pages, pictures and files"),
            why=_("So that editors see who wrote what."),
            stays=_("What you wrote or uploaded for the municipality stays. It no longer says who you are."),
            collect=_wrote,
            erase=_forget_labels,
            covers=(
                *(f"wagtailcore.{name}" for name in _WRITTEN),
                "wagtaildocs.document.uploaded_by_user",
                "wagtailimages.image.uploaded_by_user",
            ),
        )
    )
    personal.register_retention(
        RetentionClass(
            name="sessions",
            label=_("Where people are logged in"),
            what=_("Deleted when the log-in has run out or was ended. No address of the network is kept."),
            rows=SignedIn.objects.all,
            moment="seen_at",
            keep=timedelta(days=30),
            fixed=True,
            own_job=True,
        )
    )
    personal.register_retention(
        RetentionClass(
            name="old_addresses",
            label=_("Former e-mail addresses"),
            what=_("Deleted when the change can't be undone any more."),
            rows=AddressChange.objects.all,
            moment="changed_at",
            keep=timedelta(days=14),
            fixed=True,
            own_job=True,
        )
    )
    personal.register_retention(
        RetentionClass(
            name="unfinished_accounts",
            label=_("Accounts whose owner never said a name"),
            what=_("Deleted, with the address. Those to whom somebody has given a role are kept."),
            rows=age.unfinished,
            moment="date_joined",
            keep=age.UNFINISHED,
            fixed=True,
            own_job=True,
        )
    )
    personal.not_about_people("names a thing of the site", *_IMPERSONAL)


_WRITTEN = (
    "page.owner", "page.locked_by", "revision.user", "pagelogentry.user", "modellogentry.user", "comment.user",
    "comment.resolved_by", "commentreply.user", "pagesubscription.user", "taskstate.finished_by",
    "workflowstate.requested_by", "uploadedfile.uploaded_by_user",
)  # fmt: skip
_IMPERSONAL = (
    "wagtailcore.site.site_name", "wagtailcore.collection.name", "wagtailcore.workflow.name", "wagtailcore.task.name",
    "wagtailembeds.embed.author_name", "wagtailembeds.embed.provider_name", "taggit.tag.name", "auth.permission.name",
    "auth.group.name",
)  # fmt: skip


def correct(*, user: User, name: str, phone: str, language: str, now: datetime) -> None:
    """What a person puts right themselves. Raises ``Invalid``. The address has a page with proofs of its own."""
    faults = []
    values: dict[str, str] = {}
    for field, value, limit in (("name", name, 150), ("phone", phone, 30)):
        try:
            values[field] = text.clean(value, max_length=limit, loc=(field,), required=field == "name")
        except Invalid as error:
            faults += error.errors
    if language not in dict(LANGUAGES):
        faults.append(FieldError(("language",), "unknown_choice", _("There is no such language.")))
    if faults:
        raise Invalid.of(faults)
    user.name, user.phone, user.language = values["name"], values["phone"], language
    user.save(update_fields=["name", "phone", "language"])


def _collect(user: User) -> Iterator[Record]:
    yield Record(
        _("Account"),
        (
            Fact("email", _("E-mail"), user.email),
            Fact("name", _("Name"), user.name),
            Fact("phone", _("Phone"), user.phone),
            Fact("language", _("Language of letters"), user.language),
            Fact("joined", _("Since"), user.date_joined),
            Fact("last_login", _("Last logged in"), user.last_login),
        ),
        reverse("account_security"),
    )
    # Secrets never leave: a passkey's and an app's key, a provider's and a program's.
    for one in Authenticator.objects.filter(user=user).order_by("pk"):
        yield Record(
            _("Way to log in"),
            (
                Fact("kind", _("Kind"), str(one.get_type_display())),
                Fact("added_at", _("Added"), one.created_at),
                Fact("last_used_at", _("Last used"), one.last_used_at),
            ),
        )
    for identity in Identity.objects.filter(user=user).order_by("pk"):
        yield Record(
            _("Connected login"),
            (
                Fact("provider", _("Provider"), identity.provider),
                Fact("added_at", _("Added"), identity.created_at),
                Fact("last_used_at", _("Last used"), identity.used_at),
            ),
        )
    for row in SignedIn.objects.filter(user=user).order_by("-seen_at"):
        yield Record(
            _("Logged in on"),
            (
                Fact("device", _("Device"), row.device),
                Fact("since", _("Since"), row.began_at),
                Fact("last_used_at", _("Last used"), row.seen_at),
            ),
        )
    for change in AddressChange.objects.filter(user=user).order_by("pk"):
        yield Record(
            _("Changed address"),
            (
                Fact("old", _("Before"), change.old),
                Fact("new", _("After"), change.new),
                Fact("at", _("When"), change.changed_at),
            ),
        )
    for token in APIToken.objects.filter(user=user).order_by("pk"):
        yield Record(
            _("Key of a program"),
            (Fact("name", _("Name"), token.name), Fact("made_at", _("Made"), token.created)),
        )


def _wrote(user: User) -> Iterator[Record]:
    from wagtail.documents import get_document_model
    from wagtail.images import get_image_model
    from wagtail.models import Page

    for page in Page.objects.filter(owner=user).order_by("pk").iterator(chunk_size=500):
        yield Record(
            page.title, (Fact("page", _("Page"), page.title), Fact("made_at", _("Made"), page.first_published_at))
        )
    for label, model in ((_("Picture"), get_image_model()), (_("File"), get_document_model())):
        for row in model.objects.filter(uploaded_by_user=user).order_by("pk").iterator(chunk_size=500):
            yield Record(row.title, (Fact("file", label, row.title), Fact("made_at", _("Made"), row.created_at)))


def _about(user: User) -> Q:
    return Q(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))


def _forget_labels(user: User, now: datetime) -> int:
    # Wagtail's log writes the name of the user that an administrator changed.
    return ModelLogEntry.objects.filter(_about(user)).update(label="", data={})


def _erase(user: User, now: datetime) -> int:
    touched = 0
    keys = list(SignedIn.objects.filter(user=user).values_list("session_key", flat=True))
    touched += Session.objects.filter(session_key__in=keys).delete()[0]
    for model in (
        SignedIn,
        Identity,
        AddressChange,
        EmailAddress,
        Authenticator,
        UserProfile,
        EditingSession,
        FormState,
    ):
        touched += model.objects.filter(user=user).delete()[0]  # type: ignore[attr-defined]
    touched += APIToken.objects.filter(user=user).delete()[0]
    user.groups.clear()
    user.user_permissions.clear()
    user.email = f"{get_random_string(20).lower()}@{ERASED_DOMAIN}"
    user.name = user.phone = ""
    user.language = LANGUAGES[0][0]
    user.is_staff = user.is_superuser = False
    # The plugin hears of it and hands on what is left.
    user.is_active = False
    user.set_unusable_password()
    user.save()
    return touched + 1
