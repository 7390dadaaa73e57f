"""Shapes and colours that the drawings of Lilleby share. Flat, calm, one palette; figures have no faces.

Everything returns a piece of SVG as text. Coordinates are those of a 1200 × 800 picture, y downwards.
"""

from __future__ import annotations

import itertools
import math
from random import Random

WIDTH, HEIGHT = 1200, 800

SKY, DAWN, DUSK = "#d6e7ea", "#f7ead6", "#f2c9a1"
FAR, MIDDLE, NEAR = "#b5cdcd", "#8ab0ac", "#5d8d86"
PINE, DEEP, INK = "#2f5d55", "#1f4047", "#22343a"
WATER, WATER_LIGHT, WATER_DARK = "#79b0bd", "#b4d6da", "#4f8c9d"
GRASS, GRASS_DARK, MOSS = "#a6c585", "#83a968", "#5f8752"
RED, RED_DARK, ROSE = "#bb4c3a", "#963a2c", "#e59d88"
OCHRE, OCHRE_LIGHT, OCHRE_DARK = "#e3a955", "#f2cf92", "#bd8335"
CREAM, SAND, WHITE, GREY, STONE = "#fbf5e8", "#ecdcc0", "#fffdf8", "#cfd6d3", "#a9b5b2"
WOOD, WOOD_LIGHT, WOOD_DARK = "#c9905a", "#deb283", "#9c6a3e"
BLUE, BLUE_DARK, PLUM = "#4584a0", "#2f627b", "#7a5470"
SKINS = ("#f0c8a4", "#c98d62", "#8a5a3c", "#f4d7bd", "#5f3d2a")


