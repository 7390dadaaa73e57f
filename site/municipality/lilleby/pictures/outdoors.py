"""Scenes under the sky: the town itself, the river green, the park, the stage, the trailer, the long table, the skis."""

from __future__ import annotations

from municipality.lilleby.pictures import kit as k


def _sky(top: str = k.SKY, bottom: str = k.DAWN) -> str:
    return k.tag("defs", k.gradient("sky", top, bottom)) + k.rect(0, 0, 1200, 800, "url(#sky)")


def _mountains(base: float = 430) -> str:
    return k.group(
        k.ridge(base, [60, 150, 110, 190, 130, 170, 90, 150, 70], k.FAR, left=-40, right=1240),
        k.peak(310, base, 560, 300, k.MIDDLE), k.peak(880, base, 700, 340, k.MIDDLE), k.peak(600, base, 420, 190, k.NEAR, None),
        k.hill(base, [(0, 46), (200, 70), (430, 30), (700, 58), (960, 24), (1200, 62)], k.NEAR),
    )  # fmt: skip


def _forest(y: float, spots: tuple[tuple[float, float], ...], fill: str = k.PINE) -> str:
    return k.group(*(k.pine(x, y, h, fill) for x, h in spots))


def town() -> list[str]:
    river = "M660 470C640 500 560 510 520 540S470 600 560 640S700 700 640 800H1010C1030 720 930 680 800 640S690 590 740 550S780 500 760 470Z"
    arch = "M330 640Q640 520 960 640V668Q640 556 330 668Z"
    back = [(60, k.OCHRE), (150, k.RED), (238, k.CREAM), (325, k.BLUE), (842, k.OCHRE_LIGHT), (930, k.RED), (1018, k.WHITE), (1106, k.OCHRE)]
    return [
        _sky(), k.sun(930, 150, 58), k.cloud(240, 130, 100), k.cloud(620, 90, 70), _mountains(),
        k.rect(0, 418, 1200, 60, k.WATER), k.ripples(20, 428, 1120, 38, 3, 18),
        k.hill(470, [(0, 24), (240, 40), (500, 10), (650, 4), (760, 8), (980, 34), (1200, 20)], k.GRASS),
        k.path(river, k.WATER), k.stroke("M690 520C610 560 560 580 640 620", k.WATER_LIGHT, 8, opacity=0.7),
        k.stroke("M700 690C740 720 800 740 800 790", k.WATER_LIGHT, 10, opacity=0.7),
        *(k.house(x, 560, 74, 74, wall, roof=k.INK if i % 2 else k.RED_DARK, windows=(2, 2), door=k.PINE) for i, (x, wall) in enumerate(back)),
        # The town hall, with its little tower and the flag.
        k.group(
            k.rect(404, 432, 150, 128, k.WHITE), k.poly([(392, 436), (479, 372), (566, 436)], k.PINE), k.rect(462, 320, 34, 74, k.WHITE),
            k.poly([(456, 322), (479, 278), (502, 322)], k.PINE), k.circle(479, 350, 11, k.OCHRE_LIGHT, stroke=k.INK, stroke_width=2),
            k.line(479, 278, 479, 244, k.INK, 3), k.path("M479 246q14 -8 28 0t26 -2v20q-12 6 -26 2t-28 0z", k.RED),
            *(k.window(424 + 32 * i, 456, 18, 34) for i in range(4)), *(k.window(424 + 32 * i, 508, 18, 28) for i in (0, 3)),
            k.rect(464, 506, 30, 54, k.RED),
        ),
        # Lillebyhallen on the other bank.
        k.group(k.path("M806 482q-6 -62 110 -62t110 62v6h-220z", k.BLUE_DARK), k.rect(812, 484, 208, 30, k.CREAM)),
        *(k.house(x, 580, 84, 82, wall, roof=k.INK, windows=(2, 2), door=k.RED) for x, wall in ((1000, k.RED), (1098, k.OCHRE))),
        k.birch(290, 606, 120), k.birch(1176, 620, 130), k.birch(386, 600, 92), k.birch(792, 590, 90),
        # The bridge, with people on it.
        k.path("M330 640Q640 520 960 640L960 700Q640 590 330 700Z", k.INK, opacity=0.1), k.path(arch, k.STONE),
        *(k.line(370 + 60 * i, y - 26, 370 + 60 * i, y, k.INK, 4) for i, y in enumerate((626, 608, 595, 586, 581, 580, 583, 591, 603, 620))),
        k.stroke("M352 606Q640 496 938 606", k.INK, 5),
        k.person(520, 586, 78, top=k.OCHRE, style="long", hair=k.INK), k.person(556, 584, 54, top=k.RED, skin=1, arms="up"),
        k.person(706, 584, 80, top=k.BLUE, skin=2, arms="wave"), k.person(770, 592, 76, top=k.PLUM, style="hijab", hair=k.OCHRE_DARK, skirt=True, skin=1),
        k.hill(700, [(0, 0), (220, 34), (430, -10), (560, -60), (640, -110)], k.GRASS_DARK), k.hill(720, [(900, -90), (1000, -10), (1200, 50)], k.GRASS_DARK),
        k.birch(110, 740, 210), k.birch(190, 760, 150, k.GRASS), k.flowers(20, 730, 420, 60, 7, 34), k.flowers(1010, 720, 180, 70, 8, 18),
        k.group(k.path("M-74 0h148q-12 36 -40 36h-74q-26 0 -34 -36z", k.RED), k.rect(-74, -6, 148, 10, k.WHITE, rx=4), move=(800, 730)),
        k.gull(560, 240, 16), k.gull(620, 270, 12), k.gull(330, 250, 12),
    ]  # fmt: skip


