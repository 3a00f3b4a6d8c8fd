"""Screenshots made small: the few colours of a page, in a palette."""

import struct
import zlib
from collections import Counter

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_COLOURS = 256
Colour = tuple[int, int, int]


def with_palette(png: bytes) -> bytes:
    """The same picture with at most 256 colours; those that differ least become one."""
    width, height, pixels = _read(png)
    counts = Counter(zip(pixels[0::3], pixels[1::3], pixels[2::3], strict=True))
    palette = _palette([colour for colour, _count in counts.most_common()])
    place = {colour: _nearest(palette, colour) for colour in counts}
    flat = bytes(place[colour] for colour in zip(pixels[0::3], pixels[1::3], pixels[2::3], strict=True))
    rows = b"".join(b"\0" + flat[start : start + width] for start in range(0, width * height, width))
    return b"".join(
        (
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", b"".join(bytes(colour) for colour in palette)),
            _chunk(b"IDAT", zlib.compress(rows, 9)),
            _chunk(b"IEND", b""),
        )
    )


def one_colour(width: int = 30, height: int = 10) -> bytes:
    """A picture in one colour."""
    rows = b"".join(b"\0" + b"\x0b\x5d\x5d" * width for _row in range(height))
    return b"".join(
        (
            SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
            _chunk(b"IDAT", zlib.compress(rows)),
            _chunk(b"IEND", b""),
        )
    )


def _palette(colours: list[Colour]) -> list[Colour]:
    """Colours that stand for all others, the commonest first, none too close to one before it."""
    apart = 0
    while True:
        chosen: list[Colour] = []
        for colour in colours:
            if all(_distance(colour, other) > apart for other in chosen):
                chosen.append(colour)
                if len(chosen) > MOST_COLOURS:
                    break
        if len(chosen) <= MOST_COLOURS:
            return chosen
        apart = apart * 2 or 8


def _nearest(palette: list[Colour], colour: Colour) -> int:
    return min(range(len(palette)), key=lambda at: _distance(palette[at], colour))


def _distance(one: Colour, other: Colour) -> int:
    red, green, blue = one[0] - other[0], one[1] - other[1], one[2] - other[2]
    return red * red + green * green + blue * blue


def _read(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and the RGB bytes of a picture as Chromium makes it: 8 bits, not interlaced."""
    assert png.startswith(SIGNATURE)
    packed, at, width, height, channels = b"", len(SIGNATURE), 0, 0, 0
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        name, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        if name == b"IHDR":
            width, height, depth, colour, _method, _filters, interlaced = struct.unpack(">IIBBBBB", body)
            assert (depth, interlaced) == (8, 0) and colour in (2, 6)
            channels = 3 if colour == 2 else 4
        elif name == b"IDAT":
            packed += body
        at += length + 12
    pixels = _unfiltered(zlib.decompress(packed), width * channels, channels)
    if channels == 4:
        without = bytearray(width * height * 3)
        for channel in range(3):
            without[channel::3] = pixels[channel::4]
        pixels = bytes(without)
    return width, height, pixels


def _unfiltered(data: bytes, stride: int, channels: int) -> bytes:
    """Undo the filter of each row (PNG specification, section 9)."""
    before = bytearray(stride)
    out = bytearray()
    for start in range(0, len(data), stride + 1):
        kind, row = data[start], bytearray(data[start + 1 : start + 1 + stride])
        for at in range(stride if kind else 0):
            left = row[at - channels] if at >= channels else 0
            corner = before[at - channels] if at >= channels else 0
            row[at] = (row[at] + _predicted(kind, left, before[at], corner)) & 255
        out += row
        before = row
    return bytes(out)


def _predicted(kind: int, left: int, above: int, corner: int) -> int:
    if kind == 1:
        return left
    if kind == 2:
        return above
    if kind == 3:
        return (left + above) // 2
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
