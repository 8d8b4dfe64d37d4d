"""Drawings for the prompts of the course: a few strokes each, made to be told apart at 32 pixels."""

from helpers.denoisers.canvas import Canvas, around

INK, PAPER, SNOW = (35, 35, 45), (238, 232, 218), (245, 248, 252)
SKIN, HAIR, STEEL = (236, 188, 150), (84, 56, 40), (226, 230, 236)


def rocket(c: Canvas) -> None:
    c.sky((14, 18, 56), (54, 44, 110))
    for x, y in ((0.1, 0.15), (0.85, 0.1), (0.9, 0.55), (0.15, 0.7), (0.25, 0.35), (0.75, 0.8)):
        c.scenery(around(x, y, [0.03, 0.012] * 4), (255, 244, 190))
    c.polygon([(0.4, 0.74), (0.6, 0.74), (0.5, 0.97)], (255, 140, 30))
    c.polygon([(0.45, 0.74), (0.55, 0.74), (0.5, 0.88)], (255, 230, 90))
    c.polygon([(0.37, 0.55), (0.22, 0.8), (0.37, 0.74)], (214, 48, 49))
    c.polygon([(0.63, 0.55), (0.78, 0.8), (0.63, 0.74)], (214, 48, 49))
    c.box(0.36, 0.34, 0.64, 0.76, STEEL)
    c.arch(0.5, 0.345, 0.28, 0.26, (214, 48, 49))
    c.oval(0.5, 0.46, 0.16, 0.16, (64, 150, 220))


def pencil(c: Canvas) -> None:
    c.polygon([(0.17, 0.83), (0.21, 0.63), (0.37, 0.79)], (240, 208, 160))
    c.polygon([(0.17, 0.83), (0.184, 0.76), (0.24, 0.816)], INK)
    c.polygon([(0.21, 0.63), (0.65, 0.19), (0.81, 0.35), (0.37, 0.79)], (246, 184, 30))
    c.polygon([(0.21, 0.63), (0.65, 0.19), (0.7, 0.24), (0.26, 0.68)], (255, 214, 96))
    c.polygon([(0.65, 0.19), (0.7, 0.14), (0.86, 0.3), (0.81, 0.35)], (170, 178, 190))
    c.polygon([(0.7, 0.14), (0.76, 0.08), (0.92, 0.24), (0.86, 0.3)], (235, 120, 130))


def village(c: Canvas) -> None:
    c.sky((92, 140, 200), (214, 228, 242))
    for x, top, wide in ((0.22, 0.24, 0.42), (0.62, 0.1, 0.5), (0.95, 0.3, 0.36)):
        c.scenery([(x - wide, 0.72), (x, top), (x + wide, 0.72)], (96, 108, 138))
        c.scenery([(x - wide * 0.42, top + 0.24), (x, top), (x + wide * 0.42, top + 0.24), (x, top + 0.17)], SNOW)
    c.ground(0.68, SNOW)
    for x, y, wall in ((0.2, 0.8, (170, 84, 58)), (0.5, 0.88, (196, 120, 66)), (0.8, 0.78, (146, 70, 60))):
        c.box(x - 0.11, y - 0.12, x + 0.11, y + 0.06, wall)
        c.polygon([(x - 0.15, y - 0.11), (x, y - 0.27), (x + 0.15, y - 0.11)], SNOW)
        c.line([(x - 0.15, y - 0.11), (x, y - 0.27), (x + 0.15, y - 0.11)], 0.025, (120, 130, 150))
        c.box(x - 0.03, y - 0.07, x + 0.04, y, (255, 220, 110))


def campfire(c: Canvas) -> None:
    c.sky((16, 20, 44), (60, 40, 60))
    c.ground(0.78, (58, 44, 36))
    for x, lean, coat in ((0.16, 0.05, (150, 60, 70)), (0.84, -0.05, (60, 100, 140)), (0.34, 0.02, (110, 120, 60))):
        c.arch(x, 0.84, 0.22, 0.34, coat)
        c.oval(x + lean, 0.46, 0.14, 0.15, (224, 160, 116))
    c.line([(0.42, 0.9), (0.68, 0.82)], 0.05, (92, 56, 34))
    c.line([(0.42, 0.82), (0.68, 0.9)], 0.05, (112, 70, 40))
    c.polygon([(0.44, 0.84), (0.46, 0.62), (0.52, 0.7), (0.57, 0.46), (0.62, 0.7), (0.66, 0.84)], (240, 110, 30))
    c.polygon([(0.5, 0.84), (0.55, 0.64), (0.61, 0.84)], (255, 216, 84))