def river() -> list[str]:
    bed = "M690 480C650 510 560 520 590 560S780 620 720 670S480 720 440 800H900C930 730 1010 700 970 640S820 590 800 550S790 500 770 480Z"
    return [
        _sky(), k.sun(250, 160, 56), k.cloud(880, 140, 110), k.cloud(560, 110, 60), _mountains(),
        _forest(470, ((40, 120), (100, 150), (160, 110), (930, 120), (990, 160), (1050, 130), (1120, 170), (1180, 120))),
        k.hill(490, [(0, 30), (300, 20), (700, 4), (1000, 26), (1200, 36)], k.GRASS), k.path(bed, k.WATER),
        k.stroke("M720 520C640 550 660 570 720 590", k.WATER_LIGHT, 9, opacity=0.7),
        k.stroke("M800 640C820 680 640 710 600 770", k.WATER_LIGHT, 12, opacity=0.7), k.ripples(560, 690, 260, 90, 5, 7),
        k.hill(640, [(0, -10), (260, 14), (470, -60), (560, -130)], k.GRASS_DARK), k.hill(660, [(900, -110), (1010, -20), (1200, 30)], k.GRASS_DARK),
        # The shelter, open towards the fire.
        k.group(k.shadow(0, 4, 150, 12), k.poly([(-130, 0), (-130, -88), (110, -120), (110, 0)], k.WOOD_DARK), k.rect(-106, -76, 196, 76, "#5d3f26"),
                k.rect(-100, -26, 184, 14, k.WOOD), k.poly([(-152, -84), (-140, -104), (134, -142), (134, -116)], k.PINE),
                k.rect(-130, -92, 12, 92, k.WOOD), k.rect(98, -112, 12, 112, k.WOOD), move=(240, 636)),
        # The fire and those around it.
        k.group(k.ellipse(0, 4, 62, 15, k.STONE), k.ellipse(0, 2, 46, 10, k.INK), k.line(-30, 0, 24, -14, k.WOOD_DARK, 10), k.line(28, 0, -22, -14, k.WOOD_DARK, 10),
                k.path("M0 -84q30 34 22 58q-4 20 -22 20t-22 -20q-4 -18 10 -30q2 10 8 12q8 -16 4 -40z", k.RED),
                k.path("M2 -48q14 18 10 32q-4 10 -12 10t-12 -10q-2 -10 6 -16q2 6 4 6q6 -8 4 -22z", k.OCHRE_LIGHT), move=(420, 700)),
        k.circle(420, 660, 120, k.OCHRE_LIGHT, opacity=0.14),
        k.person(318, 706, 132, top=k.BLUE, skin=3, style="long", hair="#c79a4b"), k.person(362, 716, 88, top=k.OCHRE, skin=1, arms="front"),
        k.person(500, 712, 126, top=k.PLUM, skin=2, arms="reach", flip=True), k.person(552, 720, 84, top=k.RED, skin=0, arms="up", style="bun", hair=k.INK),
        k.birch(70, 700, 250), k.birch(1120, 690, 240), k.birch(1040, 660, 170, k.GRASS), k.flowers(30, 720, 360, 70, 2, 40), k.flowers(1000, 680, 190, 100, 12, 26),
        # A football that waits.
        k.ball(1010, 726, 18, k.WHITE), k.gull(700, 230, 15), k.gull(760, 255, 11),
    ]  # fmt: skip


