"""Scenes of what can be carried away, and of the one who helps: chairs, the PA, the projector, the caretaker."""

from __future__ import annotations

from municipality.lilleby.pictures import kit as k


def chairs() -> list[str]:
    def stack(x: float, count: int, colours: tuple[str, ...]) -> str:
        parts = [k.shadow(0, 6, 120, 14), k.rect(-110, -14, 220, 16, k.INK, rx=6), k.circle(-86, 8, 14, k.INK), k.circle(86, 8, 14, k.INK), k.stroke("M-74 -18L-82 -150M70 -18L62 -150M-40 -18L-46 -150M100 -18L96 -150", k.STONE, 8)]
        for i in range(count):
            y, colour = -150 - 34 * i, colours[i % len(colours)]
            parts += [k.path(f"M-88 {y}q0 -16 16 -16h128q22 0 22 16t-20 16h-126q-20 0 -20 -16z", colour), k.path(f"M-86 {y - 6}C-104 {y - 60} -112 {y - 92} -116 {y - 120}q0 -12 14 -12t16 12C-82 {y - 92} -74 {y - 50} -60 {y - 10}z", colour), k.stroke(f"M-72 {y - 2}C-90 {y - 50} -98 {y - 84} -101 {y - 116}", k.WHITE, 3, opacity=0.25)]
        return k.group(*parts, move=(x, 700))

    return [
        k.rect(0, 0, 1200, 800, "#e7ece4"), k.rect(0, 600, 1200, 200, "#c7b291"), k.rect(0, 590, 1200, 14, k.WHITE), k.tag("clipPath", k.rect(760, 90, 320, 250, k.WHITE), id="out"), k.rect(748, 78, 344, 274, k.WHITE), k.group(k.rect(760, 90, 320, 250, k.SKY), k.peak(880, 290, 300, 150, k.MIDDLE), k.peak(1040, 290, 240, 110, k.NEAR, None), k.rect(760, 288, 320, 60, k.GRASS), clip_path="url(#out)"), k.rect(916, 90, 8, 250, k.WHITE),
        stack(240, 9, (k.RED, k.RED, k.OCHRE, k.OCHRE)), stack(530, 7, (k.BLUE, k.BLUE, k.GRASS_DARK)),
        k.group(k.shadow(0, 4, 90, 10), k.stroke("M-60 0L-48 -150M64 0L54 -150M-20 -10L-16 -140M92 -12L84 -140", k.STONE, 9), k.path("M-66 -152q0 -16 16 -16h130q22 0 22 16t-20 16h-128q-20 0 -20 -16z", k.OCHRE), k.path("M-62 -158C-80 -220 -86 -260 -90 -300q0 -14 16 -14t18 14C-54 -250 -48 -210 -34 -164z", k.OCHRE), move=(800, 720)),
        k.person(1000, 732, 300, top=k.BLUE_DARK, skin=2, style="cap", hair=k.RED, arms="reach", flip=True), k.person(1110, 740, 220, top=k.RED, skin=3, style="long", hair="#c79a4b", arms="front"),
    ]  # fmt: skip


def pa() -> list[str]:
    def speaker(x: float) -> str:
        return k.group(
            k.stroke("M0 0V150M0 150L-70 230M0 150L70 230M0 150V236", k.INK, 11), k.rect(-92, -330, 184, 336, k.INK, rx=16), k.rect(-78, -316, 156, 308, "#33474e", rx=10), k.circle(0, -110, 66, k.INK), k.circle(0, -110, 48, k.STONE), k.circle(0, -110, 20, k.INK), k.circle(0, -250, 38, k.INK), k.circle(0, -250, 24, k.STONE), k.circle(0, -250, 9, k.INK), move=(x, 480),
        )  # fmt: skip

    waves = [k.stroke(f"M{x} {280 - r}a{r} {r} 0 0 {1 if right else 0} 0 {2 * r}", c, 12, opacity=0.75) for x, right in ((420, True), (780, False)) for r, c in ((40, k.OCHRE), (80, k.ROSE), (120, k.WATER))]
    knobs = [k.circle(-96 + 32 * i, -84 + 30 * j, 9, (k.RED, k.OCHRE, k.WATER)[j]) for i in range(7) for j in range(3)]
    faders = [k.rect(-98 + 32 * i, -2, 6, 60, k.INK) + k.rect(-104 + 32 * i, 10 + (i * 17) % 36, 18, 12, k.WHITE, rx=3) for i in range(7)]
    return [
        k.rect(0, 0, 1200, 800, k.DEEP), k.poly([(600, -40), (180, 800), (1020, 800)], k.OCHRE_LIGHT, opacity=0.1), k.circle(600, 330, 300, k.PLUM, opacity=0.28), k.rect(0, 640, 1200, 160, k.WOOD_DARK), *(k.line(0, 640 + y, 1200, 640 + y, "#83572f", 3) for y in (0, 40, 90)), k.bunting(0, 40, 600, 60, 40, 13), k.bunting(600, 60, 1200, 40, 40, 13),
        *waves, k.shadow(300, 716, 130, 12, 0.3), k.shadow(900, 716, 130, 12, 0.3), speaker(300), speaker(900),
        k.rect(596, 330, 9, 380, k.GREY), k.ellipse(600, 712, 70, 13, k.GREY), k.stroke("M600 340L640 300", k.GREY, 9), k.group(k.rect(-16, 0, 32, 70, k.INK, rx=10), k.circle(0, -8, 30, k.STONE), k.stroke("M-28 -8h56M-22 -24h44M-22 8h44M0 -36v56M-16 -34q-8 26 0 52M16 -34q8 26 0 52", k.INK, 2.5), move=(652, 262), scale=1.0),
        k.group(k.rect(-140, -116, 280, 196, "#33474e", rx=12), k.rect(-128, -104, 256, 172, "#465c63", rx=8), *knobs, *faders, move=(600, 716), scale=0.82), k.stroke("M700 770C820 800 860 740 900 730", k.INK, 7), k.stroke("M500 770C400 800 340 740 300 730", k.INK, 7),
    ]  # fmt: skip


