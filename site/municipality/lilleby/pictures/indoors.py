"""Scenes under a roof: hall, gym, pool, meeting rooms, canteen, café, reading room, youth club."""

from __future__ import annotations

from municipality.lilleby.pictures import kit as k


def _view(x: float, y: float, w: float, h: float, frame: str = k.WHITE, *, bars: int = 1) -> str:
    """A window with fjord and mountain outside."""
    clip = f"v{int(x)}-{int(y)}"
    scene = k.group(
        k.rect(x, y, w, h, k.SKY), k.peak(x + w * 0.36, y + h * 0.78, w * 0.9, h * 0.56, k.MIDDLE), k.peak(x + w * 0.86, y + h * 0.78, w * 0.7, h * 0.4, k.NEAR, None),
        k.rect(x, y + h * 0.76, w, h * 0.24, k.WATER), k.hill(y + h * 0.9, [(x, 0), (x + w / 2, h * 0.05), (x + w, 0)], k.GRASS, y + h), clip_path=f"url(#{clip})",
    )
    return k.group(
        k.tag("clipPath", k.rect(x, y, w, h, k.WHITE), id=clip), k.rect(x - 9, y - 9, w + 18, h + 18, frame), scene,
        *(k.rect(x + w * (i + 1) / (bars + 1) - 3.5, y, 7, h, frame) for i in range(bars)), k.rect(x - 16, y + h + 6, w + 32, 12, frame),
    )  # fmt: skip


def _chair(x: float, y: float, h: float, colour: str, *, flip: bool = False) -> str:
    """A chair from the side, seat at 45 %."""
    s = -1 if flip else 1
    return k.group(
        k.stroke(f"M{k.n(-s * h * .2)} 0L{k.n(-s * h * .16)} {k.n(-h * .45)}M{k.n(s * h * .24)} 0L{k.n(s * h * .2)} {k.n(-h * .45)}", k.INK, h * 0.05),
        k.rect(-h * 0.24, -h * 0.49, h * 0.48, h * 0.08, colour, rx=h * 0.04), k.stroke(f"M{k.n(-s * h * .21)} {k.n(-h * .46)}L{k.n(-s * h * .28)} {k.n(-h)}", colour, h * 0.09), move=(x, y),
    )  # fmt: skip


def _floor(y: float, colour: str, lines: str) -> str:
    return k.rect(0, y, 1200, 800 - y, colour) + "".join(k.line(600 + (i - 6) * 60, y, 600 + (i - 6) * 190, 800, lines, 3, opacity=0.5) for i in range(13))


