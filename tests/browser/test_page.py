"""The page as a person meets it: a real browser, a real server, the preview engine.

One server serves all tests; each test is another browser, thus another person.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import PIL.Image
import pytest
from browser.visiting import FOLD, SMALL, WIDE, answered, fold, ready, said, send, warned
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.browser


def test_a_newcomer_is_known_two_days_later(
    visit: Callable[..., Page], shots: Path, tmp_path: Path
) -> None:
    page = visit()
    expect(page.get_by_role("button", name="Load the sample month").first).to_be_visible()
    page.screenshot(path=shots / "empty-1280-light.png")

    send(page, "I adopted a corgi named Biscuit!")
    answered(page, 1)
    expect(fold(page, "Thinking")).to_contain_text("s)")

    PIL.Image.new("RGB", (64, 48), "orange").save(tmp_path / "biscuit.png")
    page.locator("#pv-box input[type=file]").set_input_files(tmp_path / "biscuit.png")
    expect(page.locator("#pv-box .thumbnail-item")).to_be_visible()
    send(page, "This is Biscuit in the park.")
    expect(page.get_by_alt_text("picture 1 of 1")).to_be_visible()
    answered(page, 2)

    page.locator("#pv-clock > button").click()
    for _ in range(2):
        clock = page.locator("#pv-clock > button").inner_text()
        page.get_by_role("button", name="+1 day").click()
        expect(page.locator("#pv-clock > button")).not_to_have_text(clock)
    page.locator("#pv-clock > button").click()

    send(page, "What is my corgi called?")
    answered(page, 3)
    expect(page.locator("#pv-chat .pv-session")).to_have_count(2)
    expect(page.locator("#pv-chat")).to_contain_text("Biscuit")
    search = fold(page, re.compile(r"Searched memory: .* [1-9]\d* hit"))
    search.locator(".title").first.click()
    expect(search.locator(".children .thought-group").first).to_contain_text("corgi")
    page.wait_for_timeout(500)  # the fold opens smoothly
    page.screenshot(path=shots / "chat-1280-light.png")

    page.reload()
    ready(page)
    expect(said(page)).to_have_count(3)
    expect(page.get_by_alt_text("picture 1 of 1")).to_be_visible()
    expect(fold(page, "Searched memory:")).to_be_visible()
    for theme, size in (("dark", WIDE), ("dark", SMALL), ("light", SMALL)):
        page.set_viewport_size(size)
        page.goto(f"{page.url.split('?')[0]}?__theme={theme}")
        ready(page)
        expect(said(page)).to_have_count(3)
        page.wait_for_timeout(700)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], "the page scrolls sideways"
        page.screenshot(path=shots / f"chat-{size['width']}-{theme}.png")


@pytest.mark.slow
def test_nothing_can_be_pressed_before_the_page_listens(browser: Browser, server: str) -> None:
    """On a slow machine the button is drawn some time before a press on it has any effect."""
    context = browser.new_context(viewport=WIDE)
    try:
        page = context.new_page()
        page.set_default_timeout(90_000)
        slow = context.new_cdp_session(page)
        slow.send("Emulation.setCPUThrottlingRate", {"rate": 5})
        page.goto(server, wait_until="commit")
        button = page.get_by_role("button", name="Load the sample month").first
        expect(button).to_be_visible(timeout=90_000)
        assert not page.evaluate("document.body.classList.contains('pv-ready')"), "too late to tell"
        button.click()  # as soon as that can reach it
        slow.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        expect(page.locator("#pv-progress progress")).to_be_visible()
        page.locator("#pv-box .stop-button").click()
        expect(page.get_by_text("The month is loaded")).to_be_visible(timeout=60_000)
    finally:
        context.close()


@pytest.mark.slow
def test_the_sample_month(visit: Callable[..., Page], shots: Path) -> None:
    page = visit()
    page.get_by_role("button", name="Load the sample month").first.click()
    expect(page.locator("#pv-progress progress")).to_be_visible()
    expect(page.get_by_text("The month is loaded")).to_be_visible(timeout=120_000)
    expect(page.locator("#pv-clock")).to_contain_text("1 Apr 2026")
    send(page, "What's my favourite pudding?")
    expect(page.locator("#pv-chat .bot").last).to_contain_text("rice pudding")
    search = fold(page, re.compile(r"Searched memory: .* [1-9]\d* hit"))
    search.locator(".title").first.click()
    page.get_by_test_id("toast-close").first.click()
    page.wait_for_timeout(700)  # the fold opens smoothly
    said(page).last.evaluate("bubble => bubble.scrollIntoView()")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=shots / "month-1280-light.png")
    for theme, size in (("dark", WIDE), ("light", SMALL)):
        page.set_viewport_size(size)
        page.goto(f"{page.url.split('?')[0]}?__theme={theme}")
        ready(page)
        expect(page.locator("#pv-chat")).to_contain_text("rice pudding")
        page.wait_for_timeout(2_000)
        page.screenshot(path=shots / f"month-{size['width']}-{theme}.png")
    a_question_about_last_march_searches_march(page)


def a_question_about_last_march_searches_march(page: Page) -> None:
    """The newest memory that fits is of April, and is found where no month is named."""
    send(page, "I cooked a green curry for Anna today.")
    expect(fold(page, "Remembered: I cooked a green curry")).to_be_visible()
    page.locator("#pv-clock > button").click()
    page.get_by_role("button", name="+30 days").click()
    expect(page.locator("#pv-clock")).to_contain_text("1 May 2026")

    found = found_for(page, "What did I cook?", "any time")
    expect(found.get_by_text("green curry").first).to_be_visible()
    found = found_for(page, "What did I cook last March?", "Sun 1 Mar 2026 – Tue 31 Mar 2026")
    expect(found.get_by_text("green curry")).to_have_count(0)
    titles = found.locator(".title")
    expect(titles.filter(has_text="Mar 2026").first).to_be_visible()
    expect(titles.filter(has_not_text="Mar 2026")).to_have_count(0)


def found_for(page: Page, question: str, span: str) -> Locator:
    """The hits of a question that is searched for in that span of time."""
    expect(page.locator("#pv-retry")).to_be_enabled()
    send(page, question)
    search = fold(page, re.compile(f"Searched memory: cook · {span} · [1-9]"))
    expect(search).to_be_visible()
    expect(page.locator("#pv-retry")).to_be_enabled()  # all is said; it is drawn anew until then
    search.locator(".title").first.click()
    expect(search.locator(".children .title").first).to_be_visible()
    return search.locator(".children")


def test_turns_can_be_stopped_asked_again_edited_and_taken_back(
    visit: Callable[..., Page],
) -> None:
    page = visit()
    send(page, "[slow] I live in Lisbon.")
    expect(page.locator("#pv-chat .bot.message")).to_contain_text("word word")
    page.locator("#pv-box .stop-button").click()
    expect(page.locator("#pv-chat .pv-ended")).to_contain_text("Stopped")
    expect(page.locator("#pv-chat .bot.message")).to_contain_text("word word")

    page.locator("#pv-edit").click()
    expect(page.locator("#pv-box textarea")).to_have_value("[slow] I live in Lisbon.")
    expect(page.locator("#pv-editing")).to_be_visible()
    page.locator("#pv-box textarea").fill("I live in Porto.")
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text(["I live in Porto."])
    expect(page.locator("#pv-editing")).to_be_hidden()
    answered(page, 1)

    send(page, "Please answer briefly. [break]")
    expect(page.locator("#pv-chat .pv-ended")).to_contain_text("Press Retry")
    page.locator("#pv-retry").click()
    expect(page.locator("#pv-chat .pv-ended")).to_have_count(0)
    answered(page, 2)
    expect(said(page)).to_have_count(2)

    page.locator("#pv-undo").click()
    expect(said(page)).to_have_text(["I live in Porto."])
    expect(page.locator("#pv-box textarea")).to_have_value("Please answer briefly. [break]")
    page.locator("#pv-box textarea").fill("")
    page.locator("#pv-undo").click()
    expect(said(page)).to_have_count(0)
    expect(page.locator("#pv-undo")).to_be_disabled()


def test_bad_input_is_told_once_and_nothing_is_lost(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit()
    page.locator("#pv-box textarea").fill("   ")
    page.keyboard.press("Enter")
    warned(page, "empty")

    long = "long " * 20_000
    page.locator("#pv-box textarea").fill(long)
    page.keyboard.press("Enter")
    warned(page, "100,000 characters")
    expect(page.locator("#pv-box textarea")).to_have_value(long)

    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n not really")
    page.locator("#pv-box textarea").fill("Look at this")
    page.locator("#pv-box input[type=file]").set_input_files(tmp_path / "broken.png")
    expect(page.locator("#pv-box .thumbnail-item")).to_be_visible()
    page.locator("#pv-box textarea").press("Enter")
    warned(page, "picture")
    expect(page.locator("#pv-box textarea")).to_have_value("Look at this")
    expect(said(page)).to_have_count(0)


def test_what_people_write_stays_text(visit: Callable[..., Page]) -> None:
    page = visit()
    hostile = (
        "<script>window.hit=1</script><img src=x onerror='window.hit=2'> **bold** "
        "![pixel](http://evil.example/p.png) [a](javascript:hit=3) <think>{UserQuery}</think>"
    )
    send(page, hostile)
    answered(page, 1)
    expect(said(page)).to_have_text([hostile])
    expect(page.locator("#pv-chat :is(script, img, a, strong)")).to_have_count(0)
    for title in page.locator(f"{FOLD} > .title").all():
        title.click()
    page.wait_for_timeout(300)
    expect(page.locator("#pv-chat :is(script, img, a)")).to_have_count(0)
    assert page.evaluate("window.hit") is None


def test_two_people_do_not_meet(visit: Callable[..., Page]) -> None:
    one, other = visit(), visit()
    send(one, "My cat is called Olive.")
    send(other, "My dog is called Rex.")
    answered(one, 1)
    answered(other, 1)
    send(other, "What is my cat called?")
    answered(other, 2)
    expect(other.locator("body")).not_to_contain_text("Olive")
    other.reload()
    ready(other)
    expect(said(other)).to_have_count(2)
    expect(other.locator("body")).not_to_contain_text("Olive")


def test_with_memory_off_nothing_is_kept(visit: Callable[..., Page]) -> None:
    page = visit()
    page.locator("#pv-settings > button").click()
    expect(page.locator("#pv-searching")).to_contain_text("exact search on the CPU (FAISS 1.")
    page.get_by_label("Memory off for this chat").check()
    expect(page.get_by_placeholder("Memory is off")).to_be_visible()
    send(page, "I have a secret garden.")
    expect(page.locator("#pv-retry")).to_be_enabled()
    expect(said(page)).to_have_text(["I have a secret garden."])
    page.reload()
    ready(page)
    expect(page.get_by_role("button", name="Load the sample month").first).to_be_visible()
    expect(said(page)).to_have_count(0)