def park() -> list[str]:
    track = "M-40 690C120 610 200 610 280 670S460 740 560 670S740 610 830 680S1040 740 1240 640"
    return [
        _sky(k.SKY, "#eaf1e2"), k.sun(1010, 140, 56), k.cloud(330, 130, 110), k.cloud(700, 170, 70), _mountains(400),
        _forest(470, ((30, 130), (90, 110), (1090, 130), (1150, 160))), k.hill(470, [(0, 10), (400, 30), (800, 6), (1200, 26)], k.GRASS),
        *(k.house(x, 480, 70, 60, w, roof=k.INK) for x, w in ((180, k.RED), (262, k.OCHRE), (930, k.WHITE), (1010, k.RED))),
        # The ball court.
        k.group(k.poly([(360, 470), (640, 470), (690, 560), (310, 560)], k.BLUE), k.stroke("M500 470V560M335 515H665", k.WHITE, 4, opacity=0.8),
                *(k.line(x, 400, x, 470, k.INK, 4) for x in (360, 430, 500, 570, 640)), k.line(360, 404, 640, 404, k.INK, 4), k.line(360, 436, 640, 436, k.INK, 2),
                k.person(450, 540, 76, top=k.OCHRE, arms="up", skin=2), k.person(560, 530, 70, top=k.RED, skin=0), k.ball(505, 530, 10, k.OCHRE_LIGHT)),
        # The slide.
        k.group(k.shadow(0, 0, 170, 12), k.rect(-140, -220, 14, 220, k.WOOD_DARK), k.rect(-40, -220, 14, 220, k.WOOD_DARK), k.rect(-150, -222, 134, 16, k.WOOD),
                *(k.line(-133, -40 * i, -33, -40 * i, k.WOOD, 8) for i in range(1, 5)), k.poly([(-158, -286), (-83, -340), (-8, -286)], k.OCHRE),
                k.rect(-146, -290, 10, 70, k.WOOD_DARK), k.rect(-30, -290, 10, 70, k.WOOD_DARK),
                k.stroke("M-24 -206C60 -196 60 -60 180 -14", k.RED_DARK, 42), k.stroke("M-24 -210C60 -200 60 -64 180 -18", k.RED, 30),
                k.person(-84, -222, 74, top=k.BLUE, skin=3, arms="up"), move=(890, 640)),
        # The climbing boulder.
        k.group(k.shadow(0, 0, 150, 14), k.path("M-140 0q-10 -90 40 -140q40 -46 100 -30q70 10 90 80q20 50 46 90z", k.STONE),
                k.path("M-60 -134q20 60 -10 134h-70q-10 -90 40 -140z", "#bcc6c3"),
                *(k.circle(x, y, 8, c) for x, y, c in ((-60, -60, k.RED), (-10, -110, k.OCHRE), (30, -60, k.BLUE), (70, -100, k.RED), (-90, -30, k.OCHRE), (80, -34, k.GRASS_DARK))),
                k.person(16, -34, 86, top=k.PLUM, arms="up", skin=1, style="bun", hair=k.INK), move=(190, 640)),
        k.hill(690, [(0, 14), (300, 30), (700, 6), (1200, 40)], k.GRASS_DARK), k.stroke(track, k.SAND, 56), k.stroke(track, "#d8c39b", 6, stroke_dasharray="30 26"),
        # A child on a bicycle, in mid-jump.
        k.group(k.circle(-34, 0, 26, "none", stroke=k.INK, stroke_width=7), k.circle(40, 0, 26, "none", stroke=k.INK, stroke_width=7),
                k.stroke("M-34 0L-8 -34H26L40 0M-8 -34L6 0L26 -34M26 -34l-6 -18h14M-16 -42h18", k.RED, 6),
                k.stroke("M-6 -44L14 -22L6 2", k.DEEP, 11), k.stroke("M-4 -46L14 -84", k.OCHRE, 22), k.stroke("M14 -80L30 -52", k.OCHRE, 9),
                k.circle(22, -108, 16, k.SKINS[1]), k.path("M3 -108a19 19 0 0 1 38 -2h8v6h-46z", k.BLUE_DARK), move=(566, 622), scale=1.15),
        k.birch(720, 560, 130), k.birch(60, 760, 220), k.birch(1140, 770, 190), k.flowers(820, 740, 280, 50, 9, 30), k.flowers(120, 740, 260, 50, 10, 24),
    ]  # fmt: skip


