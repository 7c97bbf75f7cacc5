"""A QR code as the path of an SVG: text in, squares out. Nothing is asked of another host, and no library is needed.

ISO/IEC 18004: bytes, error correction level L, versions 1 to 15 (up to 520 bytes), the mask with the least penalty.
"""

from collections.abc import Callable
from itertools import pairwise

#: By version from 1: bytes of error correction in each block, and the number of blocks (level L).
_CORRECTION = (7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22)
_BLOCKS = (1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6)
_LEVEL_L = 1

_MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda x, y: (x + y) % 2 == 0,
    lambda _x, y: y % 2 == 0,
    lambda x, _y: x % 3 == 0,
    lambda x, y: (x + y) % 3 == 0,
    lambda x, y: (x // 3 + y // 2) % 2 == 0,
    lambda x, y: x * y % 2 + x * y % 3 == 0,
    lambda x, y: (x * y % 2 + x * y % 3) % 2 == 0,
    lambda x, y: ((x + y) % 2 + x * y % 3) % 2 == 0,
)

Squares = list[list[bool]]


def qr_path(text: str) -> tuple[str, int]:
    """The path of all dark squares (units of one square, four squares of quiet around), and the width of the whole.

    Raises ValueError for more than 520 bytes.
    """
    squares = qr_squares(text)
    rows = (
        f"M{column + 4} {row + 4}h1v1h-1z"
        for row, line in enumerate(squares)
        for column, is_dark in enumerate(line)
        if is_dark
    )
    return "".join(rows), len(squares) + 8


def qr_squares(text: str) -> Squares:
    """The squares of the code, row by row, True for dark."""
    data = text.encode()
    version = next((one for one in range(1, 16) if len(data) + (2 if one < 10 else 3) <= _capacity(one)), None)
    if version is None:
        raise ValueError("The text is too long for a QR code.")
    bits = _bits(_with_correction(_words(data, version), version))
    drawn = [_drawn(version, bits, mask) for mask in range(8)]
    return min(drawn, key=_penalty)


def _raw_words(version: int) -> int:
    """How many bytes fit on the squares that have no other use."""
    squares = (16 * version + 128) * version + 64
    if version >= 2:
        marks = version // 7 + 2
        squares -= (25 * marks - 10) * marks - 55
        squares -= 36 if version >= 7 else 0
    return squares // 8


def _capacity(version: int) -> int:
    return _raw_words(version) - _CORRECTION[version - 1] * _BLOCKS[version - 1]


def _words(data: bytes, version: int) -> bytes:
    """Mode, length, data and filling, as bytes."""
    length_bits = 8 if version < 10 else 16
    capacity = _capacity(version)
    text = f"0100{len(data):0{length_bits}b}" + "".join(f"{byte:08b}" for byte in data)
    text += "0" * min(4, capacity * 8 - len(text))
    text += "0" * (-len(text) % 8)
    words = bytes(int(text[at : at + 8], 2) for at in range(0, len(text), 8))
    filling = (b"\xec\x11" * capacity)[: capacity - len(words)]
    return words + filling


def _with_correction(words: bytes, version: int) -> bytes:
    """Data and correction of all blocks, one byte of each in turn."""
    blocks, correction = _BLOCKS[version - 1], _CORRECTION[version - 1]
    short = len(words) // blocks
    longer = len(words) % blocks
    divisor = _divisor(correction)
    data, checks, at = [], [], 0
    for number in range(blocks):
        size = short + (number >= blocks - longer)
        data.append(words[at : at + size])
        checks.append(_remainder(data[-1], divisor))
        at += size
    woven = [block[place] for place in range(short + 1) for block in data if place < len(block)]
    woven += [block[place] for place in range(correction) for block in checks]
    return bytes(woven)


def _times(one: int, two: int) -> int:
    """The product in GF(2^8) with the polynomial 0x11D."""
    found = 0
    for bit in range(7, -1, -1):
        found = (found << 1) ^ ((found >> 7) * 0x11D)
        found ^= (two >> bit & 1) * one
    return found


def _divisor(degree: int) -> list[int]:
    found = [0] * (degree - 1) + [1]
    root = 1
    for _ in range(degree):
        for place in range(degree):
            found[place] = _times(found[place], root)
            if place + 1 < degree:
                found[place] ^= found[place + 1]
        root = _times(root, 2)
    return found


def _remainder(data: bytes, divisor: list[int]) -> list[int]:
    found = [0] * len(divisor)
    for byte in data:
        factor = byte ^ found.pop(0)
        found.append(0)
        found = [left ^ _times(right, factor) for left, right in zip(found, divisor, strict=True)]
    return found


