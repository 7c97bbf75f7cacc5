"""Take the README's pictures anew from a small demo county: `make screenshots`.

A county of its own in a database of its own, a server of its own; nothing of yours is touched.
"""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from urllib.request import urlopen

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "screenshots"
sys.path.insert(0, str(ROOT))

PORT = 8123
BASE = f"http://127.0.0.1:{PORT}"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

#: name → (account, path, size); the map's address names place and layers.
PICTURES = {
    "map": (
        "staff",
        "/map#15/{lat}/{lon}/divisions,watched,cameras,camera_views,route_plans,positions,incidents",
        DESKTOP,
    ),
    "dispatch": ("dispatcher", "/dispatch", DESKTOP),
    "patrol": ("leader", "/patrols/plans/1", DESKTOP),
    "staffing": ("staff", "/staffing", DESKTOP),
    "coverage": ("staff", "/coverage", DESKTOP),
    "worker": ("worker", "/worker", PHONE),
    "report": ("worker", "/worker/report", PHONE),
    "volunteer": ("volunteer", "/my-patrols", PHONE),
}


@contextmanager
def county():
    """The small demo county in a private cluster that lasts as long as this."""
    from data.temporary_cluster import temporary_cluster

    with temporary_cluster() as cluster:
        url = cluster.url("gridbeat")
        environ = os.environ | {"DATABASE_URL": url}
        gridbeat = str(Path(sys.executable).parent / "gridbeat")
        for command in (["db", "migrate"], ["demo", "load", "--profile", "small", "--seed", "1"]):
            subprocess.run([gridbeat, *command], env=environ, check=True, cwd=ROOT)
        yield url


@contextmanager
def server(url: str):
    """A gunicorn on the county."""
    with tempfile.TemporaryDirectory() as home:
        environ = os.environ | {"DATABASE_URL": url, "GRIDBEAT_DEMO": "1", "GRIDBEAT_HOME": home}
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "-k",
            "gthread",
            "--threads",
            "8",
            "-b",
            f"127.0.0.1:{PORT}",
            "webapp:create_app()",
        ]
        running = subprocess.Popen(command, env=environ, cwd=ROOT)
        try:
            for _ in range(200):
                try:
                    with urlopen(f"{BASE}/healthz", timeout=1):  # noqa: S310 - our own server
                        break
                except OSError:
                    time.sleep(0.2)
            yield
        finally:
            running.terminate()
            running.wait()


def signed_in(browser: Browser, account: str, size: dict[str, int], locale: str) -> Page:
    """A page of that account in that language."""
    context = browser.new_context(
        viewport=size, locale="zh-CN" if locale == "zh" else "en-GB", timezone_id="Asia/Shanghai",
        geolocation={"longitude": 122.5, "latitude": 34.0}, permissions=["geolocation"],
    )  # fmt: skip
    context.add_cookies([{"name": "gridbeat_language", "value": "zh_Hans_CN" if locale == "zh" else "en", "url": BASE}])
    page = context.new_page()
    page.goto(f"{BASE}/login")
    page.fill("#username", account)
    page.fill("#password", "gridbeat-demo")
    page.click("main form button")
    page.wait_for_load_state()
    return page


def save(png: bytes, target: Path) -> None:
    """Keep a picture with 256 colours: a third of the size, and nobody sees it."""
    with Image.open(BytesIO(png)) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)


def main() -> None:
    """Take every picture in both languages."""
    from sqlalchemy import text

    from data.database import connect

    TARGET.mkdir(parents=True, exist_ok=True)
    with county() as url, server(url), sync_playwright() as playwright:
        with connect(url).connect() as connection:
            row = connection.execute(
                text("SELECT st_y(c), st_x(c) FROM (SELECT st_centroid(st_collect(place)) AS c FROM cameras) AS middle")
            ).one()
        place = {"lat": f"{row[0]:.5f}", "lon": f"{row[1]:.5f}"}
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("GRIDBEAT_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        for name, (account, path, size) in PICTURES.items():
            for locale in ("zh", "en"):
                page = signed_in(browser, account, size, locale)
                page.goto(BASE + path.format(**place))
                page.wait_for_load_state("networkidle")
                page.wait_for_timeout(1500)
                target = TARGET / f"{name}-{locale}.png"
                save(page.screenshot(), target)
                print(target.relative_to(ROOT))
                page.context.close()
        browser.close()


if __name__ == "__main__":
    main()
