"""The personality and memory panels on the real page, in a browser, on a desktop and on a phone.

Each test brings its own memory along, as an archive that the page imports.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from personavlm.agent import Agent

expect.set_options(timeout=15_000)  # several people may share the machine

pytestmark = pytest.mark.browser
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
SAID = (
    "I keep all receipts in folders.",
    "Hiking with <b>ten</b> friends is what I like.",
    "My corgi is called Biscuit.",
)


@pytest.fixture
def archive(agent: Agent, picture: bytes, tmp_path: Path) -> Path:
    """What a person told in three turns of one session, the last with a picture."""
    for text in SAID:
        agent.observe(text, "I will remember that.", [picture] if "corgi" in text else [])
    agent.finish()
    file = tmp_path / "archive.zip"
    file.write_bytes(agent.memory.export())
    return file


@pytest.fixture(scope="module", params=SIZES)
def opened(request: pytest.FixtureRequest, browser: Any, server: str) -> Iterator[Any]:
    """The page of a person who was never here before; it has to stay free of errors."""
    width, height = SIZES[request.param]
    context = browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(server)
    expect(page.get_by_role("tab", name="Core 0")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Export, import, forget").click()
    page.get_by_role("button", name="Freeze, correct or reset").click()
    yield page
    context.close()
    assert not problems


@pytest.fixture
def page(request: pytest.FixtureRequest, opened: Any, archive: Path, shots: Path) -> Iterator[Any]:
    """The same page with the archive's memory: each test replaces what the last one left."""
    bring_back(opened, archive, mine=True)
    yield opened
    opened.screenshot(path=shots / f"{request.node.name}.png", full_page=True)
    sideways = opened.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert sideways <= 0, "the page scrolls sideways"


def bring_back(page: Any, archive: Path, mine: bool) -> None:
    """Import an archive; the page takes it out of the box when that is done."""
    page.locator("input[type=file][accept='.zip']").set_input_files(archive)
    expect(page.get_by_text(archive.stem, exact=True)).to_be_visible()
    if mine:
        page.get_by_label("This archive is mine").check()
    page.get_by_role("button", name="Replace my memory").click()
    expect(page.get_by_text(archive.stem, exact=True)).to_have_count(0)
    expect(page.get_by_role("tab", name="Semantic 3")).to_be_visible()


def open_semantic(page: Any) -> Any:
    page.get_by_role("tab", name="Semantic").click()
    cards = page.locator(".pv-card:visible")
    expect(cards).to_have_count(3)
    return cards


def test_search_trace_edit_delete_and_undo(page: Any) -> None:
    cards = open_semantic(page)
    dialog = page.locator("dialog[open]")

    expect(cards.nth(1)).to_contain_text("<b>ten</b>")
    expect(cards.first.get_by_role("img", name="Picture 1 of 1")).to_be_visible()
    page.get_by_role("button", name="Source: My corgi").click()
    expect(dialog).to_contain_text("I will remember that.")
    expect(dialog.get_by_role("img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    page.get_by_role("button", name="Edit: I keep all receipts").press("Enter")
    dialog.get_by_label("Memory", exact=True).fill("  ")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("cannot be empty")
    dialog.get_by_label("Memory", exact=True).fill("Keeps receipts in boxes.")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    expect(cards.last).to_contain_text("Keeps receipts in boxes.")

    page.get_by_role("checkbox", name="Select: Keeps receipts").check()
    page.get_by_role("checkbox", name="Select: Hiking").press("Space")
    page.get_by_role("button", name="Delete 2 selected").click()
    expect(cards).to_have_count(1)
    expect(page.locator(".pv-card:visible input:checked")).to_have_count(0)
    page.get_by_role("button", name="Undo the last deletion").click()
    expect(cards).to_have_count(3)

    page.get_by_label("Search memories").fill("corgi")
    expect(cards).to_have_count(1)
    page.get_by_role("textbox", name="From").fill("2100-01-01")
    expect(page.get_by_text("No memory of this kind matches")).to_be_visible()
    page.get_by_role("textbox", name="From").fill("")
    page.get_by_label("Search memories").fill("")
    expect(cards).to_have_count(3)


def test_export_forget_and_import(page: Any, tmp_path: Path) -> None:
    with page.expect_download() as download:
        page.get_by_role("button", name="Export my memory").click()
    exported = tmp_path / "exported.zip"
    download.value.save_as(exported)

    forget = page.get_by_role("button", name="Forget me", exact=True)
    forget.click()
    expect(page.get_by_text("Nothing was removed")).to_be_visible()
    page.get_by_label("Type “forget me” to confirm").fill("forget me")
    forget.click()
    expect(page.get_by_role("tab", name="Semantic 0")).to_be_visible()
    expect(page.get_by_text(SAID[2])).to_have_count(0)

    bring_back(page, exported, mine=False)
    open_semantic(page)
    expect(page.locator("#pv-chat").get_by_text(SAID[2], exact=True)).to_be_visible()


def test_looking_back_freezing_and_correcting(page: Any) -> None:
    numbers = page.locator("#pv-numbers")
    expect(numbers).to_contain_text("Step 3")
    expect(numbers).to_contain_text(SAID[2])
    outline = page.locator("#pv-radar .scatterlayer path.js-line").last
    before = outline.get_attribute("d")

    page.get_by_role("slider", name="Look back").press("ArrowLeft")
    expect(numbers).to_contain_text("Step 2")
    expect(numbers).to_contain_text(SAID[1])
    expect(outline).not_to_have_attribute("d", before)

    page.get_by_label("Frozen").check()
    expect(numbers.get_by_role("row", name="Openness frozen")).to_be_visible()
    page.get_by_role("slider", name="Look back").press("End")
    page.get_by_role("spinbutton", name="Correct value").fill("1.5")
    page.get_by_role("button", name="Set this value").click()
    expect(numbers).to_contain_text("You set a trait by hand here.")
    expect(numbers.get_by_role("row", name="Openness frozen")).to_contain_text("1.50")
    expect(page.locator("#pv-told")).to_contain_text("very practical and conventional")