def waterfall(c: Canvas) -> None:
    c.sky((210, 214, 220), PAPER)
    c.scenery([(0, 0.24), (0.36, 0.2), (0.42, 1), (0, 1)], (70, 74, 78))
    c.scenery([(1, 0.16), (0.62, 0.2), (0.58, 1), (1, 1)], (92, 96, 100))
    c.scenery([(0.34, 0.22), (0.64, 0.22), (0.6, 0.86), (0.4, 0.86)], SNOW)
    for x in (0.42, 0.49, 0.56):
        c.line([(x, 0.26), (x, 0.8)], 0.022, (150, 162, 174))
    c.ground(0.86, (176, 184, 192))
    for x in (0.3, 0.44, 0.58, 0.7):
        c.oval(x, 0.87, 0.18, 0.09, SNOW)


def skull(c: Canvas) -> None:
    c.sky((70, 70, 74), (40, 40, 44))
    c.oval(0.5, 0.42, 0.58, 0.56, PAPER)
    c.box(0.34, 0.55, 0.66, 0.8, PAPER)
    c.oval(0.39, 0.44, 0.17, 0.19, INK)
    c.oval(0.61, 0.44, 0.17, 0.19, INK)
    c.polygon([(0.5, 0.53), (0.45, 0.64), (0.55, 0.64)], INK)
    for x in (0.42, 0.5, 0.58):
        c.line([(x, 0.7), (x, 0.79)], 0.018, INK)


def peacock(c: Canvas) -> None:
    c.sky((226, 236, 214), (196, 218, 178))
    for radius, colour in ((0.47, (26, 112, 96)), (0.36, (40, 150, 110))):
        c.arch(0.5, 0.72, 2 * radius, 1.36 * radius, colour)
    for radius, count in ((0.4, 9), (0.26, 6)):
        for k in range(count):
            x, y = around(0.5, 0.72, [radius] * (2 * count), turn=-3.14159 + 0.17)[k]
            c.oval(x, y, 0.085, 0.085, (224, 186, 60))
            c.oval(x, y, 0.05, 0.05, (30, 70, 170))
    c.oval(0.5, 0.74, 0.2, 0.32, (24, 84, 180))
    c.line([(0.5, 0.66), (0.5, 0.42)], 0.09, (24, 84, 180))
    c.oval(0.5, 0.39, 0.13, 0.12, (24, 84, 180))
    c.polygon([(0.47, 0.4), (0.53, 0.4), (0.5, 0.47)], (240, 180, 60))


def forest(c: Canvas) -> None:
    c.sky((186, 216, 226), (226, 236, 220))
    c.ground(0.84, (104, 128, 66))
    trees = ((0.12, 0.8, (44, 104, 70)), (0.9, 0.8, (44, 104, 70)), (0.34, 0.86, (34, 88, 52)))
    for x, y, colour in (*trees, (0.68, 0.88, (28, 78, 46)), (0.5, 0.95, (52, 120, 64))):
        c.box(x - 0.025, y - 0.05, x + 0.025, y + 0.05, (96, 64, 40))
        for k, wide in enumerate((0.17, 0.14, 0.1)):
            c.polygon([(x - wide, y - 0.16 * k), (x, y - 0.3 - 0.16 * k), (x + wide, y - 0.16 * k)], colour)


def elephant(c: Canvas) -> None:
    c.sky((230, 230, 226), (206, 206, 200))
    c.ground(0.84, (160, 158, 150))
    grey, dark = (118, 118, 124), (88, 88, 94)
    c.oval(0.58, 0.5, 0.56, 0.44, grey)
    for x in (0.4, 0.54, 0.66, 0.78):
        c.box(x - 0.05, 0.58, x + 0.05, 0.86, grey)
    c.line([(0.84, 0.44), (0.9, 0.62)], 0.025, dark)
    c.oval(0.29, 0.42, 0.3, 0.32, grey)
    c.line([(0.2, 0.48), (0.13, 0.62), (0.14, 0.78)], 0.08, grey)
    c.oval(0.38, 0.43, 0.2, 0.3, dark)
    c.line([(0.22, 0.56), (0.16, 0.64)], 0.035, SNOW)
    c.oval(0.24, 0.38, 0.04, 0.04, INK)


