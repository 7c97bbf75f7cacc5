"""A real county, a real server, a real browser; every other host is out of reach and asking for one is a failure."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from sqlalchemy import Engine

from accounts.commands import hash_password
from cameras.coverage import update_coverage
from data import demo
from data.database import connect, migrate, session_scope
from gis.warming import warm_up

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "gridbeat-demo"
SIZES = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
COOKIE_LOCALES = {"zh": "zh_Hans_CN", "en": "en"}

#: Without these, Chromium talks to its maker's hosts on its own account.
CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # no other host exists
]  # fmt: skip


@pytest.fixture(scope="session")
def county_url(make_database: Callable[[str], str]) -> str:
    """A database with the small demo county and its coverage."""
    url = make_database("county")
    migrate(url)
    engine = connect(url, pool_size=2)
    today = datetime.now(UTC).date()
    demo.load(
        engine, profile="small", seed=1, today=today, password_hash=hash_password(PASSWORD),
        progress=lambda _step, _share: None,
    )  # fmt: skip
    with session_scope(engine) as session:
        update_coverage(session)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def county(county_url: str) -> Iterator[Engine]:
    """An engine on the county the browser sees."""
    engine = connect(county_url, pool_size=1)
    yield engine
    engine.dispose()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="session")
def base(county_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a gunicorn that serves the county."""
    home = tmp_path_factory.mktemp("home")
    port = free_port()
    environ = os.environ | {"DATABASE_URL": county_url, "GRIDBEAT_DEMO": "1", "GRIDBEAT_HOME": str(home)}
    command = [
        "-m",
        "gunicorn",
        "-k",
        "gthread",
        "-w",
        "1",
        "--threads",
        "32",
        "--config",
        "python:webapp.serving",
        "-b",
        f"127.0.0.1:{port}",
        "--no-control-socket",
    ]
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, *command, "webapp:create_app()"], cwd=ROOT, env=environ, stdout=log, stderr=log
        )
        address = f"http://127.0.0.1:{port}"
        warm_up()  # as `gridbeat serve` does: the first question does not wait for the compiler
        try:
            _wait_for(address, server, home / "server.log")
            yield address
        finally:
            server.terminate()
            server.wait(20)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urlopen(f"{address}/healthz", timeout=2) as answer:  # noqa: S310 - our own server
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the server did not start: {log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The browser's driver."""
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    path = os.environ.get("GRIDBEAT_CHROMIUM", "/usr/bin/chromium")
    assert Path(path).exists(), f"{path} is missing: install the package chromium, or set GRIDBEAT_CHROMIUM"
    made = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
    yield made
    made.close()


@dataclass
class Visitor:
    """One person at one browser window, and what went wrong in it."""

    page: Page
    base: str
    outside: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a page of ours and wait until it stands."""
        self.page.goto(self.base + path, wait_until="load")
        return self.page

    def has_map(self) -> None:
        """Wait until the map on the page has drawn itself."""
        self.page.wait_for_selector(".leaflet-container[data-ready=yes]", timeout=60_000)

    def check(self) -> None:
        """Nothing outside was asked for, no script failed, no policy was broken, nothing sticks out sideways."""
        assert self.outside == []
        assert self.problems == []
        width = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width[0] <= width[1] + 1, f"{self.page.url} is {width[0]} px wide in a window of {width[1]}"


@pytest.fixture
def visit(browser: Browser, base: str) -> Iterator[Callable[..., Visitor]]:
    """`visit("worker", "phone", "zh")`: that person signed in, with every other host blocked."""
    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []

    def make(username: str | None, size: str = "desktop", locale: str = "zh") -> Visitor:
        context = browser.new_context(
            viewport=SIZES[size], has_touch=size == "phone", is_mobile=size == "phone",
            geolocation={"longitude": 122.5, "latitude": 34.0, "accuracy": 12}, permissions=["geolocation"],
            locale="zh-CN" if locale == "zh" else "en-GB", timezone_id="Asia/Shanghai",
        )  # fmt: skip
        contexts.append(context)
        context.add_cookies([{"name": "gridbeat_language", "value": COOKIE_LOCALES[locale], "url": base}])
        visitor = Visitor(context.new_page(), base)
        visitors.append(visitor)
        # a listener, not a route: with routes the browser keeps nothing, and every page loads everything anew
        context.on("request", lambda request: _only_ours(request.url, base, visitor))
        visitor.page.on("pageerror", lambda error: visitor.problems.append(f"script error: {error}"))
        visitor.page.on("console", lambda line: _note(visitor, line.type, line.text))
        if username:
            sign_in(visitor, username)
        return visitor

    yield make
    for visitor in visitors:
        assert visitor.outside == [], "a page asked for another host"
    for context in contexts:
        context.close()


def _only_ours(url: str, base: str, visitor: Visitor) -> None:
    asked = urlsplit(url)
    if asked.scheme not in {"data", "blob"} and asked.netloc != urlsplit(base).netloc:
        visitor.outside.append(url)


def _note(visitor: Visitor, kind: str, text: str) -> None:
    if kind == "error" and "status of 4" not in text and "net::ERR" not in text:
        visitor.problems.append(text)


def sign_in(visitor: Visitor, username: str) -> None:
    """Sign in without opening pages: some roles begin with the whole map, and most stories begin elsewhere."""
    ask = visitor.page.context.request
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', ask.get(f"{visitor.base}/login").text())
    form = {"username": username, "password": PASSWORD, "csrf_token": token[1] if token else ""}
    assert ask.post(f"{visitor.base}/login", form=form, max_redirects=0).status == 302


def sign_in_at_the_page(visitor: Visitor, username: str) -> None:
    """Sign in as people do."""
    page = visitor.go("/login")
    page.fill("#username", username)
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_url(lambda url: "/login" not in url)
