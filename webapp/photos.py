"""Photos: what a phone sends is examined, turned upright, made smaller, freed of its EXIF, and kept under its hash.

The hash is that of the bytes sent, so that a phone can tell from the answer that this very photo has been kept, and
the same photo sent twice stays one. What is served is always our own JPEG, never what came in.
"""

import contextlib
import hashlib
import io
import os
import tempfile
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from data.errors import Refused

FORMATS = ("JPEG", "PNG", "WEBP")
LONGEST_PX = 1600
MOST_PIXELS = 50_000_000
#: No camera takes a picture longer than this; one pixel high and very wide, it would cost seconds to shrink.
LONGEST_SIDE_PX = 20_000
QUALITY = 82

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

#: One photo unpacks to at most some 200 MB; two at a time a process is what a small server can bear.
_UNPACKING = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Photo:
    """A photo ready to be kept: our JPEG and its size, under the hash of what was sent."""

    sha256: str
    jpeg: bytes
    width_px: int
    height_px: int


def read_photo(sent: bytes) -> Photo:
    """The photo in these bytes.

    Raises Refused, in one sentence, for what is no JPEG, PNG or WebP, is damaged, or has more than 50 million pixels.
    """
    if not sent:
        raise Refused("The photo is empty. Take it again.")
    with _UNPACKING:
        try:
            image = _upright(sent)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise Refused("The photo has more than 50 million pixels. Send a smaller one.") from error
        except UnidentifiedImageError as error:
            raise Refused("This is not a photo. Send a JPEG, PNG or WebP picture.") from error
        except (OSError, SyntaxError, ValueError, EOFError, TypeError) as error:
            raise Refused("The photo is damaged and cannot be read. Send it again.") from error
        jpeg = io.BytesIO()
        image.save(jpeg, "JPEG", quality=QUALITY, optimize=True)
    return Photo(hashlib.sha256(sent).hexdigest(), jpeg.getvalue(), image.width, image.height)


def _upright(sent: bytes) -> Image.Image:
    """The picture as it is meant to be seen, at most 1600 pixels long, in plain RGB."""
    with Image.open(io.BytesIO(sent), formats=FORMATS) as image:
        if max(image.size) > LONGEST_SIDE_PX:
            raise Refused("The photo is more than 20,000 pixels long. Send a smaller one.")
        if image.width * image.height > MOST_PIXELS:  # of its own accord Pillow refuses only twice the limit
            raise Image.DecompressionBombError
        image.draft("RGB", (LONGEST_PX, LONGEST_PX))  # a JPEG unpacks at the size needed, in a fraction of the room
        image.thumbnail((LONGEST_PX, LONGEST_PX))
        ImageOps.exif_transpose(image, in_place=True)
        has_holes = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
        # a new picture carries no EXIF, comment or profile along
        plain = Image.new("RGB", image.size, "white")
        if has_holes:
            seen = image.convert("RGBA")
            plain.paste(seen, mask=seen.getchannel("A"))
        else:
            plain.paste(image.convert("RGB"))
        return plain


def photo_path(folder: Path, sha256: str) -> Path:
    """Where the photo of that hash lies; spread over 256 folders."""
    return folder / sha256[:2] / f"{sha256}.jpg"


def keep_photo(folder: Path, photo: Photo) -> Path:
    """Put the photo on the disk for good, whole or not at all, before any row speaks of it."""
    target = photo_path(folder, photo.sha256)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(photo.jpeg)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    _sync_folder(target.parent)
    return target


def _sync_folder(folder: Path) -> None:
    """A new name in a folder is kept only when the folder is written too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