def hall() -> list[str]:
    seats = [k.rect(0, 352 + 40 * row, 330 - 34 * row, 26, (k.BLUE_DARK, k.BLUE, "#6aa3b8")[row]) + k.rect(0, 378 + 40 * row, 330 - 34 * row, 14, k.GREY) for row in range(3)]
    crowd = [k.group(k.circle(0, -16, 9, k.SKINS[i % 5]), k.path("M-13 14q0 -22 13 -22t13 22z", (k.RED, k.OCHRE, k.CREAM, k.PLUM, k.GRASS_DARK)[i % 5]), move=(x, y)) for i, (x, y) in enumerate(((40, 346), (84, 346), (170, 346), (214, 346), (296, 346), (64, 386), (128, 386), (236, 386), (30, 426), (100, 426), (182, 426)))]
    net = [k.line(886 + 14 * i, 470, 886 + 14 * i, 596, k.WHITE, 1.5, opacity=0.8) for i in range(1, 13)] + [k.line(886, 470 + 14 * i, 1070, 470 + 14 * i, k.WHITE, 1.5, opacity=0.8) for i in range(1, 9)]
    posts = [k.rect(x, y, 14, h, k.RED if i % 2 else k.WHITE) for x in (878, 1066) for i, (y, h) in enumerate(((462, 30), (492, 30), (522, 30), (552, 30), (582, 18)))]
    bar = [k.rect(878 + 29 * i, 458, 29, 14, k.RED if i % 2 else k.WHITE) for i in range(7)]
    return [
        k.rect(0, 0, 1200, 800, k.CREAM), k.rect(0, 0, 1200, 92, k.WOOD_LIGHT), *(k.poly([(120 * i - 40, 0), (120 * i - 16, 0), (120 * i + 60, 92), (120 * i + 30, 92)], k.WOOD) for i in range(11)), k.rect(0, 84, 1200, 16, k.WOOD_DARK),
        *(_view(60 + 280 * i, 140, 220, 150) for i in range(4)), *(k.group(k.rect(-52, 0, 104, 14, k.WHITE, rx=7), k.poly([(-50, 14), (50, 14), (110, 120), (-110, 120)], k.OCHRE_LIGHT, opacity=0.13), k.line(-30, 0, -30, -30, k.INK, 2), k.line(30, 0, 30, -30, k.INK, 2), move=(x, 100)) for x in (200, 600, 1000)),
        k.rect(0, 480, 1200, 80, k.SAND), *seats, *crowd, _floor(540, k.WOOD_LIGHT, k.WOOD), k.path("M330 540H1200V560H330z", k.WOOD_DARK, opacity=0.18),
        k.stroke("M600 560L560 800", k.WHITE, 6), k.stroke("M800 600q30 110 340 96", k.BLUE, 7), k.stroke("M720 590q10 200 480 176", k.WHITE, 5, stroke_dasharray="26 18"), k.stroke("M-20 600L330 560H1220", k.RED, 5, opacity=0.8),
        k.poly([(892, 472), (1066, 472), (1086, 560), (872, 560)], k.INK, opacity=0.06), *net, *posts, *bar,
        # The scoreboard.
        k.rect(540, 318, 170, 78, k.INK, rx=8), k.rect(556, 334, 50, 46, k.DEEP, rx=4), k.rect(644, 334, 50, 46, k.DEEP, rx=4), k.stroke("M572 342h18v14h-18v16h18", k.OCHRE, 5), k.stroke("M660 342h18v30h-18M664 356h14", k.OCHRE, 5), k.circle(625, 350, 4, k.OCHRE), k.circle(625, 366, 4, k.OCHRE),
        k.shadow(520, 738, 46, 9), k.person(520, 738, 200, top=k.OCHRE, legs=k.BLUE_DARK, arms="wave", style="bun", hair="#7a4a2a"), k.shadow(690, 700, 42, 8), k.person(690, 700, 178, top=k.BLUE, legs=k.INK, skin=2, arms="up"), k.shadow(976, 640, 40, 8), k.person(976, 640, 156, top=k.GRASS_DARK, legs=k.INK, skin=1, arms="up"),
        k.shadow(320, 760, 40, 8), k.person(320, 760, 176, top=k.OCHRE, legs=k.BLUE_DARK, skin=4, style="long", hair=k.INK, arms="reach"), k.ball(610, 470, 22, k.RED),
    ]  # fmt: skip


def gym() -> list[str]:
    bars = [k.group(k.rect(-4, 0, 10, 380, k.WOOD_DARK), k.rect(126, 0, 10, 380, k.WOOD_DARK), *(k.rect(-2, 14 + 27 * i, 136, 9, k.WOOD, rx=4) for i in range(14)), move=(x, 190)) for x in (50, 206)]
    ropes = [k.stroke(f"M{x} 60C{x - 4} 240 {x + sway} 380 {x + sway} 520", k.OCHRE_DARK, 11) + k.ellipse(x + sway, 524, 12, 16, k.WOOD_DARK) for x, sway in ((480, 0), (560, 46), (640, 0))]
    return [
        k.rect(0, 0, 1200, 800, "#e8efe6"), k.rect(0, 0, 1200, 60, k.WOOD_LIGHT), k.rect(400, 44, 330, 20, k.WOOD_DARK), _view(800, 130, 330, 210, bars=2), k.rect(0, 440, 1200, 130, "#d3e0d0"), _floor(570, k.WOOD_LIGHT, k.WOOD), *bars, *ropes,
        k.stroke("M0 690H1200", k.RED, 5, opacity=0.7), k.stroke("M380 570L280 800", k.BLUE, 6, opacity=0.8),
        # Mats, a buck, a bench, hoops.
        k.poly([(760, 640), (1090, 640), (1150, 700), (780, 700)], k.BLUE), k.poly([(780, 700), (1150, 700), (1150, 720), (780, 720)], k.BLUE_DARK),
        k.group(k.shadow(0, 120, 92, 10), k.stroke("M-56 30L-78 118M56 30L78 118M-20 36L-26 112M20 36L26 112", k.INK, 9), k.rect(-74, -34, 148, 70, k.WOOD, rx=34), k.rect(-74, -8, 148, 12, k.WOOD_DARK), move=(935, 524)),
        k.person(936, 486, 138, top=k.RED, legs=k.BLUE_DARK, skin=1, arms="up", style="bun", hair=k.INK), k.person(560, 596, 150, top=k.OCHRE, skin=0, arms="up", hair="#c79a4b"), k.shadow(350, 742, 44, 9), k.person(350, 742, 194, top=k.PLUM, skin=2, arms="wave"), k.shadow(470, 752, 30, 7), k.person(470, 752, 122, top=k.GRASS_DARK, skin=3, style="long", hair="#7a4a2a", arms="up"),
        k.circle(170, 690, 58, "none", stroke=k.RED, stroke_width=10), k.circle(214, 712, 50, "none", stroke=k.OCHRE, stroke_width=10), k.circle(132, 714, 48, "none", stroke=k.BLUE, stroke_width=10), k.ball(660, 752, 30, k.RED),
    ]  # fmt: skip


