"""Naming something in a picture and knowing it again, on the real page in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from browser.visiting import SMALL, answered, fold, send
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

Box = tuple[float, float, float, float]  # left, top, right, bottom
TOY: Box = (180, 120, 420, 360)


def draw_toy(path: Path, size: tuple[int, int], box: Box, ground: str) -> Path:
    """A striped ball with eyes."""
    picture = Image.new("RGB", size, ground)
    brush = ImageDraw.Draw(picture)
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    brush.ellipse(box, fill="#d9701e", outline="#5b2c0a", width=3)
    for x in (left + width * part / 6 for part in range(1, 6)):
        brush.line((x, top + 0.2 * height, x, bottom - 0.2 * height), "#fff3d6", int(width / 30))
    for eye in (0.3, 0.58):
        x, y = left + eye * width, top + 0.3 * height
        brush.ellipse((x, y, x + 0.12 * width, y + 0.12 * height), fill="black")
    picture.save(path)
    return path


def send_picture(page: Page, text: str, file: Path) -> None:
    page.locator("#pv-box input[type=file]").set_input_files(file)
    expect(page.locator("#pv-box .thumbnail-item")).to_be_visible()
    send(page, text)


def open_naming(page: Page) -> Locator:
    page.locator("#pv-chat").get_by_role("button", name="Name something in it").last.click()
    dialog = page.locator("dialog.pv-naming")
    expect(dialog).to_be_visible()
    return dialog


def corners(dialog: Locator, box: Box, size: tuple[int, int]) -> Box:
    """Where a box of a picture of that size is on the screen."""
    stage = dialog.locator(".pv-stage").bounding_box()
    assert stage is not None
    x, y = stage["width"] / size[0], stage["height"] / size[1]
    left, top, right, bottom = box
    return (
        *(stage["x"] + left * x, stage["y"] + top * y),
        *(stage["x"] + right * x, stage["y"] + bottom * y),
    )


def save(dialog: Locator, name: str, kind: str = "") -> None:
    dialog.get_by_label("Name", exact=True).fill(name)
    if kind:
        dialog.get_by_label("What it is").fill(kind)
    dialog.get_by_role("button", name="Save").click()


def test_what_is_named_in_one_picture_is_known_in_another(
    visit: Callable[..., Page], shots: Path, tmp_path: Path
) -> None:
    page = visit()
    send_picture(page, "Look.", draw_toy(tmp_path / "1.png", (640, 480), TOY, "#9fc7a0"))
    answered(page, 1)

    dialog = open_naming(page)
    expect(dialog).to_contain_text("The whole picture: 640 × 480 pixels")
    left, top, right, bottom = corners(dialog, TOY, (640, 480))
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(right, bottom, steps=3)
    page.mouse.up()
    expect(dialog).to_contain_text(re.compile(r"This part:\s2(39|40|41) × 2(39|40|41) pixels"))
    save(dialog, "  ")
    expect(dialog.get_by_role("alert")).to_contain_text("needs a name")
    expect(dialog).to_contain_text("This part:")
    page.screenshot(path=shots / "naming-1280-light.png")
    save(dialog, "<b>Bobo</b>", "toy")
    expect(dialog).to_be_hidden()

    page.get_by_role("tab", name="Objects 1").click()
    cards = page.locator(".pv-object")
    expect(cards).to_contain_text("<b>Bobo</b> toy")
    expect(page.get_by_text("Told apart by colour and texture.")).to_be_visible()
    cards.get_by_role("button", name="Rename").click()
    cards.get_by_label("Name", exact=True).fill("Bobo")
    cards.get_by_label("Name", exact=True).press("Enter")
    expect(cards).to_contain_text("Bobo toy")
    expect(cards.get_by_label("Name", exact=True)).to_be_hidden()

    ball = draw_toy(tmp_path / "2.png", (480, 480), (40, 60, 440, 430), "#c9cfe0")
    send_picture(page, "Who is this?", ball)
    answered(page, 2)
    expect(page.locator("#pv-chat .bot.message").last).to_contain_text("Bobo")
    found = fold(page, "Recognised in your picture: Bobo")
    found.locator(".title").first.click()
    expect(found.get_by_alt_text("picture from memory")).to_be_visible()
    expect(found).to_contain_text("Why: looks like Bobo")
    page.wait_for_timeout(500)  # the fold opens smoothly
    page.screenshot(path=shots / "recognised-1280-light.png")

    dialog = open_naming(page)
    save(dialog, "Ball")
    expect(dialog).to_be_hidden()
    expect(cards).to_have_count(2)
    page.get_by_role("button", name="Merge: Bobo").click()
    page.get_by_role("radio", name="Ball").check()
    page.locator("dialog.pv-merge").get_by_role("button", name="Merge").click()
    expect(cards).to_have_count(1)
    page.get_by_role("button", name="2 views: Bobo").click()
    views = page.locator("dialog[open]")
    expect(views).to_contain_text("Who is this?")
    expect(views.locator(".pv-boxed i")).to_have_count(1)
    page.keyboard.press("Escape")
    undo = page.get_by_role("button", name="Undo the last deletion")
    undo.click()
    expect(cards).to_have_count(2)

    page.get_by_role("button", name="Delete: Bobo").click()
    expect(cards).to_have_count(1)
    expect(page.locator("#pv-chat")).to_contain_text("picture: what was deleted since")
    undo.click()
    expect(cards).to_have_count(2)
    expect(page.locator("#pv-chat")).to_contain_text("Recognised in your picture: Bobo")

    dialog = open_naming(page)
    save(dialog, "Bobo", "toy")
    page.get_by_role("button", name="2 views: Bobo").click()
    expect(views).to_contain_text("by these 2 views")
    page.wait_for_timeout(300)
    page.screenshot(path=shots / "views-1280-light.png")
    views.get_by_role("button", name="Delete this view").first.click()
    expect(views).to_be_hidden()
    expect(page.get_by_role("button", name="1 view: Bobo")).to_be_visible()
    undo.click()
    expect(page.get_by_role("button", name="2 views: Bobo")).to_be_visible()


def test_a_box_is_drawn_with_a_finger_or_the_keyboard(
    visit: Callable[..., Page], shots: Path, tmp_path: Path
) -> None:
    page = visit(viewport=SMALL, has_touch=True, is_mobile=True)
    picture = draw_toy(tmp_path / "1.png", (640, 480), TOY, "#9fc7a0")
    send_picture(page, "Look.", picture)
    answered(page, 1)

    dialog = open_naming(page)
    left, top, right, bottom = corners(dialog, TOY, (640, 480))
    touch = page.context.new_cdp_session(page)
    for what, points in (
        ("touchStart", [{"x": left, "y": top}]),
        ("touchMove", [{"x": (left + right) / 2, "y": (top + bottom) / 2}]),
        ("touchMove", [{"x": right, "y": bottom}]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": what, "touchPoints": points})
    taken = dialog.get_by_role("status").filter(has_text="pixels")
    expect(taken).to_contain_text(re.compile(r"This part:\s2\d\d × 2\d\d pixels"))
    page.screenshot(path=shots / "naming-390-light.png")

    dialog.get_by_role("button", name="Whole picture").click()
    expect(taken).to_contain_text("The whole picture")
    frame = dialog.get_by_role("group", name="The box")
    for _ in range(20):
        frame.press("Shift+ArrowLeft")
        frame.press("Shift+ArrowUp")
    for _ in range(10):
        frame.press("ArrowRight")
    expect(taken).to_contain_text("This part: 320 × 240 pixels")
    save(dialog, "Half", "thing")
    expect(dialog).to_be_hidden()
    page.get_by_role("tab", name="Objects 1").click()
    page.get_by_role("button", name="1 view: Half").click()
    place = page.locator("dialog[open] .pv-boxed i").get_attribute("style")
    assert place == "left:25.00%;top:0.00%;width:50.00%;height:50.00%"
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