def stage() -> list[str]:
    return [
        _sky("#c7d4de", k.DUSK), k.sun(600, 330, 52, "#f8d9a0"), k.cloud(220, 150, 120, "#f6e3d4"), k.cloud(980, 190, 100, "#f6e3d4"),
        k.ridge(440, [80, 170, 120, 210, 90, 40, 60, 150, 220, 160, 110], k.FAR, left=-40, right=1240), k.peak(210, 440, 480, 230, k.MIDDLE, "#fbeadd"),
        k.peak(1010, 440, 520, 260, k.MIDDLE, "#fbeadd"), k.rect(0, 438, 1200, 130, "#8db3bf"), k.rect(520, 438, 160, 130, "#f4d3a4", opacity=0.45),
        k.ripples(0, 450, 1180, 110, 6, 26),
        k.group(k.path("M-70 0h140l-24 34h-92z", k.RED), k.line(0, 0, 0, -110, k.INK, 5), k.poly([(6, -104), (66, -16), (6, -16)], k.CREAM), k.poly([(-6, -90), (-44, -16), (-6, -16)], k.OCHRE_LIGHT), move=(170, 520)),
        k.rect(0, 560, 1200, 240, k.WOOD), *(k.line(0, 560 + y, 1200, 560 + y, k.WOOD_DARK, 3, opacity=0.5) for y in (2, 46, 96, 152, 214)),
        # The stage: roof, posts, back cloth, lamps.
        k.shadow(600, 640, 390, 20), k.rect(270, 360, 660, 250, k.DEEP), k.poly([(270, 610), (270, 380), (340, 380), (316, 610)], k.RED_DARK), k.poly([(930, 610), (930, 380), (860, 380), (884, 610)], k.RED_DARK),
        k.poly([(420, 600), (520, 388), (600, 388), (700, 600)], k.OCHRE_LIGHT, opacity=0.16), k.poly([(560, 600), (690, 388), (740, 388), (850, 600)], k.OCHRE_LIGHT, opacity=0.13),
        k.rect(256, 330, 22, 300, k.WOOD_DARK), k.rect(922, 330, 22, 300, k.WOOD_DARK), k.poly([(216, 346), (600, 226), (984, 346), (984, 372), (600, 256), (216, 372)], k.RED), k.poly([(262, 362), (600, 258), (938, 362), (938, 384), (262, 384)], k.WOOD),
        k.rect(236, 600, 728, 46, k.WOOD_LIGHT), k.rect(236, 640, 728, 22, k.WOOD_DARK), k.bunting(280, 386, 920, 386, 26, 15),
        *(k.group(k.rect(x - 34, 520, 68, 84, k.INK, rx=6), k.circle(x, 576, 20, k.GREY), k.circle(x, 540, 10, k.GREY)) for x in (330, 870)),
        k.person(480, 604, 150, top=k.OCHRE, style="long", hair="#c79a4b", skirt=True, legs=k.RED_DARK), k.person(600, 604, 160, top=k.CREAM, skin=2, arms="up"), k.person(715, 604, 146, top=k.GRASS_DARK, skin=1, arms="wave", style="bun", hair=k.INK),
        k.line(556, 604, 556, 524, k.GREY, 4), k.circle(556, 520, 8, k.GREY),
        # Those who listen, from behind.
        *(k.person(x, 790 + dy, h, top=c, skin=s, style=st, hair=hc, arms=a) for x, dy, h, c, s, st, hc, a in (
            (130, 0, 170, k.BLUE, 0, "short", k.INK, "down"), (220, 6, 110, k.OCHRE, 1, "short", k.INK, "up"), (320, 4, 176, k.PLUM, 1, "hijab", k.ROSE, "down"), (840, 4, 168, k.RED, 0, "long", "#7a4a2a", "down"),
            (930, 8, 112, k.GRASS_DARK, 3, "short", "#c79a4b", "up"), (1030, 2, 178, k.BLUE_DARK, 4, "short", k.INK, "wave"), (1120, 6, 160, k.CREAM, 0, "short", k.GREY, "down"))),
        k.gull(400, 180, 16), k.gull(470, 150, 12), k.gull(820, 130, 14),
    ]  # fmt: skip


