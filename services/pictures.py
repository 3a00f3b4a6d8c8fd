"""Pictures that people bring: what they are and how large, read from their content and not from their name."""

import struct
from dataclasses import dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# The markers of a JPEG that tell its size: every kind of frame, and none of the tables between them.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class Picture:
    """The kind of a picture (png or jpeg) and its size in dots."""

    kind: str
    width: int
    height: int

    @property
    def media_type(self) -> str:
        """What a browser is told about it."""
        return f"image/{self.kind}"


def look_at(content: bytes) -> Picture | None:
    """What the picture is; None when it is no PNG or JPEG, or says nothing of its size."""
    if content.startswith(_PNG):
        found = _png_size(content)
        return Picture("png", *found) if found else None
    if content.startswith(_JPEG):
        found = _jpeg_size(content)
        return Picture("jpeg", *found) if found else None
    return None


def _png_size(content: bytes) -> tuple[int, int] | None:
    if len(content) < 24 or content[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", content[16:24])
    return (width, height) if width and height else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Go from marker to marker until the one that begins a frame."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return (width, height) if width and height else None
        if marker == 0xFF:
            at += 1
        else:
            at += 2 + length
    return None
