"""Emptying a mailbox by IMAP. A mail is moved away only after it was stored; one that can't be stays where it is."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime

import requests
from django.db import transaction
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from booking.correspondence.incoming.accepting import accept
from booking.correspondence.models import MailboxToken
from booking.foundation import vault
from booking.foundation.conf import MailIn, booking_settings

log = logging.getLogger(__name__)

#: Seconds for each answer of the mail server or of the giver of tokens.
PATIENCE = 20
#: Mails in one round; the rest waits for the next minute.
MOST = 200
_PURPOSE = "mailbox-token"


class MailboxError(Exception):
    """The mailbox can't be opened, or not everything in it could be taken in. In words for an administrator."""


def empty(now: datetime) -> int:
    """Take in what lies in the mailbox. How many; 0 when no mailbox is set. Safe twice and in two places at once.

    Raises `MailboxError`: what could be taken in has been, and the rest lies where it lay.
    """
    conf = booking_settings().mail_in
    if not conf.host:
        return 0
    done, failed = 0, 0
    try:
        with _opened(conf, now) as client:
            client.select_folder(conf.folder)
            uids = sorted(client.search(["UNDELETED"]))[:MOST]
            for uid in uids:
                if _take_in(client, uid, conf, now):
                    done += 1
                else:
                    failed += 1
    except (IMAPClientError, OSError, requests.RequestException) as error:
        raise MailboxError(f"{conf.user} at {conf.host}: {_plain(error)}") from error
    if failed:
        raise MailboxError(f"{conf.user} at {conf.host}: {failed} mails could not be taken in and stay there")
    return done


def _take_in(client: IMAPClient, uid: int, conf: MailIn, now: datetime) -> bool:
    try:
        size = int(client.fetch([uid], ["RFC822.SIZE"]).get(uid, {}).get(b"RFC822.SIZE", 0))
        # One more than the limit: so that it shows that the mail is too big, without fetching all of it.
        item = f"BODY.PEEK[]<0.{conf.max_bytes + 1}>" if size > conf.max_bytes else "BODY.PEEK[]"
        found = client.fetch([uid], [item]).get(uid, {})
        raw = next((value for name, value in found.items() if name.startswith(b"BODY[]")), None)
        if raw is None:
            return True  # another round has moved it meanwhile
        accept(bytes(raw), now=now, size=size)
    except IMAPClientError:
        raise
    except Exception:
        # The database, or a mail such as nobody has seen: the others are taken in all the same.
        log.exception("Mail %s could not be taken in", uid)
        return False
    _put_away(client, uid, conf.done_folder)
    return True


def _put_away(client: IMAPClient, uid: int, folder: str) -> None:
    if client.has_capability("MOVE"):
        client.move([uid], folder)
        return
    client.copy([uid], folder)
    client.delete_messages([uid])
    client.expunge([uid]) if client.has_capability("UIDPLUS") else client.expunge()


@contextlib.contextmanager
def _opened(conf: MailIn, now: datetime) -> Iterator[IMAPClient]:
    token = _access_token(conf, now) if conf.oauth_token_url else ""
    client = IMAPClient(conf.host, port=conf.port, ssl=conf.tls, timeout=PATIENCE)
    try:
        if token:
            client.oauth2_login(conf.user, token)
        else:
            client.login(conf.user, conf.password)
        if not client.folder_exists(conf.done_folder):
            client.create_folder(conf.done_folder)
        yield client
    finally:
        with contextlib.suppress(IMAPClientError, OSError):
            client.logout()


def _access_token(conf: MailIn, now: datetime) -> str:
    """A token for this round (RFC 6749 4.4 and 6). A new refresh token is kept before the old one is forgotten."""
    which = f"{conf.oauth_token_url}\n{conf.oauth_client_id}\n{conf.oauth_refresh_token}"
    client = vault.fingerprint(_PURPOSE, which)
    form = {"client_id": conf.oauth_client_id, "client_secret": conf.oauth_client_secret, "scope": conf.oauth_scope}
    refresh = _newest(client) or conf.oauth_refresh_token
    if refresh:
        form |= {"grant_type": "refresh_token", "refresh_token": refresh}
    else:
        form |= {"grant_type": "client_credentials"}
    answer = requests.post(
        conf.oauth_token_url, data={name: value for name, value in form.items() if value}, timeout=PATIENCE
    )
    try:
        body = answer.json()
    except ValueError:
        body = {}
    token = body.get("access_token") if isinstance(body, dict) else None
    if not answer.ok or not isinstance(token, str) or not token:
        why = body.get("error", "") if isinstance(body, dict) else ""
        raise MailboxError(f"no token from {conf.oauth_token_url}: {answer.status_code} {why}".strip())
    successor = body.get("refresh_token")
    if isinstance(successor, str) and successor and successor != refresh:
        with transaction.atomic():
            MailboxToken.objects.update_or_create(
                client=client, defaults={"sealed": vault.seal(_PURPOSE, successor), "at": now}
            )
    return token


def _newest(client: str) -> str:
    row = MailboxToken.objects.filter(client=client).first()
    if row is None:
        return ""
    try:
        return vault.open_sealed(_PURPOSE, row.sealed)
    except vault.Unreadable:
        return ""


def _plain(error: Exception) -> str:
    """What the server said, without what we sent: a token has no business in a log."""
    return f"{type(error).__name__}: {str(error)[:300]}"