def trailer() -> list[str]:
    wheel = k.circle(0, 0, 44, k.INK) + k.circle(0, 0, 22, k.GREY) + k.circle(0, 0, 8, k.INK)
    return [
        _sky(), k.sun(220, 150, 54), k.cloud(760, 130, 120), _mountains(420), _forest(480, ((920, 130), (980, 170), (1040, 130), (1110, 190), (1180, 140), (40, 140), (110, 110))),
        k.hill(480, [(0, 20), (400, 34), (800, 10), (1200, 28)], k.GRASS), k.path("M-10 560C300 520 500 530 760 520S1100 500 1210 505V540C1000 545 760 560 520 570S120 620 -10 620Z", k.WATER), k.ripples(40, 540, 1040, 40, 11, 14),
        k.hill(600, [(0, -20), (300, 0), (700, 20), (1200, 40)], k.GRASS_DARK), k.path("M-10 690C300 650 800 640 1210 660V770C800 740 300 760 -10 800Z", k.SAND), k.path("M-10 730C300 700 800 690 1210 704V716C800 704 300 714 -10 744Z", "#dcc79f"),
        k.shadow(600, 724, 330, 18),
        k.rect(330, 380, 500, 270, k.BLUE, rx=14), k.rect(330, 380, 500, 44, k.BLUE_DARK, rx=14), k.rect(330, 600, 500, 50, k.BLUE_DARK, rx=8), k.rect(352, 436, 210, 158, k.BLUE_DARK, rx=6, opacity=0.35), k.rect(594, 436, 210, 158, k.BLUE_DARK, rx=6, opacity=0.35),
        k.path("M520 556c30 -50 60 -14 84 -40s54 -26 80 0", "none", stroke=k.WHITE, stroke_width=9, stroke_linecap="round"), k.path("M500 520c30 -50 60 -14 84 -40s54 -26 80 0", "none", stroke=k.WATER_LIGHT, stroke_width=9, stroke_linecap="round"),
        k.stroke("M830 640H1000L1046 668", k.INK, 16), k.circle(1050, 668, 14, k.INK), k.line(970, 650, 970, 716, k.INK, 10), k.circle(970, 716, 14, k.GREY),
        k.path("M430 650a76 76 0 0 1 152 0z", k.INK), k.group(wheel, move=(506, 676)), k.rect(338, 612, 34, 18, k.RED, rx=4), k.rect(792, 612, 30, 18, k.OCHRE, rx=4),
        # Somebody with a bass drum on the way.
        k.person(224, 716, 210, top=k.RED, skin=1, arms="front"), k.circle(236, 596, 58, k.CREAM), k.circle(236, 596, 58, "none", stroke=k.RED_DARK, stroke_width=10), k.person(118, 722, 140, top=k.OCHRE, skin=3, style="long", hair="#c79a4b", arms="wave"),
        k.flowers(860, 610, 330, 40, 4, 26), k.birch(1130, 640, 200),
    ]  # fmt: skip