def projector() -> list[str]:
    return [
        k.rect(0, 0, 1200, 800, "#2a4650"), k.rect(0, 620, 1200, 180, "#3b3a3f"), k.rect(0, 612, 1200, 12, k.INK),
        # The screen, with a film of the moon over the fjord.
        k.rect(390, 70, 640, 20, k.INK, rx=8), k.rect(410, 88, 600, 400, k.WHITE), k.rect(400, 486, 620, 16, k.INK, rx=6), k.tag("clipPath", k.rect(428, 106, 564, 364, k.WHITE), id="film"),
        k.group(k.rect(428, 106, 564, 364, "#35566b"), k.circle(830, 200, 60, "#fdf0c8"), k.circle(830, 200, 90, "#fdf0c8", opacity=0.2), *(k.circle(x, y, 3, k.WHITE) for x, y in ((470, 150), (540, 210), (620, 140), (690, 230), (740, 130), (930, 150), (960, 260), (500, 270))), k.peak(560, 380, 320, 190, "#58808c", "#e6eef0"), k.peak(900, 380, 380, 150, "#47707d", "#e6eef0"), k.rect(428, 376, 564, 100, "#2c4f60"), k.poly([(800, 380), (860, 380), (900, 470), (760, 470)], "#fdf0c8", opacity=0.35), k.ripples(440, 388, 500, 76, 17, 18, "#9db9c4"), k.group(k.path("M-60 0h120l-20 28h-80z", k.RED), k.rect(-20, -26, 40, 26, k.WHITE), k.rect(-4, -52, 10, 26, k.OCHRE), move=(620, 420)), clip_path="url(#film)"),
        k.poly([(262, 560), (262, 584), (428, 470), (992, 470), (992, 106), (428, 106)], "#fdf3d5", opacity=0.12),
        # The projector on its case.
        k.rect(60, 650, 270, 110, k.OCHRE_DARK, rx=10), k.rect(60, 690, 270, 10, k.WOOD_DARK), k.rect(170, 636, 50, 18, k.INK, rx=6), k.rect(100, 688, 26, 22, k.GREY, rx=4), k.rect(264, 688, 26, 22, k.GREY, rx=4), k.rect(84, 536, 190, 84, k.WHITE, rx=16), k.rect(84, 580, 190, 40, k.GREY, rx=12), k.circle(252, 572, 32, k.INK), k.circle(252, 572, 22, "#fdf0c8"), k.circle(252, 572, 10, k.WHITE), *(k.rect(104 + 16 * i, 556, 9, 26, k.STONE, rx=3) for i in range(5)), k.rect(104, 620, 20, 30, k.INK), k.rect(230, 620, 20, 30, k.INK),
        # Those who watch, from behind, with a bowl between them.
        *(k.group(k.path("M-58 0q0 -110 58 -110t58 110z", c), k.circle(0, -140, 38, skin), k.path(d, hair), move=(x, 810), scale=s) for x, c, skin, hair, d, s in (
            (480, k.RED, k.SKINS[0], "#7a4a2a", "M-42 -120v-20a42 42 0 0 1 84 0v20q-42 20 -84 0z", 1.1), (610, k.OCHRE, k.SKINS[1], k.INK, "M-39 -132a39 40 0 0 1 78 0q-39 26 -78 0z", 0.85), (760, k.PLUM, k.SKINS[2], k.OCHRE, "M-46 -80q-8 -104 46 -104t46 104z", 1.1), (900, k.BLUE, k.SKINS[3], "#c79a4b", "M-39 -132a39 40 0 0 1 78 0q-39 26 -78 0z", 0.85), (1050, k.GRASS_DARK, k.SKINS[4], k.INK, "M-39 -132a39 40 0 0 1 78 0q-39 26 -78 0z", 1.15))),
    ]  # fmt: skip


