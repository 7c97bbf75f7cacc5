"""Photos that are none, that are bombs, that carry more than a picture; and those that are fine."""

import contextlib
import hashlib
import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from data.errors import Refused
from webapp.photos import LONGEST_PX, keep_photo, photo_path, read_photo

ORIENTATION, GPS = 0x0112, 0x8825


def picture(size=(40, 30), colour="red", kind="JPEG", **more) -> bytes:
    image = Image.new("RGB", size, colour)
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG of one colour, small to send and huge to unpack."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    packer = zlib.compressobj(9)
    row = b"\0" * (width // 8 + 2)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photo_when_it_is_one_becomes_our_jpeg_under_the_hash_of_what_was_sent(kind):
    sent = picture(kind=kind)
    photo = read_photo(sent)
    assert photo.sha256 == hashlib.sha256(sent).hexdigest()
    assert (photo.width_px, photo.height_px) == (40, 30)
    with Image.open(io.BytesIO(photo.jpeg)) as made:
        assert (made.format, made.mode, made.size) == ("JPEG", "RGB", (40, 30))
        assert made.getpixel((20, 15))[0] > 240


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (b"", "empty"),
        (b"this is only text", "not a photo"),
        (b"<html><script>alert(1)</script></html>", "not a photo"),
        (picture()[:200], "damaged"),
        (picture((900, 900), kind="PNG")[:-40], "damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "damaged|not a photo"),
        (picture(kind="GIF"), "not a photo"),
        (picture(kind="TIFF"), "not a photo"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a photo"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not a photo"),
    ],
)
def test_photo_when_it_is_none_is_refused_in_one_sentence(sent, sentence):
    with pytest.raises(Refused, match=sentence):
        read_photo(sent)


def test_photo_when_truncated_anywhere_is_refused_or_read_never_worse():
    sent = picture((300, 200))
    for length in range(0, len(sent), 97):
        with contextlib.suppress(Refused):
            assert read_photo(sent[:length]).width_px == 300


@pytest.mark.parametrize("size", [(13340, 13340), (8000, 7000)])
def test_photo_when_it_is_a_bomb_is_refused_before_it_goes_off(size):
    sent = bomb(*size)
    assert len(sent) < 60_000
    program = (
        "import sys, resource; from webapp.photos import read_photo; from data.errors import Refused\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: read_photo(sys.stdin.buffer.read())\n"
        "except Refused as refused: print(refused)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", program], input=sent, capture_output=True, cwd=root, check=True)
    sentence, grown_mb = done.stdout.decode().splitlines()
    assert "50 million pixels" in sentence
    assert int(grown_mb) < 50


def test_photo_when_a_page_is_hidden_in_it_loses_the_page():
    page = b"<html><script>alert(document.cookie)</script></html>"
    comment = picture(comment=page)
    behind = picture() + page
    assert page in comment
    for sent in (comment, behind):
        assert b"<script>" not in read_photo(sent).jpeg


def test_photo_when_it_tells_where_it_was_taken_no_longer_does():
    exif = Image.Exif()
    exif[GPS] = {1: "N", 2: (34.0, 0.0, 0.0), 3: "E", 4: (122.0, 30.0, 0.0)}
    exif[0x010F] = "Telephone maker"
    sent = picture(exif=exif)
    with Image.open(io.BytesIO(sent)) as before:
        assert before.getexif().get_ifd(GPS)
    jpeg = read_photo(sent).jpeg
    with Image.open(io.BytesIO(jpeg)) as after:
        assert not after.getexif()
        assert "exif" not in after.info
    assert b"Telephone maker" not in jpeg


def test_photo_when_taken_lying_is_turned_upright():
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    photo = read_photo(picture((40, 30), exif=exif))
    assert (photo.width_px, photo.height_px) == (30, 40)


def test_photo_when_large_is_made_smaller_and_keeps_its_shape():
    photo = read_photo(picture((4000, 3000)))
    assert (photo.width_px, photo.height_px) == (LONGEST_PX, 1200)


def test_photo_when_parts_are_transparent_gets_white_there():
    image = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    out = io.BytesIO()
    image.save(out, "PNG")
    with Image.open(io.BytesIO(read_photo(out.getvalue()).jpeg)) as made:
        assert made.getpixel((5, 5)) == (255, 255, 255)


def test_keep_when_done_lies_whole_under_its_hash_and_again_changes_nothing(tmp_path):
    photo = read_photo(picture())
    path = keep_photo(tmp_path, photo)
    assert path == photo_path(tmp_path, photo.sha256)
    assert path.read_bytes() == photo.jpeg
    before = path.stat().st_mtime_ns
    assert keep_photo(tmp_path, photo).stat().st_mtime_ns == before
    assert [file.suffix for file in tmp_path.rglob("*") if file.is_file()] == [".jpg"]


def test_keep_when_the_disk_refuses_leaves_no_half_file(tmp_path, monkeypatch):
    import webapp.photos

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(webapp.photos.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        keep_photo(tmp_path, read_photo(picture()))
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


@pytest.mark.parametrize("size", [(2_000_000, 1), (1, 2_000_000), (20_001, 2)])
def test_photo_when_absurdly_long_is_refused_before_it_is_unpacked(size, monkeypatch):
    sent = bomb(*size)
    monkeypatch.setattr(Image.Image, "thumbnail", lambda *_: pytest.fail("unpacked"))
    with pytest.raises(Refused, match="20,000 pixels"):
        read_photo(sent)
