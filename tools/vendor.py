"""Bring the browser's third-party files into the repository, from npm, once.

    python tools/vendor.py            fetch, verify, unpack and write the files below
    python tools/vendor.py --check    no network: the committed files are those the lock names

Nothing is loaded from a foreign host when the site runs, so the few files we need are committed, each beside its
licence, in a folder that names package and version. `vendor.lock.json` holds the integrity that npm publishes for
each package (sha512 of the archive) and the sha256 of every file we keep: an archive that differs is refused, a
committed file that was edited by hand is found by `--check` (a test runs it).

To move to a new version: change it in PACKAGES, run with `--update`, read the diff.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "booking" / "static" / "booking" / "vendor"
LICENCES = Path(__file__).resolve().parent / "licences"
LOCK = Path(__file__).resolve().parent / "vendor.lock.json"


@dataclass(frozen=True)
class Package:
    """One npm package: which files are kept under which name, and which are joined into one."""

    name: str
    version: str
    keep: dict[str, str] = field(default_factory=dict)
    join: tuple[str, tuple[str, ...]] | None = None
    licence: str = ""  # a file in tools/licences, for a package whose archive holds none

    @property
    def folder(self) -> str:
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}"

    @property
    def spec(self) -> str:
        return f"{self.name}@{self.version}"


# Designsystemet has one file per component; we ship the ones we use, in the order of its own index, as one file.
COMPONENTS = (
    "base",
    "link",
    "breadcrumbs",
    "button",
    "details",
    "alert",
    "spinner",
    "input",
    "fieldset",
    "field",
    "validation-message",
    "error-summary",
    "table",
)

PACKAGES = (
    Package(
        "@digdir/designsystemet-css",
        "1.22.0",
        keep={"LICENSE": "LICENSE"},
        join=("designsystemet.css", tuple(f"dist/src/{name}.css" for name in COMPONENTS)),
    ),
    Package(
        "@event-calendar/build",
        "5.10.1",
        keep={
            "dist/event-calendar.min.js": "event-calendar.min.js",
            "dist/event-calendar.min.css": "event-calendar.min.css",
        },
        licence="event-calendar.txt",
    ),
    Package(
        "@fontsource-variable/schibsted-grotesk",
        "5.3.0",
        keep={
            "LICENSE": "LICENSE",
            "files/schibsted-grotesk-latin-wght-normal.woff2": "schibsted-grotesk-latin.woff2",
            "files/schibsted-grotesk-latin-ext-wght-normal.woff2": "schibsted-grotesk-latin-ext.woff2",
        },
    ),
    Package(
        "leaflet",
        "1.9.4",
        # The style sheet names the pictures, so they must be there, whether we use them or not.
        keep={
            "LICENSE": "LICENSE",
            "dist/leaflet.js": "leaflet.js",
            "dist/leaflet.css": "leaflet.css",
            "dist/images/layers.png": "images/layers.png",
            "dist/images/layers-2x.png": "images/layers-2x.png",
            "dist/images/marker-icon.png": "images/marker-icon.png",
        },
    ),
)


class VendorError(Exception):
    """An archive or a file is not what the lock says."""


def integrity(data: bytes) -> str:
    """The `sha512-<base64>` string that npm publishes for an archive."""
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


def without_source_map(name: str, data: bytes) -> bytes:
    """Drop the pointer to a source map that we don't ship (the browser would ask for it and get a 404)."""
    if not name.endswith((".js", ".css")):
        return data
    lines = data.decode().rstrip("\n").split("\n")
    kept = [line for line in lines if not line.lstrip().startswith(("//# sourceMappingURL", "/*# sourceMappingURL"))]
    return ("\n".join(kept) + "\n").encode()


def layered(package: Package, members: dict[str, bytes], names: tuple[str, ...]) -> bytes:
    """The chosen component files as one style sheet, in the cascade layers that the package's own index uses."""
    out = [f"/* {package.name} {package.version}, MIT, see LICENSE. Parts: {', '.join(COMPONENTS)}. */"]
    out.append("@layer ds.theme, ds.base, ds.ground, ds.components, sk;")
    for name in names:
        layer = "ds.base" if name.endswith("/base.css") else "ds.components"
        out.append(f"@layer {layer}{{{members[name].decode().strip()}}}")
    return ("\n".join(out) + "\n").encode()


def fetch(package: Package, into: Path) -> tuple[bytes, dict[str, bytes]]:
    """The archive's bytes and its files, by path inside the package. Needs npm and the network."""
    npm = shutil.which("npm")
    if npm is None:
        raise VendorError("npm is needed to fetch packages (Debian: apt-get install npm)")
    done = subprocess.run(
        [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(into), package.spec],
        check=True,
        capture_output=True,
        text=True,
    )
    archive = into / done.stdout.strip().splitlines()[-1]
    members: dict[str, bytes] = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            handle = tar.extractfile(member) if member.isfile() else None
            if handle is not None:
                members[member.name.split("/", 1)[1]] = handle.read()
    return archive.read_bytes(), members


def build(package: Package, members: dict[str, bytes]) -> dict[str, bytes]:
    """The files to commit for one package, by name in its folder."""
    files = {name: without_source_map(name, members[source]) for source, name in package.keep.items()}
    if package.join:
        name, sources = package.join
        files[name] = layered(package, members, sources)
    if package.licence:
        files["LICENSE"] = (LICENCES / package.licence).read_bytes()
    return files


def read_lock() -> dict[str, dict[str, Any]]:
    return json.loads(LOCK.read_text()) if LOCK.exists() else {}


def run(update: bool) -> None:
    """Fetch every package, verify it against the lock, and write its files (and, with `update`, the lock)."""
    lock = read_lock()
    new: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for package in PACKAGES:
            archive, members = fetch(package, Path(scratch))
            seen = integrity(archive)
            expected = lock.get(package.spec, {}).get("integrity")
            if not update and seen != expected:
                raise VendorError(f"{package.spec}: integrity {seen} is not the locked {expected}")
            files = build(package, members)
            folder = TARGET / package.folder
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for name, data in files.items():
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_bytes(data)
            new[package.spec] = {
                "integrity": seen,
                "files": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())},
            }
            print(f"{package.spec}: {', '.join(sorted(files))}")
    for stray in TARGET.iterdir():
        if stray.name not in {package.folder for package in PACKAGES}:
            shutil.rmtree(stray)
    if update:
        LOCK.write_text(json.dumps(new, indent=2) + "\n")


def check() -> list[str]:
    """What differs between the committed files and the lock; empty when all is well. No network."""
    lock, faults = read_lock(), []
    for package in PACKAGES:
        if package.spec not in lock:
            faults.append(f"{package.spec}: not in {LOCK.name}")
            continue
        for name, digest in lock[package.spec]["files"].items():
            path = TARGET / package.folder / name
            if not path.exists():
                faults.append(f"{package.folder}/{name}: missing")
            elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                faults.append(f"{package.folder}/{name}: changed by hand")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description="Vendor the browser's third-party files.")
    parser.add_argument("--check", action="store_true", help="verify the committed files, without network")
    parser.add_argument("--update", action="store_true", help="accept new versions and rewrite the lock")
    options = parser.parse_args()
    try:
        if options.check:
            faults = check()
            print("\n".join(faults) or "vendored files are as locked")
            return 1 if faults else 0
        run(options.update)
    except (VendorError, subprocess.CalledProcessError) as error:
        print(f"vendor: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
