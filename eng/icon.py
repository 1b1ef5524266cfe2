#!/usr/bin/env python3
"""Draws eng/icon.png, the icon of the packages: rowan berries as a table of rows, one row picked out, and a leaf."""
import math
import pathlib
import struct
import zlib

SIZE, SAMPLES = 128, 4
PAPER, PALE, RED, DARK, LEAF = (250, 247, 240), (232, 205, 190), (206, 52, 40), (120, 22, 24), (62, 112, 68)


def mix(a, b, t):
    return tuple(x + (y - x) * t for x, y in zip(a, b))


def rounded(x, y, left, top, right, bottom, radius):
    dx, dy = max(left + radius - x, 0, x - right + radius), max(top + radius - y, 0, y - bottom + radius)
    return left <= x <= right and top <= y <= bottom and dx * dx + dy * dy <= radius * radius


def leaf(x, y, ax, ay, length, angle, width):
    """Signed position inside a leaf: None outside, else the distance from its middle line."""
    dx, dy = x - ax, y - ay
    along, across = dx * math.cos(angle) + dy * math.sin(angle), dy * math.cos(angle) - dx * math.sin(angle)
    t = along / length
    return across if 0 <= t <= 1 and abs(across) <= width * math.sin(math.pi * t) ** 0.8 else None


def colour(x, y):
    """The colour at a point, or None where the icon is transparent."""
    if not rounded(x, y, 2, 2, 126, 126, 24):
        return None
    for row in range(4):
        for column in range(4):
            cx, cy, radius = 28 + 24 * column, 46 + 22 * row, 9.2
            distance = math.hypot(x - cx, y - cy)
            if distance <= radius:
                base = RED if row == 1 else PALE
                shade = mix(base, DARK if row == 1 else mix(PALE, DARK, 0.25), (distance / radius) ** 3 * 0.55)
                light = max(0.0, 1 - math.hypot(x - cx + 3, y - cy + 3) / 4)
                return mix(shade, (255, 255, 255), 0.6 * light)
    for ax, ay, length, angle, width in ((64, 30, 40, -0.30, 8), (64, 30, 40, math.pi + 0.30, 8)):
        across = leaf(x, y, ax, ay, length, angle, width)
        if across is not None:
            return mix(LEAF, PAPER, 0.35) if abs(across) < 0.7 else LEAF
    if abs(x - 64) < 1.6 and 12 < y < 32:
        return mix(LEAF, DARK, 0.5)
    return PAPER


def main():
    lines = bytearray()
    for py in range(SIZE):
        lines.append(0)
        for px in range(SIZE):
            points = [colour(px + (i + 0.5) / SAMPLES, py + (j + 0.5) / SAMPLES) for i in range(SAMPLES) for j in range(SAMPLES)]
            seen = [point for point in points if point is not None]
            mean = [sum(c) / len(seen) for c in zip(*seen)] if seen else [0, 0, 0]
            lines += bytes([round(c) for c in mean] + [round(255 * len(seen) / len(points))])

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(lines), 9)) + chunk(b"IEND", b"")
    pathlib.Path(__file__).with_name("icon.png").write_bytes(png)


main()