def tables() -> list[str]:
    plates = [k.ellipse(170 + 96 * i, 548 - 3 * i, 30, 9, k.WHITE) for i in range(10)]
    vases = [k.group(k.rect(-10, -34, 20, 34, c, rx=5), k.circle(-12, -50, 10, k.OCHRE), k.circle(10, -58, 11, k.RED), k.circle(0, -42, 9, k.ROSE), k.circle(22, -44, 8, k.CREAM), move=(x, 548)) for x, c in ((300, k.BLUE), (620, k.WATER), (930, k.BLUE))]
    return [
        _sky("#cfdfe2", "#f9e7c8"), k.sun(960, 190, 58), k.cloud(300, 120, 100), _mountains(400), k.hill(450, [(0, 26), (400, 10), (800, 34), (1200, 16)], k.GRASS),
        *(k.house(x, 470, 92, 84, w, roof=r, door=k.PINE) for x, w, r in ((40, k.RED, k.INK), (150, k.CREAM, k.RED_DARK), (960, k.OCHRE, k.INK), (1070, k.RED, k.INK))),
        k.birch(300, 500, 190), k.birch(900, 500, 190), k.bunting(318, 330, 884, 330, 46, 13), *(k.group(k.line(0, -36, 0, 0, k.INK, 3), k.ellipse(0, 16, 20, 22, k.OCHRE_LIGHT), k.ellipse(0, 16, 10, 20, k.OCHRE, opacity=0.4), move=(x, y)) for x, y in ((420, 400), (600, 420), (780, 400))),
        *(k.person(x, 620, h, top=c, skin=s, style=st, hair=hc, arms=a) for x, h, c, s, st, hc, a in (
            (200, 190, k.PLUM, 1, "hijab", k.OCHRE, "front"), (330, 150, k.OCHRE, 0, "short", "#c79a4b", "wave"), (470, 196, k.BLUE, 2, "short", k.INK, "front"), (620, 186, k.RED, 3, "long", "#7a4a2a", "front"), (760, 168, k.GRASS_DARK, 4, "bun", k.INK, "up"), (880, 192, k.BLUE_DARK, 0, "short", k.GREY, "front"), (1000, 180, k.ROSE, 1, "bun", k.INK, "wave"))),
        k.poly([(90, 556), (1110, 524), (1150, 556), (60, 596)], k.CREAM), k.poly([(60, 596), (1150, 556), (1150, 606), (60, 652)], k.WHITE), *(k.path(f"M{60 + 109 * i} {596 - 4 * i + 54}q54 34 109 -6", k.WHITE) for i in range(10)), k.poly([(60, 622), (1150, 580), (1150, 590), (60, 634)], k.RED, opacity=0.75),
        *plates, *vases, *(k.group(k.path("M-12 -40h24l-4 40h-16z", k.OCHRE_LIGHT, opacity=0.85), move=(x, 548)) for x in (230, 410, 530, 740, 840, 1020)),
        *(k.stroke(f"M{x} 650l-26 100M{x + 40} 648l26 98", k.INK, 9) for x in (150, 560, 980)), k.hill(760, [(0, 30), (400, 10), (800, 24), (1200, 6)], k.GRASS_DARK), k.flowers(20, 745, 1160, 50, 21, 60),
    ]  # fmt: skip