def n(value: float) -> str:
    """A coordinate, short."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def tag(name: str, inner: str = "", **attributes: object) -> str:
    """An element; `stroke_width` becomes `stroke-width`, numbers are shortened."""
    text = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{n(value) if isinstance(value, int | float) else value}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{text}>{inner}</{name}>" if inner else f"<{name}{text}/>"


def rect(x: float, y: float, w: float, h: float, fill: str, rx: float | None = None, **more: object) -> str:
    return tag("rect", x=x, y=y, width=w, height=h, fill=fill, rx=rx, **more)


def circle(x: float, y: float, r: float, fill: str, **more: object) -> str:
    return tag("circle", cx=x, cy=y, r=r, fill=fill, **more)


def ellipse(x: float, y: float, rx: float, ry: float, fill: str, **more: object) -> str:
    return tag("ellipse", cx=x, cy=y, rx=rx, ry=ry, fill=fill, **more)


def poly(points: list[tuple[float, float]], fill: str, **more: object) -> str:
    return tag("polygon", points=" ".join(f"{n(x)},{n(y)}" for x, y in points), fill=fill, **more)


def path(d: str, fill: str = "none", **more: object) -> str:
    return tag("path", d=d, fill=fill, **more)


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 4, **more: object) -> str:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width, stroke_linecap="round", **more)


def stroke(d: str, colour: str, width: float = 4, **more: object) -> str:
    return path(d, "none", stroke=colour, stroke_width=width, stroke_linecap="round", stroke_linejoin="round", **more)


def group(*parts: str, move: tuple[float, float] | None = None, scale: float | None = None, **more: object) -> str:
    transform = ""
    if move:
        transform += f"translate({n(move[0])} {n(move[1])})"
    if scale is not None:
        transform += f" scale({scale:.3g})"
    return tag("g", "".join(parts), transform=transform.strip() or None, **more)


def gradient(name: str, top: str, bottom: str) -> str:
    """A vertical gradient, to be used as url(#name)."""
    stops = tag("stop", offset=0, stop_color=top) + tag("stop", offset=1, stop_color=bottom)
    return tag("linearGradient", stops, id=name, x1=0, y1=0, x2=0, y2=1)


def picture(*parts: str, title: str, defs: str = "", width: int = WIDTH, height: int = HEIGHT) -> str:
    """The whole file."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f"<title>{title}</title>{tag('defs', defs) if defs else ''}{''.join(parts)}</svg>\n"
    )


# --- land ---------------------------------------------------------------------------------------------------------


def ridge(base: float, heights: list[float], fill: str, *, left: float = 0, right: float = WIDTH) -> str:
    """A mountain ridge: tops at even distances, straight flanks, down to `base`."""
    step = (right - left) / (len(heights) - 1)
    points = [(left + i * step, base - h) for i, h in enumerate(heights)]
    return poly([(left, base), *points, (right, base)], fill)


def peak(x: float, base: float, w: float, h: float, fill: str, snow: str | None = WHITE) -> str:
    """One mountain with a snow cap."""
    parts = [poly([(x - w / 2, base), (x - w * 0.06, base - h), (x + w * 0.04, base - h * 0.97), (x + w / 2, base)], fill)]
    if snow:
        top, cut = base - h, 0.34
        left, right = x - w * (0.06 + 0.44 * cut), x + w * (0.04 + 0.46 * cut)
        y = top + h * cut
        parts.append(
            poly(
                [(x - w * 0.06, top), (x + w * 0.04, top + h * 0.03), (right, y), (x + w * 0.09, y - h * 0.08),
                 (x + w * 0.02, y + h * 0.02), (x - w * 0.07, y - h * 0.09), (left, y)],
                snow,
            )
        )
    return group(*parts)


def hill(y: float, bumps: list[tuple[float, float]], fill: str, bottom: float = HEIGHT) -> str:
    """Soft ground: a smooth line through (x, lift) points above `y`, filled down to `bottom`."""
    points = [(x, y - lift) for x, lift in bumps]
    d = f"M{n(points[0][0])} {n(points[0][1])}"
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        middle = (x0 + x1) / 2
        d += f"C{n(middle)} {n(y0)} {n(middle)} {n(y1)} {n(x1)} {n(y1)}"
    return path(f"{d}L{n(points[-1][0])} {n(bottom)}L{n(points[0][0])} {n(bottom)}Z", fill)


def pine(x: float, y: float, h: float, fill: str = PINE) -> str:
    """A spruce standing at (x, y)."""
    w = h * 0.42
    parts = [rect(x - h * 0.03, y - h * 0.12, h * 0.06, h * 0.12, WOOD_DARK)]
    for top, wide in ((0.1, 1.0), (0.34, 0.78), (0.58, 0.54)):
        parts.append(poly([(x - w * wide / 2, y - h * top), (x, y - h * (top + 0.42)), (x + w * wide / 2, y - h * top)], fill))
    return group(*parts)


def birch(x: float, y: float, h: float, fill: str = GRASS_DARK) -> str:
    """A birch: white stem with marks, three soft crowns."""
    marks = "".join(rect(x - h * 0.025, y - h * k, h * 0.03, h * 0.012, INK, opacity=0.55) for k in (0.14, 0.25, 0.33))
    return group(
        rect(x - h * 0.03, y - h * 0.55, h * 0.06, h * 0.55, WHITE, rx=2), marks,
        ellipse(x - h * 0.12, y - h * 0.58, h * 0.2, h * 0.17, fill),
        ellipse(x + h * 0.13, y - h * 0.6, h * 0.19, h * 0.18, fill),
        ellipse(x, y - h * 0.78, h * 0.22, h * 0.22, fill),
        ellipse(x - h * 0.05, y - h * 0.82, h * 0.1, h * 0.1, WHITE, opacity=0.14),
    )


def cloud(x: float, y: float, size: float, fill: str = WHITE, opacity: float = 0.8) -> str:
    return group(
        ellipse(x, y, size, size * 0.26, fill), ellipse(x - size * 0.3, y - size * 0.18, size * 0.36, size * 0.28, fill),
        ellipse(x + size * 0.22, y - size * 0.25, size * 0.42, size * 0.36, fill), opacity=opacity,
    )


def sun(x: float, y: float, r: float, fill: str = OCHRE_LIGHT) -> str:
    return circle(x, y, r * 1.5, fill, opacity=0.35) + circle(x, y, r, fill)


def gull(x: float, y: float, size: float, colour: str = INK) -> str:
    return stroke(f"M{n(x - size)} {n(y - size * .2)}q{n(size * .55)} {n(-size * .45)} {n(size)} {n(size * .2)}q{n(size * .45)} {n(-size * .65)} {n(size)} {n(-size * .2)}",
                  colour, max(2.0, size * 0.14), opacity=0.75)


def ripples(x: float, y: float, w: float, h: float, seed: int, count: int = 14, colour: str = WHITE) -> str:
    """Short light lines on water."""
    random = Random(seed)  # noqa: S311 - a drawing
    parts = []
    for _ in range(count):
        px, py, length = x + random.random() * w, y + random.random() * h, 20 + random.random() * 60
        parts.append(line(px, py, px + length, py, colour, 3, opacity=0.45))
    return group(*parts)


def flowers(x: float, y: float, w: float, h: float, seed: int, count: int, colours: tuple[str, ...] = (WHITE, OCHRE_LIGHT, ROSE)) -> str:
    random = Random(seed)  # noqa: S311 - a drawing
    return group(*(circle(x + random.random() * w, y + random.random() * h, 3 + random.random() * 3, random.choice(colours))
                   for _ in range(count)))


# --- town ---------------------------------------------------------------------------------------------------------


def house(x: float, y: float, w: float, h: float, wall: str, *, roof: str = INK, windows: tuple[int, int] = (2, 2),
          door: str | None = None, lit: bool = False) -> str:
    """A wooden house with its gable towards us, standing on (x, y); corner boards and white windows."""
    gable = w * 0.42
    pane = OCHRE_LIGHT if lit else "#dcebee"
    parts = [
        poly([(x, y), (x, y - h), (x + w / 2, y - h - gable), (x + w, y - h), (x + w, y)], wall),
        *(line(x + 4, y - h * k, x + w - 4, y - h * k, INK, 1.2, opacity=0.13) for k in (0.12, 0.24, 0.36, 0.48, 0.6, 0.72, 0.84, 0.96)),
        rect(x, y - h, w * 0.035, h, WHITE, opacity=0.9), rect(x + w * 0.965, y - h, w * 0.035, h, WHITE, opacity=0.9),
        poly([(x - w * 0.06, y - h + w * 0.03), (x + w / 2, y - h - gable - w * 0.05), (x + w * 1.06, y - h + w * 0.03),
              (x + w * 1.06, y - h - w * 0.03), (x + w / 2, y - h - gable - w * 0.13), (x - w * 0.06, y - h - w * 0.03)], roof),
    ]
    columns, rows = windows
    ww, wh = w / (columns * 2 + 0.6), h / (rows * 1.9 + 0.3)
    for row in range(rows):
        for column in range(columns):
            wx = x + w * (column + 0.5) / columns - ww / 2
            wy = y - h + h * (row + 0.5) / rows - wh / 2
            if door and row == rows - 1 and column == columns // 2:
                parts.append(rect(wx, y - h / rows * 0.82, ww, h / rows * 0.82, door, rx=2))
                parts.append(circle(wx + ww * 0.8, y - h / rows * 0.4, max(1.6, ww * 0.05), OCHRE_LIGHT))
            else:
                parts.append(window(wx, wy, ww, wh, pane))
    parts.append(window(x + w / 2 - ww * 0.32, y - h - gable * 0.45, ww * 0.64, wh * 0.6, pane))
    return group(*parts)


def window(x: float, y: float, w: float, h: float, pane: str = "#dcebee", frame: str = WHITE) -> str:
    b = max(2.0, w * 0.07)
    return group(
        rect(x - b, y - b, w + 2 * b, h + 2 * b, frame), rect(x, y, w, h, pane),
        rect(x + w / 2 - b / 2, y, b, h, frame), rect(x, y + h * 0.42, w, b, frame),
    )


def lamp(x: float, y: float, drop: float, size: float, shade: str = OCHRE) -> str:
    """A lamp hanging from (x, y), with its light."""
    top = y + drop
    return group(
        line(x, y, x, top, INK, 3),
        poly([(x - size * 1.15, top + size * 3.4), (x - size * 0.8, top + size * 0.75), (x + size * 0.8, top + size * 0.75),
              (x + size * 1.15, top + size * 3.4)], OCHRE_LIGHT, opacity=0.16),
        path(f"M{n(x - size)} {n(top + size * .75)}a{n(size)} {n(size)} 0 0 1 {n(2 * size)} 0z", shade),
        ellipse(x, top + size * 0.76, size * 0.45, size * 0.13, CREAM),
    )


def bunting(x1: float, y1: float, x2: float, y2: float, sag: float, flags: int,
            colours: tuple[str, ...] = (RED, OCHRE, CREAM, BLUE, GRASS_DARK)) -> str:
    """Flags on a line that sags."""
    cx, cy = (x1 + x2) / 2, (y1 + y2) / 2 + sag * 2
    parts = [stroke(f"M{n(x1)} {n(y1)}Q{n(cx)} {n(cy)} {n(x2)} {n(y2)}", INK, 2.5)]
    size = math.hypot(x2 - x1, y2 - y1) / flags * 0.62
    for i in range(flags):
        t = (i + 0.5) / flags
        px = (1 - t) ** 2 * x1 + 2 * t * (1 - t) * cx + t * t * x2
        py = (1 - t) ** 2 * y1 + 2 * t * (1 - t) * cy + t * t * y2
        parts.append(poly([(px - size / 2, py), (px + size / 2, py), (px, py + size * 1.15)], colours[i % len(colours)]))
    return group(*parts)


def plant(x: float, y: float, h: float, pot: str = RED) -> str:
    leaves = []
    for turn, length in ((-58, 0.62), (-30, 0.85), (0, 1.0), (28, 0.88), (56, 0.66)):
        leaves.append(
            tag("ellipse", cx=x, cy=y - h * 0.3 - h * 0.36 * length, rx=h * 0.075, ry=h * 0.36 * length, fill=MOSS if turn % 4 else PINE,
                transform=f"rotate({turn} {n(x)} {n(y - h * .3)})")
        )
    return group(*leaves, poly([(x - h * 0.19, y - h * 0.34), (x + h * 0.19, y - h * 0.34), (x + h * 0.14, y), (x - h * 0.14, y)], pot))


def shadow(x: float, y: float, rx: float, ry: float = 10, opacity: float = 0.14) -> str:
    return ellipse(x, y, rx, ry, INK, opacity=opacity)


# --- people -------------------------------------------------------------------------------------------------------


def person(x: float, y: float, h: float, *, top: str = RED, legs: str = DEEP, skin: int = 0, hair: str = "#5a3d2b",
           arms: str = "down", style: str = "short", skirt: bool = False, flip: bool = False) -> str:
    """Somebody standing at (x, y), `h` tall, without a face. `arms`: down, up, wave, front. `style`: short, long, bun, hijab, cap."""
    tone = SKINS[skin % len(SKINS)]
    u = h / 100
    limb = {"stroke_linecap": "round", "fill": "none"}
    back, front = [], []
    if skirt:
        front.append(poly([(-9, -52), (9, -52), (16, -18), (-16, -18)], legs))
        front += [path("M-6 -20V-3", stroke=tone, stroke_width=6, **limb), path("M6 -20V-3", stroke=tone, stroke_width=6, **limb)]
    else:
        front += [path("M-6 -46V-4", stroke=legs, stroke_width=10, **limb), path("M6 -46V-4", stroke=legs, stroke_width=10, **limb)]
    front += [ellipse(-7, -2, 7, 3.4, INK), ellipse(7, -2, 7, 3.4, INK)]
    body = path("M-13 -73q0 -6 7 -6h12q7 0 7 6l-2 30h-22z", top)
    poses = {
        "down": ("M-12 -72q-5 12 -5 26", "M12 -72q5 12 5 26"),
        "up": ("M-11 -72q-10 -10 -13 -26", "M11 -72q10 -10 13 -26"),
        "wave": ("M-12 -72q-5 12 -5 26", "M11 -72q12 -6 13 -24"),
        "front": ("M-12 -70q-2 10 8 16", "M12 -70q2 10 -8 16"),
        "reach": ("M-12 -72q-5 12 -5 26", "M11 -71q10 4 22 2"),
    }
    ends = {"down": ((-17, -45), (17, -45)), "up": ((-24, -99), (24, -99)), "wave": ((-17, -45), (24, -97)),
            "front": ((-4, -54), (4, -54)), "reach": ((-17, -45), (34, -69))}
    for d in poses[arms]:
        front.append(path(d, stroke=top, stroke_width=7, **limb))
    for ex, ey in ends[arms]:
        front.append(circle(ex, ey, 3.8, tone))
    head = [rect(-3.5, -84, 7, 8, tone), circle(0, -90, 9, tone)]
    if style == "long":
        back.append(path("M-11 -90a11 11 0 0 1 22 0v20q-11 5 -22 0z", hair))
        head.append(path("M-9.5 -91a9.5 9.5 0 0 1 19 0q-9 -5 -19 0z", hair))
    elif style == "bun":
        back.append(circle(0, -102, 5, hair))
        head.append(path("M-9.6 -89a9.6 9.6 0 0 1 19.2 0q-9 -6 -19.2 0z", hair))
    elif style == "hijab":
        back.append(path("M-12 -90a12 12 0 0 1 24 0q1 14 4 20h-32q3 -6 4 -20z", hair))
        head.append(path("M-9.5 -87a9.5 9.5 0 0 1 19 0q-3 -6 -9.5 -6t-9.5 6z", hair))
    elif style == "cap":
        head.append(path("M-9.6 -91a9.6 9.6 0 0 1 19.2 0h5v2.5h-24.2z", hair))
    else:
        head.append(path("M-9.6 -89a9.6 9.6 0 0 1 19.2 0q-2 -4 -9.6 -4t-9.6 4z", hair))
    side = -1 if flip else 1
    return tag("g", "".join([*back, *front[: (3 if skirt else 4)], body, *front[(3 if skirt else 4) :], *head]),
               transform=f"translate({n(x)} {n(y)}) scale({side * u:.3g} {u:.3g})")


def ball(x: float, y: float, r: float, fill: str = OCHRE) -> str:
    return group(circle(x, y, r, fill), stroke(f"M{n(x - r)} {n(y)}q{n(r)} {n(r * .6)} {n(2 * r)} 0M{n(x)} {n(y - r)}q{n(r * .6)} {n(r)} 0 {n(2 * r)}", WHITE, max(1.5, r * 0.12), opacity=0.8))


def cup(x: float, y: float, size: float, fill: str = WHITE) -> str:
    """A cup with something hot in it."""
    return group(
        path(f"M{n(x - size / 2)} {n(y - size * .8)}h{n(size)}v{n(size * .5)}a{n(size * .3)} {n(size * .3)} 0 0 1 {n(-size * .3)} {n(size * .3)}h{n(-size * .4)}a{n(size * .3)} {n(size * .3)} 0 0 1 {n(-size * .3)} {n(-size * .3)}z", fill),
        stroke(f"M{n(x + size / 2)} {n(y - size * .65)}q{n(size * .32)} 0 {n(size * .3)} {n(size * .2)}t{n(-size * .34)} {n(size * .16)}", fill, size * 0.11),
        stroke(f"M{n(x - size * .14)} {n(y - size)}q{n(-size * .14)} {n(-size * .2)} 0 {n(-size * .36)}t0 {n(-size * .3)}M{n(x + size * .16)} {n(y - size)}q{n(-size * .14)} {n(-size * .2)} 0 {n(-size * .36)}t0 {n(-size * .3)}", WHITE, size * 0.06, opacity=0.7),
    )