def pool() -> list[str]:
    floats = [k.group(*(k.ellipse(600 + (t - 600) * spread, y, 9, 6, (k.RED, k.WHITE)[i % 2]) for i, (t, y, spread) in enumerate([(x, y0, 1.0) for x in range(60, 1160, 22)]))) for y0 in (530, 620)]
    tiles = [k.line(x, 70, x, 400, k.WHITE, 3, opacity=0.6) for x in range(0, 1201, 50)] + [k.line(0, y, 1200, y, k.WHITE, 3, opacity=0.6) for y in range(100, 400, 50)]
    return [
        k.rect(0, 0, 1200, 800, "#cfe3e6"), k.rect(0, 0, 1200, 70, k.WOOD_LIGHT), *(k.rect(90 * i, 0, 14, 70, k.WOOD) for i in range(14)), *tiles, _view(90, 130, 440, 190, bars=2), _view(660, 130, 440, 190, bars=2), k.rect(0, 390, 1200, 70, "#e9e2d2"), k.rect(0, 448, 1200, 16, k.WHITE),
        k.rect(0, 462, 1200, 290, k.WATER), k.rect(0, 462, 1200, 26, k.WATER_DARK, opacity=0.45), k.ripples(20, 490, 1100, 240, 8, 34, k.WHITE), *floats, k.rect(0, 736, 1200, 64, k.WHITE), *(k.rect(40 * i, 736, 20, 16, k.BLUE, opacity=0.55) for i in range(31)),
        # Swimmers: heads, arms and one kickboard.
        k.group(k.ellipse(0, 12, 60, 12, k.WHITE, opacity=0.5), k.circle(0, 0, 24, k.SKINS[1]), k.path("M-25 -4a25 25 0 0 1 50 0z", k.RED), k.stroke("M26 8q34 -44 62 -6", k.SKINS[1], 15), move=(330, 580)),
        k.group(k.ellipse(0, 12, 52, 10, k.WHITE, opacity=0.5), k.circle(0, 0, 21, k.SKINS[0]), k.path("M-22 -3a22 22 0 0 1 44 0z", k.OCHRE), k.rect(24, -6, 84, 22, k.GRASS_DARK, rx=10), k.stroke("M14 10L44 4", k.SKINS[0], 12), move=(720, 666)),
        k.group(k.ellipse(0, 12, 52, 10, k.WHITE, opacity=0.5), k.circle(0, 0, 20, k.SKINS[2]), k.path("M-21 -3a21 21 0 0 1 42 0z", k.BLUE_DARK), k.stroke("M-20 8q-30 -40 -54 -4", k.SKINS[2], 13), move=(940, 578)),
        # The lifeguard's chair and a ring.
        k.group(k.stroke("M-46 30L-30 -150M46 30L30 -150M-40 -40H40M-34 -96H34", k.WHITE, 11), k.rect(-46, -164, 92, 14, k.WHITE, rx=6), k.person(0, -150, 128, top=k.RED, legs=k.RED_DARK, skin=4, arms="front"), move=(1080, 440)),
        k.circle(580, 346, 40, "none", stroke=k.RED, stroke_width=18), *(k.tag("path", d="M580 306v-9M580 386v9M540 346h-9M620 346h9", stroke=k.WHITE, stroke_width=18, fill="none") for _ in (0,)),
        *(k.rect(150 + 40 * i, 408 - 6 * i, 34, 46 + 6 * i, c, rx=12) for i, c in enumerate((k.GRASS_DARK, k.OCHRE, k.ROSE, k.BLUE))),
    ]  # fmt: skip


