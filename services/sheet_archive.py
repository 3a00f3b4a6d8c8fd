"""The zip check of a workbook, before any reader sees it. Standard library only: the child process imports this.

What passes is packed again into a new container: the reader is handed exactly the parts that were checked,
whatever tricks the original directory played.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

MAX_PACKED = 10_000_000
MAX_UNPACKED = 100_000_000
MAX_ENTRIES = 200
MAX_RATIO = 100
SMALL_PART = 100_000  # a part this small may pack as well as it likes

END = struct.Struct("<4s4H2LH")
CENTRAL = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
STORED, DEFLATED = 0, 8
CHUNK = 1 << 20
SLICE = 1 << 16

WORKBOOK_NAMES = re.compile(
    r"\[Content_Types\]\.xml"
    r"|(_rels|docProps|docMetadata|customXml|xl|_xmlsignatures)/([\w .()@&+,=~-]+/)*[\w .()@&+,=~-]*"
    r"\.(xml|rels|vml|png|jpe?g|gif|bmp|tiff?|emf|wmf|wdp|svg|sigs)"
    r"|_rels/\.rels"
    r"|xl/(printerSettings/[\w.-]+|customProperty\d*)\.bin"
    r"|\[trash\]/\w+\.dat",
    re.IGNORECASE,
)
FOLDER = re.compile(r"([\w-]+/)+")
REFUSED_NAMES = (
    ("macros", re.compile(r"vbaProject|xl/(activeX|macrosheets|dialogsheets)/", re.IGNORECASE)),
    ("embedded", re.compile(r"xl/embeddings/|oleObject", re.IGNORECASE)),
    ("external", re.compile(r"xl/externalLinks/", re.IGNORECASE)),
)
WORKSHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
ERROR_CELL = re.compile(rb"""(<(?:\w+:)?c\b[^<>]*?\bt=)(?:"e"|'e')""")
LONG_NUMBER = re.compile(
    rb"""(<(?:\w+:)?c\b(?:(?!\st=)[^<>])*)(?:\st=["']n["'])?((?:(?!\st=)[^<>])*>(?:<(?:\w+:)?f>[^<>]*</(?:\w+:)?f>)?"""
    rb"""<(?:\w+:)?v>-?\d{16,}<)"""
)


class Unreadable(Exception):
    """The file is refused: a code, and the values its sentence shows."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True)
class Part:
    """One part of a workbook, still packed, with its size and checksum as really unpacked."""

    name: str
    method: int
    packed: memoryview
    size: int
    crc: int


def checked(data: bytes) -> list[Part]:
    """The parts of the workbook, each unpacked once and counted; Unreadable at the first thing out of order."""
    if len(data) > MAX_PACKED:
        raise Unreadable("too_big")
    parts: list[Part] = []
    unpacked = 0
    for name, method, packed, size, crc in _entries(data):
        if not size and FOLDER.fullmatch(name):
            continue
        part = _checked_part(name, method, packed, MAX_UNPACKED - unpacked)
        if (part.size, part.crc) != (size, crc):
            raise Unreadable("damaged")
        unpacked += part.size
        parts.append(part)
    if "[content_types].xml" not in {part.name.lower() for part in parts}:
        raise Unreadable("not_a_workbook")
    return parts


def repacked(parts: list[Part]) -> bytes:
    """A plain archive of these parts. Error cells and numbers of 16 digits and more become text cells in it,
    because the reader would drop the first and round the second."""
    out, directory = bytearray(), bytearray()
    for part in map(_readable, parts):
        name = part.name.encode()
        sizes = (part.crc, len(part.packed), part.size)
        directory += CENTRAL.pack(
            b"PK\x01\x02", 20, 20, 0x800, part.method, 0, 0x21, *sizes, len(name), 0, 0, 0, 0, 0, len(out)
        )
        directory += name
        out += LOCAL.pack(b"PK\x03\x04", 20, 0x800, part.method, 0, 0x21, *sizes, len(name), 0) + name
        out += part.packed
    end = END.pack(b"PK\x05\x06", 0, 0, len(parts), len(parts), len(directory), len(out), 0)
    return bytes(out + directory + end)


def _entries(data: bytes) -> Iterator[tuple[str, int, memoryview, int, int]]:
    """Name, method, packed bytes, declared size and checksum of each entry of the central directory."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - END.size - 0xFFFF))
    if at < 0 or at + END.size > len(data):
        raise Unreadable("damaged")
    _, _, _, _, count, directory_size, directory_at, comment = END.unpack_from(data, at)
    if at + END.size + comment != len(data) or directory_at + directory_size > at:
        raise Unreadable("damaged")
    if count > MAX_ENTRIES:
        raise Unreadable("entries")
    view, seen, position = memoryview(data), set(), directory_at
    for _ in range(count):
        name, method, start, packed_size, size, crc, position = _entry(
            data, position, directory_at + directory_size
        )
        if name.lower() in seen:
            raise Unreadable("names")
        seen.add(name.lower())
        if start + packed_size > directory_at:
            raise Unreadable("damaged")
        yield name, method, view[start : start + packed_size], size, crc
    if position != directory_at + directory_size:
        raise Unreadable("damaged")


def _entry(data: bytes, position: int, end: int) -> tuple[str, int, int, int, int, int, int]:
    if position + CENTRAL.size > end:
        raise Unreadable("damaged")
    fields = CENTRAL.unpack_from(data, position)
    signature, flags, method, crc, packed_size, size = fields[0], fields[3], fields[4], *fields[7:10]
    name_length, extra_length, comment_length, local_at = *fields[10:13], fields[16]
    after_name = position + CENTRAL.size + name_length
    raw_name, extra = data[position + CENTRAL.size : after_name], data[after_name : after_name + extra_length]
    if signature != b"PK\x01\x02" or after_name + extra_length + comment_length > end:
        raise Unreadable("damaged")
    if flags & 1:
        raise Unreadable("password")
    size, packed_size, local_at = _zip64(extra, size, packed_size, local_at)
    if local_at + LOCAL.size > len(data):
        raise Unreadable("damaged")
    local = LOCAL.unpack_from(data, local_at)
    local_name_at = local_at + LOCAL.size
    if local[0] != b"PK\x03\x04" or data[local_name_at : local_name_at + local[9]] != raw_name:
        raise Unreadable("damaged")
    name = _allowed_name(raw_name)
    start = local_name_at + local[9] + local[10]
    return name, method, start, packed_size, size, crc, after_name + extra_length + comment_length


def _zip64(extra: bytes, *values: int) -> tuple[int, int, int]:
    """Size, packed size and offset, taken from the zip64 extra field where the directory only says "see there"."""
    wide: list[int] = []
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == 1:
            wide = list(struct.unpack_from(f"<{min(length, len(extra) - 4) // 8}Q", extra, 4))
        extra = extra[4 + length :]
    try:
        size, packed_size, offset = (wide.pop(0) if value == 0xFFFFFFFF else value for value in values)
    except IndexError:
        raise Unreadable("damaged") from None
    return size, packed_size, offset


def _allowed_name(raw: bytes) -> str:
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("names") from None
    for code, pattern in REFUSED_NAMES:
        if pattern.search(name):
            raise Unreadable(code)
    if ".." in name or not (WORKBOOK_NAMES.fullmatch(name) or FOLDER.fullmatch(name)):
        raise Unreadable("names")
    return name


def _checked_part(name: str, method: int, packed: memoryview, allowance: int) -> Part:
    size, crc, tail = 0, 0, b""
    most = max(SMALL_PART, len(packed) * MAX_RATIO)
    content_types = name.lower() == "[content_types].xml"
    for chunk in _unpacked(method, packed):
        size += len(chunk)
        if size > allowance or size > most:
            raise Unreadable("bomb")
        crc = zlib.crc32(chunk, crc)
        # Without its NULs, UTF-16 and UTF-32 text reads like ASCII.
        plain = tail + (chunk.translate(None, b"\0") if b"\0" in chunk else chunk)
        if b"<!" in plain and re.search(rb"<!(DOCTYPE|ENTITY)", plain, re.IGNORECASE):
            raise Unreadable("dtd")
        if content_types and b"macroenabled" in plain.lower():
            raise Unreadable("macros")
        tail = plain[-16:]
    return Part(name, method, packed, size, crc)


def _unpacked(method: int, packed: memoryview) -> Iterator[bytes]:
    """The real content, a chunk at a time: what the directory says about its size is not believed."""
    if method == STORED:
        yield from (bytes(packed[at : at + CHUNK]) for at in range(0, len(packed), CHUNK))
        return
    if method != DEFLATED:
        raise Unreadable("damaged")
    inflater = zlib.decompressobj(-15)
    try:
        for at in range(0, len(packed), SLICE):
            if inflater.eof:
                raise Unreadable("damaged")
            chunk = inflater.decompress(packed[at : at + SLICE], CHUNK)
            while chunk:
                yield chunk
                chunk = inflater.decompress(inflater.unconsumed_tail, CHUNK)
    except zlib.error:
        raise Unreadable("damaged") from None
    if not inflater.eof or inflater.unused_data:
        raise Unreadable("damaged")


def _readable(part: Part) -> Part:
    if not WORKSHEET.fullmatch(part.name):
        return part
    content = changed = b"".join(_unpacked(part.method, part.packed))
    if b'"e"' in content or b"'e'" in content:
        changed = ERROR_CELL.sub(rb'\1"str"', changed)
    if re.search(rb">-?\d{16,}<", content):
        changed = LONG_NUMBER.sub(rb'\1 t="str"\2', changed)
    if changed is content:
        return part
    return Part(part.name, STORED, memoryview(changed), len(changed), zlib.crc32(changed))
