"""Make a municipality's colours from one brand colour, with contrast that is counted, not hoped for.

    python tools/theme.py --brand '#0e5a64' > site/static/municipality/theme.css
    python tools/theme.py --defaults               rewrites the colour part of booking's own tokens.css

Each colour role (accent, neutral, success, ...) is a scale of 16 steps, light and dark, named as in Designsystemet.
A step is found by keeping the brand's hue, easing its chroma, and searching for the lightness that gives the step's
relative luminance (WCAG 2.2). The luminances below are chosen so that, whatever the hue,

* text-subtle and text-default reach 4.5:1 on every background and surface of the same scheme,
* border-default reaches 3:1 on the page and on cards,
* base-contrast-default reaches 4.5:1 on base-default, -hover and -active.

`tests/foundation/test_theme_contrast.py` counts them again from the committed style sheets.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOKENS = ROOT / "booking" / "static" / "booking" / "css" / "tokens.css"

# step -> (relative luminance, share of the brand's chroma)
LIGHT = {
    "background-default": (0.955, 0.06),
    "background-tinted": (0.905, 0.12),
    "surface-default": (1.0, 0.0),
    "surface-tinted": (0.860, 0.20),
    "surface-hover": (0.760, 0.30),
    "surface-active": (0.660, 0.38),
    "border-subtle": (0.700, 0.22),
    "border-default": (0.190, 0.75),
    "border-strong": (0.110, 0.90),
    "text-subtle": (0.105, 0.90),
    "text-default": (0.022, 0.60),
    "base-default": (0.088, 1.0),
    "base-hover": (0.058, 0.92),
    "base-active": (0.036, 0.84),
    "base-contrast-subtle": (0.800, 0.20),
    "base-contrast-default": (1.0, 0.0),
}
DARK = {
    "background-default": (0.0085, 0.30),
    "background-tinted": (0.0055, 0.30),
    "surface-default": (0.0160, 0.30),
    "surface-tinted": (0.0250, 0.42),
    "surface-hover": (0.0400, 0.46),
    "surface-active": (0.0600, 0.50),
    "border-subtle": (0.0660, 0.34),
    "border-default": (0.230, 0.55),
    "border-strong": (0.400, 0.60),
    "text-subtle": (0.430, 0.60),
    "text-default": (0.840, 0.14),
    "base-default": (0.360, 0.80),
    "base-hover": (0.450, 0.72),
    "base-active": (0.550, 0.60),
    "base-contrast-subtle": (0.012, 0.40),
    "base-contrast-default": (0.0, 0.0),
}

# A yellow that is dark enough for white text is brown: warnings are bright and carry dark text instead.
BRIGHT = LIGHT | {
    "base-default": (0.440, 1.0),
    "base-hover": (0.380, 1.0),
    "base-active": (0.320, 1.0),
    "base-contrast-subtle": (0.012, 0.4),
    "base-contrast-default": (0.004, 0.3),
}

# Samskap's own: a fjord green-blue, a cool grey with a trace of it, and four words of status.
DEFAULTS = {
    "accent": "#0e5a64",
    "neutral": "#55646a",
    "success": "#1c7c3c",
    "warning": "#e39a12",
    "danger": "#b3261e",
    "info": "#2a5fb4",
}


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _gamma(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else 1.055 * float(value ** (1 / 2.4)) - 0.055


def luminance(colour: str) -> float:
    """WCAG relative luminance of `#rrggbb`, 0 to 1."""
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def to_oklch(colour: str) -> tuple[float, float, float]:
    """Lightness, chroma and hue (radians) in OKLab's polar form (Ottosson 2020)."""
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    light = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    return light, math.hypot(a, b), math.atan2(b, a)


def from_oklch(light: float, chroma: float, hue: float) -> str:
    """The nearest `#rrggbb`; chroma outside of sRGB is reduced until it fits."""
    while True:
        a, b = chroma * math.cos(hue), chroma * math.sin(hue)
        long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
        medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
        short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
        rgb = (
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        )
        if chroma < 0.001 or all(-0.0005 <= value <= 1.0005 for value in rgb):
            return "#" + "".join(f"{round(_gamma(min(max(value, 0), 1)) * 255):02x}" for value in rgb)
        chroma *= 0.97


def step(colour: str, target: float, share: float) -> str:
    """The colour of `colour`'s hue whose relative luminance is `target`."""
    _, chroma, hue = to_oklch(colour)
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if luminance(from_oklch(middle, chroma * share, hue)) < target else (low, middle)
    return from_oklch(high, chroma * share, hue)


def scale(colour: str, scheme: dict[str, tuple[float, float]]) -> dict[str, str]:
    """All 16 steps of one role in one scheme."""
    return {name: step(colour, target, share) for name, (target, share) in scheme.items()}


def block(colours: dict[str, str], scheme: dict[str, tuple[float, float]], indent: str) -> str:
    lines = []
    for role, colour in colours.items():
        used = BRIGHT if role == "warning" and scheme is LIGHT else scheme
        steps = "; ".join(f"--ds-color-{role}-{name}: {value}" for name, value in scale(colour, used).items())
        lines.append(f"{indent}{steps};")
    return "\n".join(lines)


def css(colours: dict[str, str]) -> str:
    """Light, dark by the reader's system, and dark or light by `data-color-scheme` on the root element."""
    return (
        ':root,\n[data-color-scheme="light"] {\n'
        f"  color-scheme: light;\n{block(colours, LIGHT, '  ')}\n}}\n"
        '@media screen and (prefers-color-scheme: dark) {\n  :root:not([data-color-scheme="light"]) {\n'
        f"    color-scheme: dark;\n{block(colours, DARK, '    ')}\n  }}\n}}\n"
        '@media screen {\n  [data-color-scheme="dark"] {\n'
        f"    color-scheme: dark;\n{block(colours, DARK, '    ')}\n  }}\n}}\n"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="A municipality's colours from one brand colour.")
    parser.add_argument("--brand", help="the brand colour, #rrggbb")
    parser.add_argument("--defaults", action="store_true", help="rewrite the colour part of booking's tokens.css")
    options = parser.parse_args()
    if options.defaults:
        marked = re.compile(r"(/\* colours:begin[^\n]*\*/\n).*?(/\* colours:end \*/)", re.DOTALL)
        TOKENS.write_text(marked.sub(lambda m: m[1] + css(DEFAULTS) + m[2], TOKENS.read_text()))
    elif options.brand and re.fullmatch(r"#[0-9a-fA-F]{6}", options.brand):
        print(f"/* Made by: python tools/theme.py --brand '{options.brand}' */")
        print(css({"accent": options.brand}), end="")
    else:
        parser.error("give --brand '#rrggbb' or --defaults")
    return 0


if __name__ == "__main__":
    sys.exit(main())
