"""The wheel: booking and pages with all they need, and nothing of the site."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: What a plugin needs besides its Python files.
KINDS = {".html", ".txt", ".css", ".js", ".svg", ".mo", ".json", ".woff2", ".png", ".ico", ".md", ".csv"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """Built from a copy of what git would hand out, so that nothing lies about in the work tree."""
    source = tmp_path_factory.mktemp("source")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in listed:
        if name.startswith(("booking/", "pages/")) or "/" not in name:
            target = source / name
            if (ROOT / name).is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((ROOT / name).read_bytes())
    out = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, source],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (wheel,) = out.glob("samskap-*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def tracked(package: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", package], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {name for name in listed.splitlines() if (ROOT / name).is_file()}


def test_every_file_of_the_plugin_is_in_it(names):
    wanted = {
        name
        for package in ("booking", "pages")
        for name in tracked(package)
        if Path(name).suffix in KINDS | {".py"} and not name.endswith("README.md")
    }
    assert len(wanted) > 50
    assert wanted - names == set()


def test_the_site_and_the_tests_stay_out(names):
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"booking", "pages"}
    assert not any("municipality" in name for name in names)
