"""What higher floors bring: how a message is written (`register`), and what `tick` does besides sending (`jobs`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation

from booking.correspondence.letters import Attachment, Letter

Payload = Mapping[str, Any]
Render = Callable[[Payload, str], Letter]
StillValid = Callable[[Payload], bool]
OnSent = Callable[[Payload, datetime], None]
RecipientOf = Callable[[Payload], str]
Attach = Callable[[Payload, str], Sequence[Attachment]]
Job = Callable[[datetime], int]
#: (whether the worker must end) → how many pieces of work it did.
LongJob = Callable[[Callable[[], bool]], int]

#: How long an unsent secret is kept, if its handler says nothing else: a log-in code is dead by then.
SECRET_LIFE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Handler:
    """How one kind of message is rendered and checked. `secret`: text and payload are erased once it was sent.

    `life`: how long a secret message is of any use; an unsent one is erased after that. `recipient_of`: finds the
    address at the moment of sending, for people whose address stands nowhere in the open.
    """

    name: str
    render: Render
    still_valid: StillValid
    on_sent: OnSent | None
    secret: bool
    life: timedelta
    recipient_of: RecipientOf | None = None

    def write(self, payload: Payload, language: str) -> Letter:
        """The letter as it would leave now, with `language` active while it is written."""
        with translation.override(language):
            letter = self.render(payload, language)
            more = [one for attach in _attachers.get(self.name, {}).values() for one in attach(payload, language)]
        return replace(letter, attachments=(*letter.attachments, *more)) if more else letter


_handlers: dict[str, Handler] = {}
_attachers: dict[str, dict[str, Attach]] = {}
_jobs: dict[str, Job] = {}
_long_jobs: dict[str, LongJob] = {}


def _always(_payload: Payload) -> bool:
    return True


def register(
    name: str,
    render: Render,
    still_valid: StillValid = _always,
    *,
    on_sent: OnSent | None = None,
    secret: bool = False,
    life: timedelta = SECRET_LIFE,
    recipient_of: RecipientOf | None = None,
) -> None:
    """Make `name` usable in `services.enqueue`.

    `render(payload, language)` writes the letter at the moment of sending, in the receiver's language (that language is
    active while it runs). `still_valid(payload)` is asked right before: a message that is no longer true is dropped.
    `on_sent(payload, now)` runs in the transaction that records the server's acceptance. With `recipient_of(payload)`
    the outbox keeps no address: it is asked for when the letter leaves, and "" drops the letter. Registering a name
    again replaces it (a site overrides a letter this way).
    """
    _handlers[name] = Handler(name, render, still_valid, on_sent, secret, life, recipient_of)


def register_attachments(name: str, what: str, attach: Attach) -> None:
    """Let a higher floor add files to the letter ``name``: ``attach(payload, language)`` answers them when it is
    written. ``what`` names the adder; registering it again replaces it."""
    _attachers.setdefault(name, {})[what] = attach


def handler(name: str) -> Handler:
    """The handler of that name. Raises ``KeyError`` when nobody registered it."""
    return _handlers[name]


def handler_names() -> list[str]:
    """Every registered name, sorted; tests walk it."""
    return sorted(_handlers)


def secret_handlers() -> dict[str, timedelta]:
    """The handlers whose messages are erased after sending, with how long an unsent one is of use."""
    return {item.name: item.life for item in _handlers.values() if item.secret}


@dataclass(frozen=True, slots=True)
class Routed:
    """What became of an incoming mail: a state of ``InboundState`` and the code of why."""

    state: str
    reason: str = ""


#: (the mail as it was read, its stored row, now, "" or why it must be put before a person) → what became of it.
Router = Callable[[Any, Any, datetime, str], Routed]
_router: Router | None = None


def route_mail_by(route: Router) -> None:
    """Let ``route`` decide what an incoming mail is about. It runs in the transaction that records what became of it,
    and must park what it can't place (`Routed("parked", ...)`)."""
    global _router
    _router = route


def router() -> Router | None:
    """Who places incoming mail; None while nobody does."""
    return _router


def register_job(name: str, job: Job) -> None:
    """Let `tick` run `job(now)`: does everything of its kind that is due, answers how many things it did.

    A job must be safe twice, late, and in two processes at once.
    """
    _jobs[name] = job


def jobs() -> list[tuple[str, Job]]:
    """The jobs in the order they were registered."""
    return list(_jobs.items())


def register_long_job(name: str, job: LongJob) -> None:
    """Let a worker do what takes minutes: `work` in a thread of its own, `tick` after everything else.

    The job claims a piece of work with a lease, asks again and again whether it must end, and then gives back what it
    has. It must be safe in two processes at once, and when it is killed.
    """
    _long_jobs[name] = job


def long_jobs() -> list[tuple[str, LongJob]]:
    """The long jobs in the order they were registered."""
    return list(_long_jobs.items())
