"""Mails as tests send them: ordinary ones, and the nastiest there are."""

from __future__ import annotations

from email.message import EmailMessage

from booking.correspondence.incoming.addresses import address_of


def mail(
    sender: str = "Kari Trener <kari.trener@example.org>",
    to: str = "svar@example.org",
    words: str = "Vi blir tretti.",
    *,
    subject: str = "Re: Vintercup",
    number: int = 1,
    files: tuple[tuple[str, bytes, str], ...] = (),
    html: str = "",
    **headers: str,
) -> bytes:
    """One ordinary mail. ``headers``: `Auto_Submitted="auto-replied"` and the like."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = f"<test-{number}@mail.example.org>"
    message["Date"] = "Mon, 02 Mar 2026 10:15:00 +0100"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    if html and not words:
        message.set_content(html, subtype="html")
    else:
        message.set_content(words)
        if html:
            message.add_alternative(html, subtype="html")
    for name, content, kind in files:
        maintype, _slash, subtype = kind.partition("/")
        message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    return message.as_bytes()


def reply_to(case: object, address: str) -> str:
    """Where somebody with this address answers in the case."""
    return address_of(case.reference, address)  # type: ignore[attr-defined]


def bounce(message_id: str, action: str = "failed") -> bytes:
    """What a mail server sends when it can't deliver (RFC 3464)."""
    return f"""Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: no-reply@localhost
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-{action}@mx.example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; borte@example.org
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: message/rfc822

From: no-reply@localhost
To: borte@example.org
Subject: Receipt
Message-ID: {message_id}
X-Samskap: letter

Hello.
--b--
""".replace("\n", "\r\n").encode()


def nasty() -> dict[str, bytes]:
    """What must neither crash nor be lost."""
    head = b"From: kari.trener@example.org\r\nTo: svar@example.org\r\nMessage-ID: <n@x>\r\n"
    deep = head + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(2000)
    )
    return {
        "nothing but blanks in the body": head + b"\r\n   \r\n",
        "no headers": b"\r\nHei, er hallen ledig?",
        "no blank line": b"From: kari.trener@example.org",
        "binary": bytes(range(256)) * 40,
        "unknown charset": head + b"Content-Type: text/plain; charset=klingon-8\r\n\r\nGr\xc3\xb8nn hall",
        "wrong charset": head + b"Content-Type: text/plain; charset=utf-8\r\n\r\nGr\xf8nn hall",
        "a codec that is no charset": head + b"Content-Type: text/plain; charset=zip\r\n\r\nHei",
        "NULs": head + b"Subject: a\x00b\r\n\r\nHei\x00 du\x00",
        "lone surrogates": head + b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA- og +3AA- hei",
        "surrogates in json charset": head + b"Content-Type: text/plain; charset=utf-16\r\n\r\n\x00\xd8\x41\x00",
        "ten thousand headers": head + b"".join(b"X-H%d: v\r\n" % n for n in range(10_000)) + b"\r\nHei",
        "a header of a megabyte": head + b"Subject: " + b"a " * 500_000 + b"\r\n\r\nHei",
        "a thousand encoded words": head + b"Subject: " + b"=?utf-8?b?w7g=?= " * 5_000 + b"\r\n\r\nHei",
        "broken encoded word": head + b"Subject: =?utf-8?b?w7?= =?x?q?=ZZ?=\r\n\r\nHei",
        "comments in comments": b"From: " + b"(" * 20_000 + b" kari@example.org\r\n\r\nHei",
        "two senders": b"From: a@example.org, b@example.org\r\n\r\nHei",
        "a hidden second address": b'From: "officer@kommune.no" <kari.trener@example.org> <x@y.no>\r\n\r\nHei',
        "parts in parts": deep + b"\r\nHei",
        "boundary that never comes": head + b'Content-Type: multipart/mixed; boundary="x"\r\n\r\nHei',
        "no boundary": head + b"Content-Type: multipart/mixed\r\n\r\nHei",
        "broken base64": head + b"Content-Transfer-Encoding: base64\r\n\r\n!!!!%%%%=",
        "unknown encoding": head + b"Content-Transfer-Encoding: rot13\r\n\r\nHei",
        "broken parameters": head
        + b"Content-Type: text/plain; charset*0*=utf-8''%ZZ; charset*7*=x; name*=a'b\r\n\r\nHei",
        "html bomb": head + b"Content-Type: text/html\r\n\r\n" + b"<div>" * 50_000 + b"Hei" + b"<!-" * 1000 + b"<![x",
        "a part that says it is a mail": head + b"Content-Type: message/rfc822\r\n\r\nnot a mail\r\n\r\nHei",
        "a report of nothing": head
        + b'Content-Type: multipart/report; report-type=delivery-status; boundary="q"\r\n\r\n--q--',
        "thousands of parts": head
        + b'Content-Type: multipart/mixed; boundary="q"\r\n\r\n'
        + b"--q\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx\r\n" * 3_000
        + b"--q--",
    }
