"""Codes to scan: held against codes another program drew, and against the standard's own arithmetic."""

import hashlib

import pytest

from webapp.qr import _divisor, _remainder, _with_correction, _words, qr_path, qr_squares


def told(squares):
    return hashlib.sha256("".join("01"[dark] for row in squares for dark in row).encode()).hexdigest()


@pytest.mark.parametrize(
    ("text", "width", "drawn_elsewhere"),
    [
        ("a" * 78, 33, "64068f434eefd3cf52cbdd3deef5d26b7db8064fc8a2a720898abf34898525d7"),
        ("https://example.org/" + "q" * 251, 57, "756e183db2b095eb9752621e72ea9616b8dfd60573ab22c63eff672ab829a690"),
    ],
)
def test_code_when_drawn_is_the_one_another_program_draws(text, width, drawn_elsewhere):
    squares = qr_squares(text)
    assert len(squares) == width
    assert told(squares) == drawn_elsewhere


def test_correction_when_taken_along_leaves_no_remainder():
    woven = list(_with_correction(_words(b"gridbeat", 1), 1))
    assert _remainder(bytes(woven), _divisor(7)) == [0] * 7
    woven[3] ^= 1
    assert _remainder(bytes(woven), _divisor(7)) != [0] * 7


def test_path_when_drawn_has_a_quiet_border_and_long_texts_are_refused():
    path, width = qr_path("https://example.org/")
    assert width == 25 + 8
    assert path.startswith("M4 4h1v1h-1z")
    with pytest.raises(ValueError, match="too long"):
        qr_squares("x" * 521)