def meeting() -> list[str]:
    return [
        k.rect(0, 0, 1200, 800, k.CREAM), k.rect(0, 470, 1200, 110, k.SAND), _floor(580, "#cdb596", "#b89b76"), _view(80, 110, 470, 270, bars=2), k.rect(680, 120, 400, 240, k.INK, rx=10), k.rect(696, 136, 368, 208, "#eef4f4", rx=4),
        # On the screen: a week with hours in it.
        *(k.rect(716 + 68 * i, 160, 56, 14, k.DEEP, rx=3) for i in range(5)), *(k.rect(716 + 68 * i, y, 56, h, c, rx=5) for i, y, h, c in ((0, 190, 50, k.RED), (0, 250, 34, k.OCHRE), (1, 204, 60, k.GRASS_DARK), (2, 184, 36, k.BLUE), (2, 232, 70, k.RED), (3, 196, 44, k.OCHRE), (4, 222, 74, k.PLUM), (3, 260, 44, k.BLUE))),
        k.lamp(360, 0, 60, 44, k.PINE), k.lamp(600, 0, 60, 44, k.PINE), k.lamp(840, 0, 60, 44, k.PINE),
        *(k.person(x, 640, h, top=c, skin=s, style=st, hair=hc, arms=a) for x, h, c, s, st, hc, a in ((280, 226, k.BLUE, 0, "short", k.GREY, "front"), (440, 214, k.OCHRE, 1, "hijab", k.PLUM, "front"), (600, 228, k.RED, 2, "short", k.INK, "front"), (760, 190, k.GRASS_DARK, 3, "long", "#c79a4b", "wave"), (920, 222, k.PLUM, 0, "bun", "#7a4a2a", "front"))),
        k.poly([(170, 560), (1030, 560), (1130, 640), (70, 640)], k.WOOD), k.rect(70, 640, 1060, 22, k.WOOD_DARK), k.poly([(160, 662), (190, 662), (180, 790), (160, 790)], k.WOOD_DARK), k.poly([(1010, 662), (1040, 662), (1040, 790), (1020, 790)], k.WOOD_DARK),
        *(k.poly([(x, 584), (x + 60, 584), (x + 66, 612), (x - 6, 612)], k.WHITE) for x in (250, 530, 810)), *(k.cup(x, 606, 28, c) for x, c in ((370, k.WHITE), (480, k.RED), (690, k.WHITE), (960, k.BLUE))), k.group(k.ellipse(0, 0, 56, 12, k.WHITE), *(k.circle(x, y, 13, k.OCHRE_DARK) for x, y in ((-26, -8), (0, -10), (26, -8), (-12, -22), (13, -23))), move=(630, 622)),
        *(_chair(x, 796, 190, k.MOSS) for x in (330, 600)), _chair(870, 796, 190, k.MOSS, flip=True), k.plant(60, 590, 210, k.BLUE_DARK), k.plant(1140, 590, 240),
    ]  # fmt: skip


def smallroom() -> list[str]:
    return [
        k.rect(0, 0, 1200, 800, "#dfe8e2"), k.rect(0, 560, 1200, 240, "#c9ad86"), *(k.line(0, 620 + 60 * i, 1200, 620 + 60 * i, "#b3956c", 3) for i in range(3)), _view(120, 120, 300, 300, bars=1),
        # The fjord on the wall.
        k.rect(560, 140, 400, 240, k.WOOD_DARK), k.tag("clipPath", k.rect(574, 154, 372, 212, k.WHITE), id="frame"), k.group(k.rect(574, 154, 372, 212, k.DUSK), k.sun(760, 250, 30, "#fff0cf"), k.peak(660, 300, 240, 120, k.PLUM, "#f5ddd0"), k.peak(880, 300, 260, 140, "#93667f", "#f5ddd0"), k.rect(574, 298, 372, 70, k.WATER_DARK), k.ripples(580, 306, 330, 50, 14, 14, k.DUSK), clip_path="url(#frame)"),
        k.lamp(600, 0, 170, 76, k.RED), k.ellipse(600, 720, 420, 60, k.ROSE), k.ellipse(600, 720, 360, 48, "none", stroke=k.CREAM, stroke_width=6),
        _chair(330, 730, 280, k.PINE), _chair(870, 730, 280, k.PINE, flip=True), k.person(476, 690, 300, top=k.OCHRE, skin=1, style="hijab", hair=k.BLUE_DARK, arms="front"), k.person(730, 690, 306, top=k.BLUE, skin=0, style="short", hair=k.GREY, arms="front"),
        k.ellipse(600, 570, 250, 42, k.WOOD_LIGHT), k.path("M350 570a250 42 0 0 0 500 0v14a250 42 0 0 1 -500 0z", k.WOOD), k.rect(584, 610, 32, 110, k.WOOD_DARK), k.ellipse(600, 724, 110, 18, k.WOOD_DARK), k.cup(520, 580, 44), k.cup(690, 580, 44, k.RED), k.group(k.rect(-14, -46, 28, 46, k.WATER, rx=8), k.circle(-10, -62, 12, k.OCHRE_LIGHT), k.circle(12, -66, 13, k.ROSE), k.circle(2, -80, 11, k.WHITE), move=(604, 570)),
        k.plant(1060, 640, 330, k.OCHRE), k.rect(1010, 640, 100, 20, k.WOOD_DARK, rx=6),
    ]  # fmt: skip


