"""What the browser gets: vendored files as locked, every token there, contrast counted, nothing from foreign hosts."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "booking" / "static" / "booking"
CSS = STATIC / "css"
DESIGN = next(STATIC.glob("vendor/digdir-designsystemet-css-*/designsystemet.css"))
THEME = ROOT / "site" / "static" / "municipality" / "theme.css"


def tool(name: str) -> ModuleType:
    """A script of tools/, which is no package."""
    if f"samskap_tool_{name}" not in sys.modules:
        spec = importlib.util.spec_from_file_location(f"samskap_tool_{name}", ROOT / "tools" / f"{name}.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    return sys.modules[f"samskap_tool_{name}"]


def test_vendored_files_are_the_ones_the_lock_names() -> None:
    assert tool("vendor").check() == []


def test_a_vendored_file_changed_by_hand_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vendor = tool("vendor")
    package = vendor.PACKAGES[0]
    for name in vendor.read_lock()[package.spec]["files"]:
        copy = tmp_path / package.folder / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((vendor.TARGET / package.folder / name).read_bytes() + b" ")
    monkeypatch.setattr(vendor, "TARGET", tmp_path)
    assert f"{package.folder}/LICENSE: changed by hand" in vendor.check()


def test_every_vendored_package_carries_its_licence_and_no_source_map() -> None:
    for folder in (STATIC / "vendor").iterdir():
        assert (folder / "LICENSE").stat().st_size > 500, folder.name
        assert not list(folder.glob("*.map"))
        for file in folder.glob("*.[cj]s*"):
            assert "sourceMappingURL" not in file.read_text(), file.name


def test_every_token_that_the_components_read_is_defined() -> None:
    defined = set(re.findall(r"(--ds-[\w-]+)\s*:", (CSS / "tokens.css").read_text() + DESIGN.read_text()))
    for sheet in [DESIGN, *CSS.glob("*.css")]:
        # var(--name) without a fallback must find something.
        read = set(re.findall(r"var\((--(?:ds|sk)-[\w-]+)\)", sheet.read_text()))
        own = set(re.findall(r"(--(?:ds|sk)-[\w-]+)\s*:", (CSS / "tokens.css").read_text() + sheet.read_text()))
        # Headings of tables in sizes that we don't use.
        missing = {name for name in read - defined - own if not name.startswith("--ds-heading-")}
        assert not missing, (sheet.name, missing)


@pytest.mark.parametrize("sheet", [*sorted(CSS.glob("*.css")), DESIGN, THEME], ids=lambda path: path.name)
def test_style_sheets_fetch_nothing_from_elsewhere(sheet: Path) -> None:
    for target in re.findall(r"url\(\s*[\"']?([^\"')]+)", sheet.read_text()):
        assert target.startswith(("data:", "../vendor/")), target
        if target.startswith("../"):
            assert (sheet.parent / target).exists(), target


def schemes(css: str) -> dict[str, dict[str, str]]:
    """The colours of a style sheet: light first, then the two ways to dark."""
    blocks = re.split(r"color-scheme: (light|dark);", css)[1:]
    found: dict[str, dict[str, str]] = {}
    for name, text in zip(blocks[::2], blocks[1::2], strict=True):
        colours = dict(re.findall(r"--ds-color-([\w-]+): (#[0-9a-f]{6})", text))
        assert found.setdefault(name, colours) == colours, "both ways to dark give the same colours"
    return found


@pytest.mark.parametrize("brand", ["committed", "municipality", "#ffd800", "#111111", "#e30613", "#00ff00", "#6a1b9a"])
def test_contrast_holds_whatever_the_brand(brand: str) -> None:
    theme = tool("theme")
    defaults = schemes((CSS / "tokens.css").read_text())
    if brand == "committed":
        found = defaults
    else:
        text = THEME.read_text() if brand == "municipality" else theme.css({"accent": brand})
        found = {name: defaults[name] | colours for name, colours in schemes(text).items()}
    assert set(found) == {"light", "dark"}
    for scheme, colour in found.items():
        roles = {name.split("-")[0] for name in colour}
        for role in roles:
            grounds = ["background-default", "background-tinted", "surface-default", "surface-tinted", "surface-hover"]
            for ground in grounds:
                for own in (role, "neutral"):
                    for text_step in ("text-subtle", "text-default"):
                        ratio = theme.contrast(colour[f"{role}-{text_step}"], colour[f"{own}-{ground}"])
                        assert ratio >= 4.5, (scheme, role, text_step, own, ground, ratio)
            for base in ("base-default", "base-hover", "base-active"):
                ratio = theme.contrast(colour[f"{role}-base-contrast-default"], colour[f"{role}-{base}"])
                assert ratio >= 4.5, (scheme, role, base, ratio)
            for ground in ("neutral-background-default", "neutral-surface-default"):
                ratio = theme.contrast(colour[f"{role}-border-default"], colour[ground])
                assert ratio >= 3, (scheme, role, "border-default", ground, ratio)
