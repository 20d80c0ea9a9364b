"""The app as it runs on weights: `python app.py` on SGLang, with a tiny checkpoint on the CPU.

The words are noise, for the weights are; that they stream, are traced, stored and shown again after
a reload, and that the page says what runs, is what is looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser.conftest import running
from checkpoints import vision_checkpoint
from playwright.sync_api import Browser, Page, expect

pytestmark = [
    pytest.mark.sglang,
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.skipif("PERSONAVLM_SGLANG_PYTHON" not in os.environ, reason="no SGLang given"),
]

ANSWER = "#pv-chat .bot.message .message:not(.thought-group) .prose"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("sglang-app")
    model = vision_checkpoint(folder / "tiny")
    arguments = [
        *("app.py", "--engine", "sglang", "--model", str(model)),
        *("--sglang-python", os.environ["PERSONAVLM_SGLANG_PYTHON"]),
        *("--data-dir", str(folder / "data"), "--prompts", "own"),
    ]
    with running(lambda port: [*arguments, "--port", str(port)], folder / "log.txt") as address:
        yield address


def test_the_page_is_up_while_the_weights_load_and_says_so(
    browser: Browser, address: str, shots: Path
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(address)
    line = page.locator("#pv-engine")
    expect(line).to_contain_text(re.compile("Loading|Reading|Preparing|Starting"), timeout=30_000)
    page.screenshot(path=shots / "sglang-starting.png")
    expect(line).to_contain_text("with sglang", timeout=400_000)
    expect(line).to_contain_text("tiny")
    expect(line).to_contain_text("Prompts: our own wording")
    _talk(page, shots)
    context.close()


def _talk(page: Page, shots: Path) -> None:
    page.locator("#pv-box textarea").fill("I adopted a corgi called Biscuit!")
    page.keyboard.press("Enter")
    reply = page.locator("#pv-chat .bot.message")
    expect(reply.first).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile("^Remembered: "))).to_have_count(1, timeout=120_000)
    expect(page.locator("#pv-retry")).to_be_enabled(timeout=120_000)
    footer = page.get_by_text(re.compile(r"[\d,]+ \+ [\d,]+ tokens .* tiny on sglang, own prompts"))
    expect(footer).to_be_visible()
    page.screenshot(path=shots / "sglang-1280-light.png")
    before = page.locator("#pv-chat").inner_text()
    page.reload()
    expect(page.locator("#pv-engine")).to_contain_text("with sglang", timeout=60_000)
    expect(footer).to_be_visible()
    assert "Biscuit" in page.locator("#pv-chat").inner_text()
    assert len(page.locator("#pv-chat").inner_text()) > len(before) // 2, "the reply was stored"