def canteen() -> list[str]:
    rows = []
    for y, s in ((560, 0.82), (690, 1.12)):
        for x in (300, 900):
            w = 200 * s
            rows += [*(k.rect(x - w + 40 * s + i * 110 * s, y + 10 * s, 64 * s, 12 * s, (k.RED, k.OCHRE, k.BLUE, k.GRASS_DARK)[i], rx=5) + k.stroke(f"M{k.n(x - w + (50 + 110 * i) * s)} {k.n(y + 20 * s)}v{k.n(62 * s)}M{k.n(x - w + (94 + 110 * i) * s)} {k.n(y + 20 * s)}v{k.n(62 * s)}", k.INK, 5 * s) for i in range(4)),
                     k.poly([(x - w, y - 44 * s), (x + w, y - 44 * s), (x + w + 26 * s, y), (x - w - 26 * s, y)], k.WOOD_LIGHT), k.rect(x - w - 26 * s, y, 2 * w + 52 * s, 13 * s, k.WOOD),
                     *(k.stroke(f"M{k.n(x + d * w)} {k.n(y + 12 * s)}v{k.n(86 * s)}", k.INK, 9 * s) for d in (-0.9, 0.9)), *(k.ellipse(x + dx * s, y - 22 * s, 25 * s, 8 * s, k.WHITE) for dx in (-150, -60, 60, 150)), k.cup(x, y - 8 * s, 28 * s, k.WHITE)]
    keys = [k.rect(96 + 8.6 * i, 448, 7.4, 18, k.WHITE) for i in range(22)]
    return [
        k.rect(0, 0, 1200, 800, "#f3e7d3"), k.rect(0, 0, 1200, 30, k.WOOD), _view(380, 110, 460, 230, bars=3), k.rect(0, 440, 1200, 80, "#e3d0b0"), _floor(500, "#a9bdb6", "#93aaa2"),
        # The piano, and somebody at it.
        k.rect(70, 330, 230, 190, "#6d4529", rx=6), k.rect(60, 318, 250, 18, "#5a3820", rx=4), k.rect(82, 440, 206, 34, "#5a3820"), *keys, k.rect(84, 474, 14, 62, "#5a3820"), k.rect(272, 474, 14, 62, "#5a3820"), k.poly([(140, 372), (230, 372), (224, 430), (146, 430)], k.WHITE), *(k.line(152, 384 + 10 * i, 218, 384 + 10 * i, k.INK, 1.5, opacity=0.6) for i in range(4)), k.plant(260, 320, 90, k.RED),
        k.person(186, 560, 170, top=k.PLUM, skin=1, style="long", hair=k.INK, arms="front"),
        # The hatch to the kitchen.
        k.rect(900, 150, 250, 190, k.DEEP), k.rect(900, 340, 250, 18, k.WOOD_DARK), k.rect(886, 136, 278, 18, k.WOOD_DARK), k.person(1024, 420, 200, top=k.WHITE, skin=2, style="cap", hair=k.WHITE, arms="wave"), k.rect(886, 340, 278, 130, k.OCHRE_LIGHT), k.rect(880, 334, 290, 16, k.WOOD), *(k.line(886 + 46 * i, 350, 886 + 46 * i, 470, k.OCHRE, 3) for i in range(1, 6)), k.group(k.rect(-30, -34, 60, 34, k.GREY, rx=6), k.stroke("M-30 -22h-14M30 -22h14", k.GREY, 7), k.rect(-34, -42, 68, 9, k.STONE, rx=4), move=(940, 334)),
        k.lamp(330, 30, 60, 46, k.RED), k.lamp(600, 30, 40, 46, k.OCHRE), k.lamp(870, 30, 60, 46, k.PINE), *rows,
    ]  # fmt: skip


