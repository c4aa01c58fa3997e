"""Damages bytes, tables and headers, the same for the same generator."""

from __future__ import annotations

import random
import re
import struct

NUMBERS = [struct.pack("<Q", value) for value in (0, 1, 2**31, 2**40, 2**63, 2**64 - 1)]
NUMBERS += [struct.pack("<I", value) for value in (1, 2**31, 2**32 - 1)]
"""Lengths and offsets that a header may say."""

WORDS = [
    *(b"", b" ", b"\t", b"\t\t", b"\n", b"\r", b"\r\n", b"\n\n", b",", b'"', b"#", b"\0", b"\x0b", b"\x1a"),
    *(b"nan", b"inf", b"-inf", b"None", b"True", b"-1", b"-0", b"+1", b" 1", b"1 ", b"00", b"1_0", b"0x1"),
    *(b"1.0", b"2.0", b"01", b"1e-400", b"1e-46", b"-1e-46", b"2024-05-31 23:59:59.5Z", b"16777217"),
    *(b"3", b"1.5", b"1e2", b"1e308", b"-1e-400", b"9223372036854775808", b"9" * 40, b"userID", b"x_label"),
    *(b"\xff\xfe", b"\xef\xbb\xbf", b"\xc0\x80", b"\xed\xa0\x80", b"x" * 5000, b"2024-02-30"),
    *(text.encode() for text in ("é", "\u0661", "\u2028", "\x85", "\u200b")),
]
"""What readers of text trip over: ends of lines, odd numbers, other scripts, halves of characters."""

PUNCTUATION = b"0123456789-.,:()[]{}'\"\t\n "


def damaged(rng: random.Random, data: bytes, head: int = 0) -> bytes:
    """One to four changes of some bytes.

    Args:
        rng: Chooses them.
        data: What to change.
        head: Half of the changes are within so many first bytes, where a format has its header.
    """
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 4])):
        if not out:
            break
        near = min(len(out), head) if head and rng.random() < 0.5 else len(out)
        at = rng.randrange(near)
        match rng.randrange(9):
            case 0:
                out[at] ^= 1 << rng.randrange(8)
            case 1:
                out[at] = rng.randrange(256)
            case 2:
                del out[at : at + rng.choice([1, 1, 2, 5, 50])]
            case 3:
                del out[at:]
            case 4:
                out[at:at] = rng.choice(WORDS)
            case 5:
                out[at:at] = out[at : at + rng.choice([1, 4, 20, 200])]
            case 6:
                number = rng.choice(NUMBERS)
                out[at : at + len(number)] = number
            case 7:
                out[at:at] = rng.randbytes(rng.choice([1, 3, 30]))
            case _:
                out[at] = rng.choice(PUNCTUATION)
    return bytes(out)


def damaged_table(rng: random.Random, data: bytes) -> bytes:
    """A table with other cells, rows that are there twice or not at all, and other ends of lines."""
    lines = [line.split(b"\t") for line in data.rstrip(b"\n").split(b"\n")]
    for _ in range(rng.choice([1, 1, 2, 3])):
        row = rng.randrange(len(lines))
        cells = lines[row]
        column = rng.randrange(len(cells))
        match rng.randrange(8):
            case 0 | 1 | 2:
                cells[column] = rng.choice(WORDS)
            case 3:
                cells[column] += rng.choice(WORDS)
            case 4:
                cells[column] = rng.choice(WORDS) + cells[column]
            case 5:
                lines.insert(row, list(cells))
            case 6 if len(lines) > 1:
                del lines[row]
            case _:
                lines.insert(row, [b""])
    end = rng.choice([b"\n", b"\n", b"\r\n", b"\r"])
    return end.join(b"\t".join(cells) for cells in lines) + rng.choice([b"", end, end * 2])


SHAPES = [
    *("()", "(12,)", "(12, 0)", "(0, 5)", "(10, 5)", "(5, 12)", "(12, 5, 1)", "(12, -5)", "(-1, 5)"),
    *("(True, 5)", "(12.0, 5)", "(4294967296, 4294967296)", "(1000000000000, 128)", "(3000000000, 1)"),
    *("(9223372036854775807,)", "(1" + "0" * 400 + ", 5)", "(" * 300 + ")" * 300, "[12, 5]", "12"),
]
DTYPES = [
    *("'<f2'", "'<f8'", "'>f4'", "'<f16'", "'<i4'", "'|b1'", "'|O'", "'<c8'", "'<U4'", "'|V4'", "'<M8[s]'"),
    *("[('a', '<f4')]", "('<f4', (5,))", "'<f4,<f4'", "None", "5", "'bogus'"),
]


def damaged_npy_header(rng: random.Random, data: bytes) -> bytes:
    """A ``.npy`` file of version 1.0 whose header says another shape, type or order."""
    length = struct.unpack("<H", data[8:10])[0]
    header, body = data[10 : 10 + length].decode("latin1").rstrip(), data[10 + length :]
    match rng.randrange(3):
        case 0:
            header = re.sub(r"'shape': \([^)]*\)", lambda _: f"'shape': {rng.choice(SHAPES)}", header)
        case 1:
            header = re.sub(r"'descr': '[^']*'", lambda _: f"'descr': {rng.choice(DTYPES)}", header)
        case _:
            header = header.replace("False", rng.choice(["True", "0", "None", "'no'"]))
    line = header.encode("latin1") + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(line)) + line + body
