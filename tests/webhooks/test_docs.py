"""What docs/integrators/webhooks.md says is so: its table of events, and its examples, which are run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from booking.webhooks import rules

TEXT = (Path(__file__).resolve().parents[2] / "docs/integrators/webhooks.md").read_text()
#: The secret of the standard's own example.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"type":"webhook.test","data":{"navn":"Sjøbua ☃"}}'.encode()


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None
    return found[1]


def in_python(secret: str, headers: dict[str, str], body: bytes) -> bool:
    space: dict[str, Any] = {}
    exec(example("python"), space)  # noqa: S102 - the documentation's example is what is tested
    return bool(space["verify"](secret, headers, body))


def in_node(secret: str, headers: dict[str, str], body: bytes) -> bool:
    given_ = json.dumps({"secret": secret, "headers": headers, "body": body.decode()})
    program = (
        example("js")
        + "const g = JSON.parse(require('node:fs').readFileSync(0));"
        + ("console.log(verify(g.secret, g.headers, Buffer.from(g.body)));")
    )
    done = subprocess.run(["node", "-e", program], input=given_, capture_output=True, text=True, check=True)
    return done.stdout.strip() == "true"


def in_the_library(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node isn't installed")
EVERYBODY = [in_python, pytest.param(in_node, marks=needs_node), in_the_library]


@pytest.mark.parametrize("verify", EVERYBODY)
def test_the_examples_accept_what_is_ours_and_refuse_everything_else(verify: Any) -> None:
    now = int(time.time())
    ours = rules.headers([rules.new_secret(), SECRET], "msg_1", now, BODY)
    assert verify(SECRET, ours, BODY)
    assert not verify(SECRET, ours, BODY + b" ")
    assert not verify(SECRET, ours | {"webhook-id": "msg_2"}, BODY)
    assert not verify(SECRET, ours | {"webhook-timestamp": str(now + 1)}, BODY)
    assert not verify(rules.new_secret(), ours, BODY)
    assert not verify(SECRET, rules.headers([SECRET], "msg_1", now - 400, BODY), BODY)


def test_the_signature_is_that_of_the_standard_s_own_example() -> None:
    """https://github.com/standard-webhooks/standard-webhooks, "spec": signature of a known body."""
    got = rules.signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert got == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.text(min_size=1).filter(lambda text: not re.search("[\ud800-\udfff]", text)))
def test_whatever_the_words_the_library_accepts_the_signature(text: str) -> None:
    secret = rules.new_secret()
    body = json.dumps({"text": text}, ensure_ascii=False).encode()
    assert in_the_library(secret, rules.headers([secret], "msg_1", int(time.time()), body), body)


def test_the_table_lists_every_event_and_every_entry_behind_it() -> None:
    rows = dict(re.findall(r"^\| `((?:request|works|season|webhook)\.[a-z_]+)` \| (.*) \|$", TEXT, re.MULTILINE))
    assert list(rows) == [*rules.all_types(), rules.TEST]
    for family in rules.FAMILIES.values():
        for entry, name in family.items():
            assert re.search(rf"\b{entry}\b", rows[name]), f"{name} doesn't name {entry}"


def test_the_numbers_of_the_promise_are_those_of_the_rules() -> None:
    assert "5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h" in TEXT
    assert [int(one.total_seconds()) for one in rules.PAUSES] == [
        5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400,
    ]  # fmt: skip
    assert sum(rules.PAUSES, timedelta()) < timedelta(days=4)
    assert "within 15 seconds" in TEXT
    assert rules.TIMEOUT == 15
    assert rules.rest(2) == timedelta()
    assert [rules.rest(n) for n in (3, 4, 20)] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(hours=1)]
    assert rules.LEASE.total_seconds() > 2 * rules.TIMEOUT


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), (" 0 ", 0), ("99999999999999", 86400), ("Mon, 02 Mar 2026 09:10:00 GMT", 600), ("-5", None),
     ("soon", None), ("", None), (None, None), ("Mon, 02 Mar 2020 09:10:00 GMT", 0), ("١٢", None)],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_a_date(value: str | None, seconds: int | None) -> None:
    from tests.factories import NOW

    got = rules.retry_after(value, NOW)
    assert got == (None if seconds is None else timedelta(seconds=seconds))


def test_an_answer_is_kept_as_text_that_a_page_and_a_database_can_hold() -> None:
    assert rules.printable(b"ok\r\nn\x00\x1b[31m\xff \xc3\xa6") == "ok\nn��[31m� æ"
    assert len(rules.printable(b"x" * 5000)) == 1024