def cafe() -> list[str]:
    heart = "m0 9c-16 -28 -46 -6 -30 16q10 14 30 26q20 -12 30 -26c16 -22 -14 -44 -30 -16z"
    waffle = k.group(*(k.tag("path", d=heart, fill=k.OCHRE, transform=f"rotate({72 * i}) translate(0 -60) scale(1.02)") for i in range(5)), k.circle(0, 0, 22, k.OCHRE_DARK, opacity=0.35), *(k.tag("path", d="M-34 -52L34 -8M-34 -30L22 10M-10 -62L36 -34", stroke=k.OCHRE_DARK, stroke_width=3, opacity=0.45, transform=f"rotate({72 * i})") for i in range(2)))
    return [
        k.rect(0, 0, 1200, 800, "#efe3d0"), k.rect(0, 0, 1200, 470, "#cfdcd4"), k.rect(0, 466, 1200, 12, k.WHITE),
        # The hatch and the counter.
        k.rect(120, 110, 520, 230, "#e9d3ae"), k.rect(120, 110, 520, 230, k.WOOD_LIGHT, opacity=0.5), k.stroke("M150 300H610M370 120L330 340", k.WHITE, 5, opacity=0.8), k.person(480, 352, 130, top=k.BLUE, skin=2, arms="up"), k.person(270, 350, 120, top=k.OCHRE, skin=0, arms="wave", hair="#c79a4b"), k.ball(380, 210, 15, k.RED), k.rect(104, 94, 552, 20, k.WOOD_DARK), k.rect(104, 110, 18, 236, k.WOOD_DARK), k.rect(638, 110, 18, 236, k.WOOD_DARK),
        k.person(560, 520, 250, top=k.RED, skin=3, style="bun", hair="#7a4a2a", arms="front"), k.person(200, 520, 262, top=k.GRASS_DARK, skin=4, style="short", hair=k.INK, arms="wave"), k.rect(70, 360, 620, 22, k.WOOD), k.rect(86, 382, 588, 170, k.RED), *(k.rect(86 + 42 * i, 382, 21, 170, k.RED_DARK, opacity=0.5) for i in range(14)),
        k.group(k.rect(-44, -70, 88, 70, k.INK, rx=8), k.rect(-34, -60, 68, 16, k.GREY, rx=3), k.rect(-20, -26, 40, 26, k.OCHRE_DARK, rx=4), move=(140, 360)), *(k.cup(320 + 56 * i, 360, 40, c) for i, c in enumerate((k.WHITE, k.OCHRE, k.WHITE))), k.group(k.ellipse(0, -4, 52, 9, k.WHITE), *(k.circle(x, -14, 14, k.OCHRE_DARK) for x in (-26, 0, 26)), move=(620, 360)),
        # The board.
        k.rect(780, 110, 300, 220, k.WOOD_DARK, rx=6), k.rect(794, 124, 272, 192, k.DEEP), k.tag("path", d=heart, fill="none", stroke=k.ROSE, stroke_width=5, transform="translate(860 160) scale(.9)"), *(k.line(910, 170 + 34 * i, 1010 + (i % 2) * 26, 170 + 34 * i, k.CREAM, 5, opacity=0.85) for i in range(4)), k.cup(850, 296, 40, k.CREAM), k.bunting(700, 66, 1190, 66, 24, 10), k.bunting(20, 66, 700, 60, 28, 14),
        # The table in front: waffles, cocoa, and a tablecloth.
        k.ellipse(600, 806, 680, 236, k.WOOD_DARK), k.ellipse(600, 790, 680, 232, k.BLUE_DARK), k.ellipse(600, 790, 640, 212, "none", stroke=k.WATER_LIGHT, stroke_width=5, opacity=0.6), k.ellipse(600, 706, 230, 62, k.WHITE), k.ellipse(600, 702, 190, 48, "#efe8da"), k.group(k.tag("g", waffle, transform="scale(1.25 .62)"), move=(600, 692)), k.group(k.ellipse(0, 0, 34, 13, k.RED), k.ellipse(-8, -4, 10, 4, k.ROSE), move=(600, 690)),
        k.cup(262, 740, 110, k.CREAM), k.cup(920, 742, 110, k.OCHRE), k.group(k.path("M-46 0q46 -66 92 0z", k.WHITE), move=(920, 656)), k.group(k.rect(-30, -64, 60, 64, k.RED, rx=10), k.rect(-34, -76, 68, 18, k.CREAM, rx=6), k.rect(-20, -44, 40, 26, k.CREAM, rx=4), k.circle(0, -31, 8, k.RED), move=(1080, 730)), k.group(k.rect(-22, -40, 44, 40, k.WATER_LIGHT, rx=8), k.circle(-16, -56, 14, k.OCHRE_LIGHT), k.circle(14, -60, 16, k.WHITE), k.circle(0, -78, 13, k.ROSE), move=(140, 720)),
    ]  # fmt: skip


