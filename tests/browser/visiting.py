"""What a person does on the page and sees there, in a browser."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, ViewportSize, expect

expect.set_options(timeout=30_000)  # the first update of a fresh server takes seconds

FOLD = "#pv-chat .thought-group"
WIDE: ViewportSize = {"width": 1280, "height": 800}
SMALL: ViewportSize = {"width": 390, "height": 844}


def ready(page: Page) -> None:
    """The page knows who it is for, and the models behind it are loaded."""
    expect(page.locator("#pv-clock")).to_contain_text(re.compile(r"It is now \w+ \d"))
    expect(page.locator("#pv-engine")).to_contain_text("engine", timeout=60_000)


def send(page: Page, text: str) -> None:
    """Type and send a message, and see it in the chat."""
    page.locator("#pv-box textarea").fill(text)
    page.keyboard.press("Enter")
    expect(said(page).last).to_contain_text(text)


def said(page: Page) -> Locator:
    """What the person said: the bubbles, without the lines between sessions."""
    return page.locator("#pv-chat .user.message > .message:not(:has(.pv-session))")


def fold(page: Page, title: str | re.Pattern[str]) -> Locator:
    return page.locator(FOLD).filter(has=page.locator(".title", has_text=title)).last


def answered(page: Page, turns: int) -> None:
    """Wait until that many turns are done and what they left in memory is told."""
    expect(page.get_by_text(re.compile("^Remembered: "))).to_have_count(turns)
    expect(page.locator("#pv-retry")).to_be_enabled()


def warned(page: Page, text: str) -> None:
    expect(page.get_by_test_id("toast-body").filter(has_text=text).first).to_be_visible()