def _bits(words: bytes) -> list[bool]:
    return [bool(byte >> place & 1) for byte in words for place in range(7, -1, -1)]


def _drawn(version: int, bits: list[bool], mask: int) -> Squares:
    size = 17 + 4 * version
    fixed: dict[tuple[int, int], bool] = {}
    _draw_marks(fixed, version, size)
    _draw_format(fixed, mask, size)
    squares = [[fixed.get((x, y), False) for x in range(size)] for y in range(size)]
    waiting = iter(bits)
    for right in (*range(size - 1, 6, -2), 5, 3, 1):
        is_up = (right + 1) & 2 == 0 if right > 6 else (right + 2) & 2 == 0
        for step in range(size):
            y = size - 1 - step if is_up else step
            for x in (right, right - 1):
                if (x, y) not in fixed:
                    squares[y][x] = next(waiting, False) ^ _MASKS[mask](x, y)
    return squares


def _draw_marks(fixed: dict[tuple[int, int], bool], version: int, size: int) -> None:
    """Timing, finders, alignment, version."""
    for place in range(size):
        fixed[6, place] = fixed[place, 6] = place % 2 == 0
    for x, y in ((3, 3), (size - 4, 3), (3, size - 4)):
        for dx in range(-4, 5):
            for dy in range(-4, 5):
                if 0 <= x + dx < size and 0 <= y + dy < size:
                    fixed[x + dx, y + dy] = max(abs(dx), abs(dy)) not in {2, 4}
    _draw_alignment(fixed, version, size)
    if version >= 7:
        _draw_version(fixed, version, size)


def _draw_alignment(fixed: dict[tuple[int, int], bool], version: int, size: int) -> None:
    places = _alignment(version, size)
    corners = {(6, 6), (6, size - 7), (size - 7, 6)}
    for x, y in ((x, y) for x in places for y in places if (x, y) not in corners):
        for dx in range(-2, 3):
            for dy in range(-2, 3):
                fixed[x + dx, y + dy] = max(abs(dx), abs(dy)) != 1


def _draw_version(fixed: dict[tuple[int, int], bool], version: int, size: int) -> None:
    rest = version
    for _ in range(12):
        rest = (rest << 1) ^ ((rest >> 11) * 0x1F25)
    for bit in range(18):
        is_dark = bool((version << 12 | rest) >> bit & 1)
        one, two = size - 11 + bit % 3, bit // 3
        fixed[one, two] = fixed[two, one] = is_dark


def _alignment(version: int, size: int) -> list[int]:
    if version == 1:
        return []
    count = version // 7 + 2
    step = (version * 4 + count * 2 + 1) // (count * 2 - 2) * 2
    return [6, *sorted(size - 7 - number * step for number in range(count - 1))]


def _draw_format(fixed: dict[tuple[int, int], bool], mask: int, size: int) -> None:
    told = _LEVEL_L << 3 | mask
    rest = told
    for _ in range(10):
        rest = (rest << 1) ^ ((rest >> 9) * 0x537)
    bits = [bool(((told << 10 | rest) ^ 0x5412) >> bit & 1) for bit in range(15)]
    for bit in range(6):
        fixed[8, bit] = bits[bit]
        fixed[5 - bit, 8] = bits[9 + bit]
    fixed[8, 7], fixed[8, 8], fixed[7, 8] = bits[6], bits[7], bits[8]
    for bit in range(8):
        fixed[size - 1 - bit, 8] = bits[bit]
    for bit in range(8, 15):
        fixed[8, size - 15 + bit] = bits[bit]
    fixed[8, size - 8] = True


def _penalty(squares: Squares) -> int:
    """How hard a code is to read: long runs, blocks, patterns like a finder, too much of one colour."""
    size = len(squares)
    lines = [*squares, *([squares[y][x] for y in range(size)] for x in range(size))]
    found = sum(_line_penalty(line) for line in lines)
    for above, below in pairwise(squares):
        found += 3 * sum(len({above[x], above[x + 1], below[x], below[x + 1]}) == 1 for x in range(size - 1))
    dark = sum(map(sum, squares))
    return found + 10 * (abs(dark * 20 - size * size * 10) // (size * size))


def _line_penalty(line: list[bool]) -> int:
    text = "".join("#" if one else "." for one in line)
    found, at = 0, 0
    while at < len(text):
        run = len(text) - at - len(text[at:].lstrip(text[at]))
        found += run - 2 if run >= 5 else 0
        at += run
    finder = ("#.###.#....", "....#.###.#")
    return found + 40 * sum(text[place : place + 11] in finder for place in range(len(text) - 10))