def skis() -> list[str]:
    pairs = []
    for x, length, colour in ((330, 250, k.OCHRE), (480, 320, k.RED), (640, 390, k.BLUE), (810, 450, k.PINE)):
        for dx in (-17, 17):
            tip = f"M{x + dx - 12} 690V{690 - length}q0 -46 12 -56q12 10 12 56V690z"
            pairs += [k.path(tip, colour), k.rect(x + dx - 3, 690 - length + 20, 6, length - 60, k.WHITE, opacity=0.35), k.rect(x + dx - 12, 690 - length * 0.45, 24, 46, k.INK, rx=4)]
        for dx in (-58, 58):
            pairs += [k.line(x + dx, 690, x + dx * 0.86, 690 - length * 0.78, k.INK, 6), k.rect(x + dx * 0.86 - 6, 690 - length * 0.78 - 26, 12, 34, k.INK, rx=6), k.ellipse(x + dx, 676, 16, 5, k.INK)]
    return [
        _sky("#c6dce6", "#fbeee0"), k.sun(230, 170, 54, "#f8dfb0"), k.cloud(900, 110, 110), k.ridge(450, [100, 190, 140, 230, 160, 210, 120], k.FAR, left=-40, right=1240), k.peak(250, 470, 640, 320, "#9dbcc4"), k.peak(900, 470, 780, 390, "#8fb1bb"),
        k.hill(470, [(0, 40), (300, 64), (650, 20), (1000, 56), (1200, 30)], "#dfeaec"), _forest(500, ((60, 150), (130, 200), (200, 140), (960, 160), (1030, 220), (1110, 170), (1170, 200))), *(k.poly([(x - 26, 500 - h * 0.55), (x, 500 - h), (x + 26, 500 - h * 0.55), (x + 8, 500 - h * 0.6), (x - 6, 500 - h * 0.52)], k.WHITE) for x, h in ((130, 200), (1030, 220), (1170, 200), (60, 150))),
        k.hill(560, [(0, 30), (400, 4), (800, 36), (1200, 10)], "#eef4f4"), k.stroke("M1240 520C900 560 700 560 560 620", "#c8d9de", 7), k.stroke("M1240 532C910 574 720 574 590 632", "#c8d9de", 7),
        k.person(1000, 566, 84, top=k.RED, style="cap", hair=k.OCHRE, arms="reach", flip=True), k.line(960, 568, 1040, 564, k.INK, 4), k.person(1084, 560, 60, top=k.OCHRE, style="cap", hair=k.BLUE, skin=2, arms="reach", flip=True), k.line(1052, 562, 1116, 558, k.INK, 4),
        *pairs, k.hill(680, [(0, 10), (220, 30), (420, 4), (640, 24), (860, 6), (1200, 34)], k.WHITE), k.path("M120 740q60 -34 120 0t120 0", "none", stroke="#d3e1e4", stroke_width=6, stroke_linecap="round"), k.path("M820 756q60 -30 120 0t120 0", "none", stroke="#d3e1e4", stroke_width=6, stroke_linecap="round"),
        *(k.circle(x, y, 4, k.WHITE) for x, y in ((80, 90), (180, 300), (330, 120), (450, 210), (560, 90), (690, 240), (760, 60), (1010, 240), (1130, 140), (1080, 50), (60, 230))),
    ]  # fmt: skip


