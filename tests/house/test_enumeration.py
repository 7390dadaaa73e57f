"""Everything that can be called from outside is enumerated, and has a test (style.md, habit 5)."""

import re
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parents[2]
OURS = ("booking", "pages", "municipality")


@cache
def words_of_tests() -> str:
    """All tests but this one, as text."""
    return "\n".join(
        path.read_text() for path in sorted((ROOT / "tests").rglob("*.py")) if path != Path(__file__).resolve()
    )


def our_commands() -> list[str]:
    return sorted(name for name, app in get_commands().items() if str(app).split(".")[0] in OURS)


def test_the_commands_that_others_rely_on_exist():
    assert {"demo", "tick", "work", "import_resources"} <= set(our_commands())


@pytest.mark.parametrize("command", our_commands())
def test_every_management_command_has_a_test(command):
    assert re.search(rf"""["']{command}["']""", words_of_tests()), f"no test names the command {command}"


def our_patterns(resolver=None, prefix=""):
    """(route, name, pattern) of every address that one of our views answers, outside of the CMS admin."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            # The content API's other addresses are Wagtail's own views, made ours only by their settings.
            if not route.startswith(("admin/", "api/content/v2/^images", "api/content/v2/^documents")):
                yield from our_patterns(pattern, route)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", pattern.callback)
            if view.__module__.split(".")[0] in OURS and not route.startswith("api/content/v2/^pages/find"):
                yield route, pattern


#: A value of the right shape for each kind of part in an address, of something that doesn't exist.
SAMPLES = {
    "int": "999999",
    "slug": "no-such-thing",
    "str": "no-such-thing",
    "uuid": "0" * 8 + "-0000-4000-8000-" + "0" * 12,
}


def sample(route: str) -> str:
    path = re.sub(r"<(?:(\w+):)?\w+>", lambda match: SAMPLES.get(match[1] or "str", "no-such-thing"), route)
    path = re.sub(r"\(\?P<\w+>[^)]*\)", "no-such-thing", path)
    return "/" + path.replace("^", "").replace("$", "").replace("\\", "").lstrip("/")


@pytest.mark.django_db
def test_no_address_breaks_for_a_stranger_with_nonsense(client):
    """Every public and API address, with things that don't exist: an answer below 500, whatever the method."""
    client.raise_request_exception = False
    seen, broken = 0, []
    for route, _pattern in our_patterns():
        path = sample(route)
        seen += 1
        for method, options in (
            ("get", {}),
            ("get", {"query_params": {"from": "x", "to": "9999", "page": "-1", "q": "a", "limit": "x"}}),
            ("post", {"data": b"{", "content_type": "application/json"}),
            ("post", {"data": {"nonsense": "\ufffd"}}),
            ("put", {"data": b"[]", "content_type": "application/json"}),
            ("delete", {}),
        ):
            status = getattr(client, method)(path, **options).status_code
            if status >= 500:
                broken.append(f"{method.upper()} {path}: {status}")
    assert seen > 10  # fewer means that the walk is broken
    assert not broken, "\n".join(broken)


@pytest.mark.django_db
def test_unknown_addresses_are_404_everywhere(client):
    for path in (
        "/no-such-thing/",
        "/nn/no-such-thing/",
        "/en/no-such-thing/",
        "/api/booking/v1/no-such-thing/",
        "/feeds/x",
    ):
        assert client.get(path).status_code == 404, path


def test_every_address_has_a_test():
    """By its name (``booking:venue``) or by the fixed words of its route."""
    text = words_of_tests()
    missing = []
    for route, pattern in our_patterns():
        plain = re.sub(r"[\^$\\]", "", route)
        fixed = [part for part in re.split(r"<[^>]*>|\(\?P[^)]*\)", plain) if len(part.strip("/")) > 2]
        named = pattern.name and re.search(rf"""[:"']{re.escape(pattern.name)}["']""", text)
        by_route = fixed and all(part.strip("/") in text for part in fixed)
        if not named and not by_route:
            missing.append(f"{route} ({pattern.name})")
    assert not missing, "\n".join(missing)


#: Pages with a secret in their address that act for whoever is signed in, so that the CSRF check must stand.
ACT_FOR_THE_SESSION = {"join"}


def _with_a_secret(resolver, found):
    for one in resolver.url_patterns:
        if hasattr(one, "url_patterns"):
            _with_a_secret(one, found)
        elif "<str:token>" in str(one.pattern) and one.callback.__module__.startswith(("booking.", "municipality.")):
            found[one.name] = one.callback
    return found


def test_pages_behind_a_secret_can_be_pressed_by_a_browser_that_tells_no_referrer():
    """``Referrer-Policy: no-referrer`` makes browsers send ``Origin: null``, which the CSRF check refuses."""
    found = _with_a_secret(get_resolver(), {})
    assert set(found) >= ACT_FOR_THE_SESSION
    assert len(found) > 10
    wrong = {
        name for name, view in found.items() if getattr(view, "csrf_exempt", False) == (name in ACT_FOR_THE_SESSION)
    }
    assert not wrong, wrong
