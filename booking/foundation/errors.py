"""Domain errors: what a service raises when it refuses. Every door renders the same object.

The class gives the HTTP status and the ``code`` of the problem document, exactly as api.md "Codes" lists them (also
readable as ``error.kind``). The first argument is the finer stable code that says which rule it was; it may be the
same. Messages are translatable, rendered when read, with ``params`` filled in by ``%``.

    raise Invalid("end_before_start", _("The end must be after the start."), loc=("lines", 0, "end"))
    raise Taken("taken", _("Just taken by someone else."), items=[...])

Several faults at once: ``Invalid.of([FieldError(...), FieldError(...)])``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.foundation.i18n import filled

Text = str | Promise
Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in what came in: where (a path such as ``("lines", 0, "start")``), which rule, and in words."""

    loc: Loc
    code: str
    message: Text
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The message in the active language."""
        return filled(self.message, self.params)

    def as_dict(self) -> dict[str, Any]:
        """The item of ``errors`` in a problem document."""
        return {"loc": list(self.loc), "code": self.code, "msg": self.text}


class DomainError(Exception):
    """A refusal with a stable code. Use one of the subclasses; each fixes ``status`` and ``kind``.

    ``items`` are structured facts for the caller (lines with verdicts, unmet requirements); they appear in the problem
    document under the name ``items_name``. ``extra`` adds further members to it.
    """

    status: ClassVar[int] = 400
    kind: ClassVar[str] = "invalid"
    title: ClassVar[Text] = _("This could not be done")
    items_name: ClassVar[str] = "items"

    def __init__(
        self,
        code: str,
        message: Text,
        *,
        loc: Sequence[str | int] = (),
        params: Mapping[str, Any] | None = None,
        items: Iterable[Any] = (),
        errors: Iterable[FieldError] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.loc: Loc = tuple(loc)
        self.params: Mapping[str, Any] = dict(params or {})
        self.items: list[Any] = list(items)
        self.extra: Mapping[str, Any] = dict(extra or {})
        self.errors: list[FieldError] = list(errors)
        if self.loc and not self.errors:
            self.errors.append(FieldError(self.loc, code, message, self.params))

    @classmethod
    def of(cls, errors: Sequence[FieldError]) -> Self:
        """One refusal for several faults; the first one speaks for it."""
        first = errors[0]
        return cls(first.code, first.message, params=first.params, errors=errors)

    @property
    def text(self) -> str:
        """The message in the active language."""
        return filled(self.message, self.params)

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


class Malformed(DomainError):
    """Not readable at all: broken JSON, wrong encoding."""

    kind = "malformed"
    title = _("The request could not be read")


class Invalid(DomainError):
    """Readable, but a value is missing, of the wrong kind or impossible. Told before any rule runs."""

    kind = "invalid"
    title = _("Something in the request is not right")


class HatRequired(DomainError):
    """More than one role fits, and the caller has not said which."""

    kind = "hat_required"
    title = _("Say in which role you act")


class NotAuthenticated(DomainError):
    """Nobody is signed in, or the token is unknown."""

    status = 401
    kind = "not_authenticated"
    title = _("Sign in first")


class Forbidden(DomainError):
    """The caller may see this, and may not do that."""

    status = 403
    kind = "forbidden"
    title = _("You may not do this")


class Disqualified(DomainError):
    """A conflict of interest. Never relaxed."""

    status = 403
    kind = "disqualified"
    title = _("You have a conflict of interest")


class NotFound(DomainError):
    """It doesn't exist, or the caller may not know that it does."""

    status = 404
    kind = "not_found"
    title = _("Not found")


class Taken(DomainError):
    """The time or the stock is gone: a lost race, or an overlap."""

    status = 409
    kind = "taken"
    title = _("Already taken")
    items_name = "lines"


class WrongState(DomainError):
    """The thing has moved on; this act doesn't fit its state."""

    status = 409
    kind = "wrong_state"
    title = _("This can't be done any more")


class Stale(DomainError):
    """The caller decided on an old version (``If-Match``, or a form opened before somebody else's act)."""

    status = 412
    kind = "stale"
    title = _("Somebody changed this in the meantime")


class TooLarge(DomainError):
    """The body or the file is bigger than we read."""

    status = 413
    kind = "too_large"
    title = _("Too large")


class RuleBroken(DomainError):
    """Understood, and refused by a rule of the house."""

    status = 422
    kind = "rule_broken"
    title = _("A rule says no")
    items_name = "lines"


class IdempotencyMismatch(DomainError):
    """The same Idempotency-Key came with another body."""

    status = 422
    kind = "idempotency_mismatch"
    title = _("The same key was used for something else")


class Unmet(DomainError):
    """Requirements that must hold first do not; ``items`` lists them."""

    status = 422
    kind = "unmet"
    title = _("Something must be done first")
    items_name = "unmet"


class TooMany(DomainError):
    """Too many tries. ``retry_after`` in seconds."""

    status = 429
    kind = "too_many"
    title = _("Too many tries")

    def __init__(self, code: str, message: Text, *, retry_after: int, **kwargs: Any) -> None:
        super().__init__(code, message, **kwargs)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """The database or a needed service is busy or away for the moment."""

    status = 503
    kind = "unavailable"
    title = _("Not available right now")
