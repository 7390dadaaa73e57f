"""The site's own user: signs in by e-mail. The plugin never owns the user, it only points at AUTH_USER_MODEL."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

#: Where the addresses of erased people point: a name that never exists (RFC 2606).
ERASED_DOMAIN = "erased.invalid"
#: Named in themselves: a reader finds their own.
LANGUAGES = [("nb", "Bokmål"), ("nn", "Nynorsk"), ("en", "English")]


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def _create(self, email: str, password: str | None, **extra: Any) -> User:
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        return self._create(email, password, **extra)

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        return self._create(email, password, **(extra | {"is_staff": True, "is_superuser": True}))

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    language = models.CharField(_("language of letters"), max_length=5, choices=LANGUAGES, default="nb")
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("municipal employee"), default=False)
    date_joined = models.DateTimeField(_("joined"), auto_now_add=True)
    #: When this person told us, or a provider knew, that they are 13 or older. Never a date of birth.
    age_declared_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_ci")]

    def __str__(self) -> str:
        return self.get_full_name()

    @property
    def is_erased(self) -> bool:
        """Whether the row stands for somebody who had themselves erased (accounts.personal)."""
        return self.email.endswith(f"@{ERASED_DOMAIN}")

    def clean(self) -> None:
        """An address has one spelling: lower case."""
        super().clean()
        self.email = self.email.strip().lower()

    def get_full_name(self) -> str:
        """The name, else the address; of somebody who was erased neither is left."""
        return gettext("Erased person") if self.is_erased else self.name or self.email

    def get_short_name(self) -> str:
        return self.get_full_name() if self.is_erased else (self.name or self.email).split(" ")[0]

    # Wagtail's admin reads these two names of Django's stock user.
    @property
    def first_name(self) -> str:
        return self.get_short_name()

    @property
    def last_name(self) -> str:
        return " ".join(self.name.split(" ")[1:])


class Identity(models.Model):
    """Somebody else's word for who a person is: an OpenID Connect provider's `sub`. There is no room for anything more.

    No claims, tokens or names: what a provider tells (the national number among it) is forgotten with the request.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="identities")
    provider = models.SlugField(max_length=40)  # the key in SIGN_IN_PROVIDERS
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "subject"], name="accounts_identity_once")]

    def __str__(self) -> str:
        return f"{self.provider}: {self.user_id}"


class SignedIn(models.Model):
    """A browser that is signed in, so that its owner can see and end it. No address of the network is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="signed_in")
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField(max_length=60, blank=True)  # "Firefox, Android"
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id}: {self.device}"


class AddressChange(models.Model):
    """A changed e-mail address, kept as long as the old one may undo it (address.UNDO), then forgotten by `tick`."""

    user = models.ForeignKey(User, models.CASCADE, related_name="address_changes")
    old = models.EmailField()
    new = models.EmailField()
    nonce = models.CharField(max_length=64, unique=True)  # the undo link is computed from it and the secret key
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} {self.changed_at}"