def caretaker() -> list[str]:
    tools = [k.stroke("M0 0v90M-20 0h40v-24h-40z", k.RED, 10), k.stroke("M60 0v96M60 0q-22 -16 -14 -40M60 0q22 -16 14 -40", k.STONE, 11), k.stroke("M120 -30v60M120 30v70", k.OCHRE, 12), k.circle(184, 20, 40, "none", stroke=k.BLUE, stroke_width=13) + k.circle(184, 20, 22, "none", stroke=k.BLUE, stroke_width=9)]
    keys = [k.group(k.circle(0, 0, 11, "none", stroke=c, stroke_width=6), k.stroke("M0 12V42M0 34h9M0 42h9", c, 6), move=(x, 290)) for x, c in ((80, k.OCHRE), (122, k.STONE), (164, k.OCHRE_DARK), (206, k.STONE), (248, k.OCHRE))]
    return [
        k.rect(0, 0, 1200, 800, "#e6dcc6"), k.rect(0, 0, 1200, 26, k.WOOD), k.rect(0, 640, 1200, 160, "#b7bfb9"), *(k.line(0, 640 + y, 1200, 640 + y, "#a2aca6", 3) for y in (48, 104)), k.rect(0, 628, 1200, 14, k.WHITE),
        # The board with keys, the shelf, the tools.
        k.rect(50, 250, 240, 16, k.WOOD_DARK, rx=6), *keys, k.rect(40, 440, 260, 16, k.WOOD_DARK, rx=4), *(k.rect(56 + 60 * i, 390 - 10 * (i % 2), 46, 50 + 10 * (i % 2), c, rx=6) for i, c in enumerate((k.RED, k.BLUE, k.OCHRE, k.GRASS_DARK))), k.group(*tools, move=(70, 120), scale=0.95),
        # The door that stands open, and the light behind it.
        k.rect(640, 120, 300, 522, k.WHITE), k.tag("clipPath", k.rect(660, 140, 260, 502, k.WHITE), id="door"), k.group(k.rect(660, 140, 260, 502, "#f7e6c0"), k.rect(660, 140, 260, 60, k.WOOD_LIGHT), *(k.rect(680 + 80 * i, 240, 60, 90, k.SKY) for i in range(3)), k.rect(660, 480, 260, 170, k.WOOD_LIGHT), k.stroke("M660 560H920M800 480L780 640", k.RED, 5), k.person(850, 560, 120, top=k.OCHRE, skin=3, arms="up"), k.person(730, 570, 130, top=k.BLUE, skin=1, arms="wave"), k.ball(790, 470, 12, k.RED), clip_path="url(#door)"), k.poly([(640, 140), (560, 110), (560, 690), (640, 642)], k.PINE), k.poly([(626, 160), (576, 144), (576, 380), (626, 376)], k.WATER_LIGHT, opacity=0.8), k.circle(580, 430, 9, k.OCHRE), k.poly([(660, 642), (920, 642), (1060, 800), (560, 800)], "#f7e6c0", opacity=0.55),
        # The ladder.
        k.stroke("M990 700L1050 200M1120 700L1070 200", k.OCHRE_DARK, 13), *(k.line(999 + 11 * i, 620 - 84 * i, 1112 - 8.6 * i, 620 - 84 * i, k.OCHRE, 11) for i in range(5)), k.shadow(1056, 706, 90, 10),
        # Yusuf, with his keys.
        k.shadow(440, 744, 90, 13), k.person(440, 744, 470, top=k.BLUE_DARK, legs="#33474e", skin=2, style="cap", hair=k.RED, arms="wave"), k.rect(400, 470, 80, 12, k.WOOD_DARK), k.group(k.circle(0, 0, 24, "none", stroke=k.OCHRE, stroke_width=7), *(k.tag("path", d="M0 22V64M0 54h11M0 64h11", fill="none", stroke=c, stroke_width=7, stroke_linecap="round", transform=f"rotate({t})") for t, c in ((-28, k.OCHRE), (0, k.STONE), (28, k.OCHRE_DARK))), move=(556, 284)), k.rect(452, 408, 42, 26, k.WHITE, rx=4), k.line(460, 417, 486, 417, k.INK, 3), k.line(460, 425, 478, 425, k.INK, 3),
    ]  # fmt: skip
