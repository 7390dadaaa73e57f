"""The traps of architecture.md that the house itself can fall into."""

import re
import site as standard_site
import subprocess
import sys
import sysconfig
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_site_is_a_folder_and_never_a_package():
    assert (ROOT / "site/municipality/__init__.py").exists()
    assert not (ROOT / "site/__init__.py").exists()


def test_the_standard_library_s_site_is_still_the_one_that_is_imported():
    assert Path(standard_site.__file__).is_relative_to(sysconfig.get_path("stdlib"))
    # Also for a process that starts in the root, as manage.py and gunicorn do.
    found = subprocess.run(
        [sys.executable, "-c", "import site; print(site.__file__)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()).is_relative_to(sysconfig.get_path("stdlib"))


def test_gunicorn_s_way_in_finds_the_plugin_without_the_root_on_its_path():
    """``--chdir site``: municipality's ``__init__`` puts the repository root on the path."""
    code = "import municipality, booking, pages; print('found')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "site", capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.stdout.strip() == "found", done.stderr


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git work tree: nothing is ignored here")
def test_git_does_not_ignore_site():
    for path in ("site/municipality/urls.py", "site/static/anything.css", "site/locale/nb/LC_MESSAGES/django.mo"):
        ignored = subprocess.run(["git", "check-ignore", "-q", "--no-index", path], cwd=ROOT, check=False).returncode
        assert ignored == 1, path
    for path in (".venv/bin/python", "var/samskap.sqlite3", "booking/__pycache__/x.pyc"):
        ignored = subprocess.run(["git", "check-ignore", "-q", "--no-index", path], cwd=ROOT, check=False).returncode
        assert ignored == 0, path


def test_pytest_is_set_up_as_the_house_needs_it():
    options = PYPROJECT["tool"]["pytest"]["ini_options"]
    assert options["pythonpath"] == [".", "site"]
    assert options["django_find_project"] is False
    assert "--import-mode=importlib" in options["addopts"]
    assert options["filterwarnings"][0] == "error"


def test_app_labels_are_those_of_the_first_migration():
    assert apps.get_app_config("samskap_booking").name == "booking"
    assert apps.get_app_config("samskap_pages").name == "pages"


def test_pinned_majors_are_those_that_work_together():
    assert version("django").startswith("5.2.")
    assert version("wagtail").startswith("8.0.")
    assert version("python-dateutil").startswith("2.")
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text().splitlines()
        pins = [line for line in lines if line and not line.startswith((" ", "#"))]
        assert pins
        assert all("==" in line for line in pins), name
        hashed = sum(1 for number, line in enumerate(lines) if "==" in line and "--hash=" in lines[number + 1])
        assert hashed == len(pins), name
        assert not any("://" in line for line in lines), "no registry's host belongs in a requirements file"


def test_the_plugin_leaves_the_host_s_global_settings_alone():
    assert not hasattr(settings, "REST_FRAMEWORK")


def test_wagtail_asks_no_foreign_host():
    assert settings.WAGTAIL_GRAVATAR_PROVIDER_URL is None
    assert settings.WAGTAIL_ENABLE_UPDATE_CHECK is False
    assert settings.WAGTAIL_ENABLE_WHATS_NEW_BANNER is False
    assert settings.WAGTAILEMBEDS_FINDERS == []
    assert settings.WAGTAIL_USER_TIME_ZONES == [settings.TIME_ZONE]


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({}, "SECRET_KEY"),
        ({"SECRET_KEY": "only-for-development-and-the-demo-never-in-production"}, "SECRET_KEY"),
        ({"SECRET_KEY": "x" * 50}, "ALLOWED_HOSTS"),
        ({"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "lilleby.example", "DEBUG": "1"}, "DEBUG"),
        ({"SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "lilleby.example"}, "EMAIL_URL"),
    ],
)
def test_production_refuses_to_start_unprotected(environment, complaint):
    done = subprocess.run(
        [sys.executable, "-c", "import municipality.settings.production"],
        cwd=ROOT / "site", env={"PATH": ""} | environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert complaint in done.stderr.splitlines()[-1]


def test_production_starts_when_everything_is_set():
    environment = {
        "SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "lilleby.example", "EMAIL_URL": "smtp://localhost:25", "PATH": "",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", "import municipality.settings.production as s; print(s.SESSION_COOKIE_SECURE)"],
        cwd=ROOT / "site", env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "True", done.stderr


def test_no_test_leaves_the_database_empty_behind():
    """A transactional test flushes Wagtail's root page and the content types; the next one must get them back."""
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "django_db(" in line and "transaction=True" in line and "serialized_rollback=True" not in line
    ]
    assert not bare, bare


def test_in_the_admin_an_icon_is_wagtails() -> None:
    """Both libraries have a tag ``icon``, and the one loaded last wins: ours, without our style sheet, is as wide as
    the page. So who writes ``icon name=`` loads ``wagtailadmin_tags`` after ``booking_ui``."""
    wrong = []
    for path in sorted((ROOT / "booking/templates").rglob("*.html")):
        words = path.read_text()
        loaded = [
            name for line in re.findall(r"{% load ([^%]*) %}", words) if " from " not in line for name in line.split()
        ]
        both = {"booking_ui", "wagtailadmin_tags"} <= set(loaded)
        if "{% icon name=" in words and both and loaded.index("wagtailadmin_tags") < loaded.index("booking_ui"):
            wrong.append(str(path.relative_to(ROOT)))
    assert not wrong