def library() -> list[str]:
    from random import Random

    random = Random(1921)  # noqa: S311 - a drawing
    colours = (k.RED, k.RED_DARK, k.OCHRE, k.PINE, k.DEEP, k.BLUE, k.PLUM, k.CREAM, k.WOOD, k.MOSS)

    def shelf(x: float, w: float) -> str:
        parts = [k.rect(x, 60, w, 560, k.WOOD_DARK), k.rect(x - 10, 44, w + 20, 22, "#7d522d")]
        for row in range(6):
            top = 80 + 88 * row
            parts.append(k.rect(x + 10, top, w - 20, 78, "#5b3c22"))
            at = x + 14.0
            while at < x + w - 26:
                width, height = 9 + random.random() * 13, 48 + random.random() * 24
                if random.random() < 0.1:
                    at += 16
                    continue
                parts.append(k.rect(at, top + 78 - height, width, height, random.choice(colours)))
                parts.append(k.rect(at, top + 78 - height * 0.8, width, 4, k.OCHRE_LIGHT, opacity=0.5))
                at += width + 1.5
        return k.group(*parts)

    def reading_lamp(x: float) -> str:
        return k.group(k.poly([(-120, 40), (120, 40), (56, -64), (-56, -64)], k.OCHRE_LIGHT, opacity=0.25), k.rect(-5, -70, 10, 78, k.OCHRE_DARK), k.ellipse(0, 10, 34, 8, k.OCHRE_DARK), k.path("M-58 -62q4 -38 58 -38t58 38z", k.PINE), k.rect(-58, -64, 116, 6, k.OCHRE), move=(x, 560))

    return [
        k.rect(0, 0, 1200, 800, "#e9d9bb"), k.rect(0, 0, 1200, 30, "#7d522d"), k.rect(0, 620, 1200, 180, "#a8743f"), *(k.line(0, 660 + 46 * i, 1200, 660 + 46 * i, "#8f602f", 3) for i in range(3)), shelf(20, 250), shelf(930, 250), shelf(496, 208),
        *(k.group(k.path(f"M{x - 8} 560V190a84 84 0 0 1 168 0V560z", k.WHITE), _view(x, 200, 152, 340, bars=1), k.path(f"M{x} 200a76 76 0 0 1 152 0z", k.SKY), k.stroke(f"M{x + 76} 126V200M{x} 200h152", k.WHITE, 7)) for x in (306, 742)),
        k.poly([(300, 560), (460, 560), (560, 800), (200, 800)], k.OCHRE_LIGHT, opacity=0.16), k.poly([(740, 560), (900, 560), (1000, 800), (640, 800)], k.OCHRE_LIGHT, opacity=0.16),
        # The ladder, and somebody on it.
        k.stroke("M236 640L190 100M292 640L236 100", k.WOOD_LIGHT, 9), *(k.line(233 - 7.6 * i, 600 - 90 * i, 288 - 9 * i, 600 - 90 * i, k.WOOD_LIGHT, 8) for i in range(6)), k.person(248, 420, 190, top=k.RED, skin=1, style="bun", hair=k.INK, arms="reach", flip=True),
        # The table with lamps and readers.
        k.person(480, 660, 240, top=k.BLUE, skin=0, style="short", hair=k.GREY, arms="front"), k.person(720, 660, 196, top=k.OCHRE, skin=2, style="short", hair=k.INK, arms="front"), k.person(850, 660, 236, top=k.GRASS_DARK, skin=3, style="long", hair="#c79a4b", arms="front"),
        k.poly([(330, 590), (950, 590), (1030, 660), (250, 660)], k.WOOD), k.rect(250, 660, 780, 24, "#7d522d"), k.rect(290, 684, 26, 110, "#7d522d"), k.rect(964, 684, 26, 110, "#7d522d"), reading_lamp(602), *(k.path(f"M{x} {y}q24 -16 48 0q24 -16 48 0v24q-24 -14 -48 0q-24 -14 -48 0z", k.WHITE) for x, y in ((420, 618), (690, 622), (826, 614))), *(k.rect(360, 600 - 13 * i, 62, 12, c, rx=2) for i, c in enumerate((k.RED, k.PINE, k.OCHRE))),
        k.group(k.ellipse(0, -6, 60, 20, k.INK), k.path("M-34 -10q-6 -48 30 -52q46 0 44 52z", k.INK), k.circle(-32, -44, 20, k.INK), k.poly([(-48, -54), (-46, -78), (-34, -62)], k.INK), k.poly([(-30, -62), (-18, -76), (-16, -54)], k.INK), k.stroke("M42 -14q40 6 30 -36", k.INK, 9), move=(1110, 780), scale=0.8),
    ]  # fmt: skip