def istanbul(c: Canvas) -> None:
    c.sky((240, 236, 226), (210, 206, 198))
    stone, dark = (104, 104, 108), (70, 70, 74)
    for x in (0.14, 0.3, 0.7, 0.86):
        c.box(x - 0.022, 0.3, x + 0.022, 0.76, dark)
        c.polygon([(x - 0.035, 0.3), (x, 0.14), (x + 0.035, 0.3)], dark)
    c.box(0.22, 0.58, 0.78, 0.78, stone)
    c.arch(0.34, 0.6, 0.24, 0.14, stone)
    c.arch(0.66, 0.6, 0.24, 0.14, stone)
    c.arch(0.5, 0.58, 0.42, 0.28, stone)
    c.line([(0.5, 0.3), (0.5, 0.22)], 0.02, dark)
    for x in (0.3, 0.4, 0.5, 0.6, 0.7):
        c.arch(x, 0.78, 0.06, 0.13, PAPER)
    c.ground(0.8, (150, 152, 158))


def dog(c: Canvas) -> None:
    c.sky((150, 196, 226), (196, 222, 196))
    fur, dark = (198, 140, 78), (122, 78, 44)
    c.arch(0.5, 1.0, 0.5, 0.3, fur)
    c.oval(0.5, 0.46, 0.52, 0.52, fur)
    c.polygon([(0.3, 0.24), (0.14, 0.34), (0.2, 0.64), (0.34, 0.5)], dark)
    c.polygon([(0.7, 0.24), (0.86, 0.34), (0.8, 0.64), (0.66, 0.5)], dark)
    c.oval(0.5, 0.6, 0.3, 0.26, (240, 218, 186))
    c.oval(0.5, 0.52, 0.12, 0.085, INK)
    c.line([(0.5, 0.56), (0.5, 0.64)], 0.02, INK)
    c.oval(0.5, 0.7, 0.09, 0.11, (226, 96, 106))
    for x in (0.4, 0.6):
        c.oval(x, 0.4, 0.07, 0.08, INK)


def man(c: Canvas) -> None:
    c.sky((176, 200, 214), (206, 220, 226))
    c.arch(0.5, 1.0, 0.74, 0.26, (52, 84, 140))
    c.oval(0.5, 0.4, 0.42, 0.4, HAIR)
    _face(c)


def man_with_hat(c: Canvas) -> None:
    c.sky((222, 196, 150), (236, 218, 186))
    c.arch(0.5, 1.0, 0.74, 0.26, (110, 46, 50))
    _face(c)
    c.oval(0.5, 0.35, 0.74, 0.13, INK)
    c.box(0.32, 0.12, 0.68, 0.34, INK)
    c.box(0.32, 0.26, 0.68, 0.32, (196, 60, 56))


def old_man(c: Canvas) -> None:
    c.sky((98, 74, 56), (142, 108, 76))
    c.arch(0.5, 1.0, 0.74, 0.26, (58, 62, 52))
    c.oval(0.5, 0.44, 0.46, 0.34, SNOW)
    _face(c)
    c.oval(0.5, 0.74, 0.36, 0.36, SNOW)
    c.oval(0.5, 0.64, 0.14, 0.05, (176, 96, 86))


def _face(c: Canvas) -> None:
    c.box(0.43, 0.66, 0.57, 0.82, (214, 162, 126))
    c.oval(0.5, 0.5, 0.38, 0.46, SKIN)
    for x in (0.42, 0.58):
        c.oval(x, 0.48, 0.055, 0.055, INK)
    c.line([(0.5, 0.51), (0.49, 0.58)], 0.025, (206, 148, 112))
    c.line([(0.44, 0.645), (0.5, 0.66), (0.56, 0.645)], 0.022, (170, 78, 70))


# Each drawing with the prompts that it answers to, a prompt of the assignment first
SCENES = {
    village: ("an oil painting of a snowy mountain village", "a snowy mountain village"),
    man_with_hat: ("a man wearing a hat", "a photo of a man"),
    rocket: ("a rocket ship",),
    pencil: ("a pencil",),
    dog: ("a photo of a dog",),
    man: ("a photo of a man",),
    old_man: ("an oil painting of an old man",),
    campfire: ("an oil painting of people around a campfire",),
    waterfall: ("a lithograph of waterfalls",),
    skull: ("a lithograph of a skull",),
    peacock: ("a peacock",),
    forest: ("a forest",),
    elephant: ("a lithograph of an elephant",),
    istanbul: ("a lithograph of istanbul",),
}