def evening() -> list[str]:
    """The town at dusk as a strip for the top of the front page: no sky, so that the page's own colour is the sky."""
    dark, roof, light = "#0b3a42", "#0a2c33", "#f6d48a"
    walls = {"red": "#a04437", "ochre": "#cf964a", "cream": "#dcd5c0", "blue": "#3a7690", "white": "#e4ebe9"}
    row = (
        (742, 62, 52, "red"), (812, 58, 46, "cream"), (878, 62, 56, "ochre"), (1128, 60, 50, "blue"), (1196, 62, 54, "red"),
        (1266, 56, 44, "white"), (1330, 62, 52, "ochre"), (1400, 58, 50, "red"),
    )  # fmt: skip
    hall = k.group(
        k.rect(958, 228, 146, 88, walls["white"]), k.poly([(948, 232), (1031, 184), (1114, 232)], dark), k.rect(1014, 132, 34, 70, walls["white"]), k.poly([(1008, 136), (1031, 88), (1054, 136)], walls["red"]), k.circle(1031, 162, 11, light, stroke=roof, stroke_width=2),

        *(k.window(972 + 33 * i, 246, 15, 22, light, "#cfd9d6") for i in range(4)), *(k.window(972 + 33 * i, 284, 15, 20, light if i != 2 else "#7fa3a5", "#cfd9d6") for i in (0, 3)), k.rect(1019, 280, 24, 36, walls["red"]),
    )  # fmt: skip
    glints = [k.line(x, y, x + w, y, light, 3, opacity=o) for x, y, w, o in ((758, 346, 30, 0.6), (772, 356, 18, 0.4), (886, 350, 34, 0.5), (990, 344, 82, 0.55), (1008, 354, 50, 0.45), (1020, 364, 26, 0.35), (1140, 348, 30, 0.5), (1204, 354, 34, 0.45), (1344, 348, 30, 0.5), (1412, 356, 24, 0.4), (330, 352, 30, 0.45))]
    sky = ((-330, 110), (-180, 92), (-60, 130), (90, 104), (290, 90), (700, 96), (760, 150), (930, 92), (1110, 108), (1180, 150), (1460, 104), (1540, 92), (1640, 140), (1790, 100), (1920, 118))
    scene = [
        k.circle(848, 138, 46, "#f2cf92", opacity=0.14), k.circle(848, 138, 26, "#f2cf92"), *(k.circle(x, y, 2, "#cfe3e4", opacity=0.7) for x, y in sky),
        k.path("M-400 250L-260 160L-120 236L0 190L60 226L150 150L260 214L430 96L600 214L720 150L860 226L1020 140L1180 236L1340 120L1480 210L1600 150L1740 230L1880 140L2000 220V380H-400z", "#104b54"), k.poly([(430, 96), (378, 132), (404, 130), (424, 146), (446, 128), (482, 132)], "#8fb9bd", opacity=0.75), k.poly([(1340, 120), (1296, 151), (1320, 148), (1338, 162), (1356, 147), (1382, 147)], "#8fb9bd", opacity=0.75),
        k.path("M-400 270q200 -50 400 12q200 -86 420 -40t420 0 420 -30 340 30q200 -50 400 20v120H-400z", "#14606a"), k.path("M-400 312q200 -20 400 8q260 -56 560 -20t560 -10 480 0q200 -20 400 20v90H-400z", "#1d7680"),
        *(k.pine(x, y, h, dark) for x, y, h in ((-330, 316, 84), (-290, 318, 112), (-246, 318, 76), (-120, 320, 96), (-80, 322, 70), (1650, 318, 76), (1700, 318, 104), (1746, 320, 82), (1860, 318, 110), (1904, 320, 86), (60, 318, 92), (104, 322, 120), (150, 322, 84), (196, 320, 64), (470, 314, 70), (506, 316, 96), (548, 316, 74), (690, 314, 84), (1490, 318, 84), (1530, 320, 112), (1576, 322, 90))),
        # The shelter on Elvesletta, with a fire.
        k.circle(352, 300, 44, light, opacity=0.13), k.poly([(262, 318), (262, 290), (330, 276), (330, 318)], roof), k.poly([(252, 294), (258, 284), (340, 266), (340, 276)], dark), k.path("M352 282q14 16 9 26q-3 8 -9 8t-9 -8q-2 -8 5 -12q1 5 3 5q4 -7 1 -19z", "#e3a955"), k.person(382, 320, 40, top=walls["blue"], legs=roof, skin=1), k.person(400, 320, 30, top=walls["ochre"], legs=roof, skin=3, arms="up"),
        *(k.house(x, 318, w, h, walls[c], roof=roof, windows=(2, 2), lit=True) for x, w, h, c in row), hall, k.birch(940, 320, 58, "#2b6d66"), k.birch(1120, 320, 50, "#2b6d66"), k.birch(1468, 322, 66, "#2b6d66"),
        k.path("M-400 330q200 -10 400 4q240 -30 520 -12t540 -6 540 4q200 -14 400 6v60H-400z", "#2f8f99"), *glints, *(k.line(x, y, x + w, y, "#8cc7cc", 3, opacity=0.7) for x, y, w in ((180, 358, 90), (470, 350, 60), (620, 362, 110), (1250, 366, 90), (1460, 356, 70), (-300, 352, 90), (-90, 362, 70), (1700, 354, 100), (1880, 364, 70))),
        # A rowing boat on its way home.
        k.group(k.path("M-30 0h60q-5 14 -16 14h-30q-10 0 -14 -14z", walls["red"]), k.person(-4, 4, 34, top=walls["ochre"], legs=roof), k.stroke("M-2 -14L26 10", roof, 3), move=(596, 338)),
    ]  # fmt: skip
    return [k.group(*scene, move=(400, -80))]
