"""A real server process and a real browser. Without Chromium tests are skipped, but not in CI."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browser.visiting import WIDE, ready
from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]


# Leaving a page breaks off what Gradio's own client was fetching, which it then complains about.
LEAVING = ("signal is aborted", "Connection errored out")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        message = "no Chromium here: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app with an empty data folder."""
    folder = tmp_path_factory.mktemp("app")
    script = str(Path(__file__).parent / "server.py")
    with running(lambda port: [script, str(port), str(folder)], folder / "log.txt") as address:
        yield address


@contextmanager
def running(arguments: Callable[[int], Sequence[str]], log: Path) -> Iterator[str]:
    """A Python program that serves a page, for as long as it is needed. Yields its address.

    arguments: the program and its arguments, for the port that it gets.
    """
    port = free_port()
    command = [sys.executable, *arguments(port)]
    root = Path(__file__).parents[2]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=root, stdout=output, stderr=output)
        try:
            address = f"http://127.0.0.1:{port}/"
            _wait_for(address, process, log)
            yield address
        finally:
            process.terminate()
            process.wait(60)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the app did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Callable[..., Page]]:
    """Open the page as somebody new, in a browser of that kind; nothing may complain meanwhile."""
    complaints: list[str] = []
    contexts = []

    def opened(**how: Any) -> Page:
        contexts.append(browser.new_context(**{"viewport": WIDE, **how}))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(error.message))
        page.on("request", lambda r: complaints.append(r.url) if _is_foreign(r.url) else None)
        page.goto(server)
        ready(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    left = [text for text in complaints if not any(known in text for known in LEAVING)]
    assert not left, "\n".join(left)


def _is_foreign(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1", "data:", "blob:"))


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: PERSONAVLM_SCREENSHOTS, or a temporary folder."""
    folder = os.environ.get("PERSONAVLM_SCREENSHOTS")
    path = Path(folder) if folder else tmp_path_factory.mktemp("shots")
    path.mkdir(parents=True, exist_ok=True)
    return path