def youthclub() -> list[str]:
    mural = [
        k.tag("clipPath", k.rect(60, 90, 640, 330, k.WHITE, rx=6), id="mural"),
        k.group(k.rect(60, 90, 640, 330, k.BLUE_DARK), k.circle(590, 180, 64, k.OCHRE), k.circle(590, 180, 44, k.OCHRE_LIGHT), k.path("M40 380q120 -190 240 -60t220 -40t240 20v140H40z", k.PLUM), k.path("M40 420q100 -130 210 -50t230 -30t260 40v60H40z", k.RED), k.path("M40 430q140 -70 300 -20t400 -30v60H40z", k.OCHRE),
                *(k.path(f"M{x} {y}l9 20l22 2l-17 15l6 22l-20 -12l-20 12l6 -22l-17 -15l22 -2z", c) for x, y, c in ((150, 130, k.OCHRE_LIGHT), (300, 116, k.ROSE), (440, 150, k.WHITE), (90, 200, k.WATER_LIGHT))), k.path("M180 340c-10 -70 60 -110 110 -70s90 -10 120 -30c20 60 -30 120 -90 120s-80 -60 -140 -20z", k.WATER), k.circle(384, 268, 7, k.INK), clip_path="url(#mural)"),
    ]  # fmt: skip
    return [
        k.rect(0, 0, 1200, 800, "#dde5dd"), k.rect(0, 0, 1200, 26, k.WOOD), *mural, _view(800, 120, 320, 220, bars=1), k.rect(0, 540, 1200, 260, "#c59a6d"), *(k.line(0, 596 + 56 * i, 1200, 596 + 56 * i, "#ae8355", 3) for i in range(4)), k.bunting(720, 40, 1190, 40, 24, 10), *(k.group(k.line(x, 26, x, 60 + d, k.INK, 2), k.circle(x, 74 + d, 12, k.OCHRE_LIGHT), k.circle(x, 74 + d, 24, k.OCHRE_LIGHT, opacity=0.25)) for x, d in ((110, 0), (220, 14), (330, 4), (440, 18), (550, 6), (660, 12))),
        k.ellipse(300, 690, 320, 56, k.ROSE), k.ellipse(300, 690, 270, 44, "none", stroke=k.CREAM, stroke_width=6),
        # The sofa, and those in it.
        k.rect(70, 430, 430, 150, k.PINE, rx=40), k.person(190, 640, 216, top=k.OCHRE, skin=1, style="long", hair=k.INK, arms="front"), k.person(300, 640, 208, top=k.RED, skin=4, style="short", hair=k.INK, arms="wave"), k.person(404, 640, 212, top=k.PLUM, skin=0, style="bun", hair="#c79a4b", arms="front"), k.rect(56, 548, 456, 84, "#3c7268", rx=26), k.rect(36, 480, 70, 160, k.PINE, rx=30), k.rect(466, 480, 70, 160, k.PINE, rx=30), k.rect(70, 630, 16, 24, k.INK), k.rect(480, 630, 16, 24, k.INK),
        k.poly([(214, 540), (290, 540), (300, 600), (204, 600)], k.OCHRE_LIGHT), k.ellipse(300, 704, 150, 26, k.WOOD_LIGHT), k.path("M150 704a150 26 0 0 0 300 0v10a150 26 0 0 1 -300 0z", k.WOOD), k.rect(288, 726, 24, 40, k.WOOD_DARK), k.cup(240, 706, 34, k.BLUE), k.rect(320, 680, 76, 14, k.WHITE, rx=3), *(k.circle(336 + 22 * i, 680, 7, c) for i, c in enumerate((k.RED, k.OCHRE, k.BLUE))),
        # Table tennis.
        k.person(660, 690, 214, top=k.BLUE, skin=2, arms="reach"), k.circle(728, 542, 20, k.RED), k.line(732, 560, 722, 548, k.WOOD_DARK, 8), k.person(1120, 690, 206, top=k.GRASS_DARK, skin=3, style="long", hair="#7a4a2a", arms="reach", flip=True), k.circle(1054, 548, 20, k.INK), k.poly([(740, 600), (1040, 600), (1080, 650), (700, 650)], k.BLUE), k.rect(700, 650, 380, 14, k.BLUE_DARK), k.stroke("M890 600L890 650M720 625H1060", k.WHITE, 4), k.poly([(884, 576), (896, 576), (896, 640), (884, 640)], k.WHITE, opacity=0.85), k.stroke("M740 664L730 770M1040 664L1050 770", k.INK, 9), k.circle(960, 540, 9, k.WHITE),
        # The guitar.
        k.group(k.rect(-7, -190, 14, 120, k.WOOD_DARK), k.rect(-14, -214, 28, 30, k.INK, rx=5), k.ellipse(0, -60, 34, 32, k.OCHRE), k.ellipse(0, -14, 46, 40, k.OCHRE), k.circle(0, -42, 14, k.INK), k.rect(-16, -8, 32, 7, k.WOOD_DARK), move=(590, 560), scale=0.95),
        k.plant(760, 560, 150, k.OCHRE),
    ]  # fmt: skip
