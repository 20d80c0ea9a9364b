"""report.html, opened as a file: from a figure down to a case and back, and on small and dark."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser.visiting import SMALL, WIDE
from eval.report.written import ASKED, HOSTILE, example, without_plots
from playwright.sync_api import Browser, Locator, Page, expect

from eval.report.questions import QUESTIONS
from eval.report.write import report

pytestmark = pytest.mark.browser
TITLES = {
    "overview": "report", "cases": "^Cases", "case": "50/0/1", "pairs": "replies", "pair": "50/0/1"
}  # fmt: skip
SCREENS = [
    {"viewport": size, "color_scheme": scheme}
    for size in (WIDE, SMALL)
    for scheme in ("light", "dark")
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    example(out)
    report(out, f"For everybody. {HOSTILE}")
    return out / "report.html"


@pytest.fixture
def read(browser: Browser, made: Path) -> Iterator[Callable[..., Page]]:
    """Open the report; it may fetch nothing, and nothing may complain meanwhile."""
    complaints: list[str] = []
    contexts = []

    def opened(at: str = "", path: Path = made, **how: Any) -> Page:
        contexts.append(browser.new_context(**{"viewport": WIDE, **how}))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(error.message))
        page.on("request", lambda r: complaints.append(r.url) if r.url != path.as_uri() else None)
        page.goto(path.as_uri() + at)
        return page

    yield opened
    for context in contexts:
        context.close()
    left = [text for text in complaints if not text.startswith(made.as_uri())]
    assert not left, "\n".join(left)


def cell(page: Page, method: str, group: str) -> Locator:
    """The figure of a method for a group, in the main table."""
    table = page.locator("table.figures").first
    heads = table.locator("thead th").all_inner_texts()
    place = next(n for n, head in enumerate(heads) if head.startswith(group))
    row = table.locator("tr").filter(has=page.locator("th[scope=row]", has_text=method)).first
    return row.locator("th, td").nth(place).locator("a.ours")


def items(page: Page) -> Locator:
    return page.locator(".cases > li")


def test_from_a_figure_to_its_cases_to_a_trace_and_back(read: Callable[..., Page]) -> None:
    page = read()
    figure = cell(page, "personavlm", "Memory")
    expect(figure).to_have_text("75.00")
    figure.scroll_into_view_if_needed()
    down = page.evaluate("scrollY")
    figure.click()
    expect(page.locator("h1:visible")).to_have_text("Cases")
    expect(page.get_by_role("status")).to_have_text("4 cases, 3 right")
    expect(page.get_by_label("Group", exact=True)).to_have_value("Memory")
    items(page).filter(has_text=ASKED).locator("a").click()
    expect(page.locator("h1:visible")).to_have_text("50/0/1")
    expect(page.locator("tr", has_text="as published")).to_contain_text("wrong")
    expect(page.locator("tr", has_text="our own")).to_contain_text("right")
    expect(page.locator(".options .gold")).to_contain_text("right answer")
    expect(page.locator(".trace")).to_contain_text("I look for the <b>cat</b>.")
    expect(page.locator(".trace .search")).to_contain_text("“cat, Moss”, from 2024-07-01 00:00")
    expect(page.locator(".hits tbody tr")).to_contain_text("its keywords match (0.41)")
    expect(page.locator("#view .facts")).to_contain_text("900 read (0 of them cached), 30 written")
    page.go_back()
    expect(page.get_by_role("status")).to_have_text("4 cases, 3 right")
    expect(items(page).filter(has_text=ASKED).locator("a")).to_be_focused()
    page.go_back()
    expect(figure).to_be_visible()
    expect(figure).to_be_focused()
    assert abs(page.evaluate("scrollY") - down) < 5


def test_from_a_comparison_to_both_replies_and_every_verdict(read: Callable[..., Page]) -> None:
    page = read()
    row = page.locator("#comparison-table tbody").filter(has_text="fair").locator("tr").first
    expect(row.locator("a.ours")).to_have_text(["83.3", "0.0", "16.7", "0.0"])
    row.locator("a.ours", has_text="16.7").click()
    expect(page.locator("h1:visible")).to_have_text("Compared replies")
    expect(page.get_by_role("status")).to_have_text("1 question, 1 loses")
    expect(page.get_by_label("Judge", exact=True)).to_have_value("1")
    page.get_by_label("Outcome", exact=True).select_option("differ")
    expect(page.get_by_role("status")).to_have_text("5 questions, 5 wins")
    page.get_by_label("Judge", exact=True).select_option("0")
    expect(page.get_by_role("status")).to_have_text("5 questions, 5 ties")
    page.get_by_label("Text", exact=True).fill(ASKED)
    expect(items(page)).to_have_count(1)
    items(page).locator("a").click()
    expect(page.locator("h1:visible")).to_have_text("50/0/1")
    verdicts = page.locator(".judging tbody tr")
    expect(verdicts).to_have_count(6)
    expect(verdicts.nth(0)).to_contain_text("the two orders differ: a tie")
    expect(verdicts.nth(2)).to_contain_text("loses")
    expect(verdicts.nth(2)).to_contain_text("as A“Wins”judge-of-the-server")
    expect(verdicts.nth(3)).to_contain_text("fair at http://127.0.0.1:1/v1wins")
    expect(page.locator(".said").nth(0)).to_have_text(ASKED)
    expect(page.locator(".said").nth(2)).to_contain_text(HOSTILE)
    expect(page.locator(".said").nth(3)).to_have_text("(a)")
    expect(page.locator("#view .trace")).to_contain_text("I look for the <b>cat</b>.")
    page.get_by_text("What the judge was told of the person").click()
    expect(page.locator("#view pre").first).to_contain_text(f'"Ada {HOSTILE[:9]}')
    assert page.locator("img").count() == 0
    page.go_back()
    expect(items(page)).to_have_count(1)
    expect(items(page).locator("a")).to_be_focused()


def test_from_a_cost_to_the_answers_that_it_is_the_mean_of(read: Callable[..., Page]) -> None:
    page = read()
    page.locator("#efficiency-table a").first.click()
    expect(page.get_by_label("Benchmark", exact=True)).to_have_value("Table 11: persona-mme 32k")
    expect(page.get_by_role("status")).to_have_text("28 cases, 28 right")
    expect(items(page).first).to_contain_text("1,040 tokens")
    items(page).first.locator("a").click()
    expect(page.locator("#view .facts")).to_contain_text("1,000 read (250 of them cached)")


def test_cases_are_filtered_and_the_address_says_how(read: Callable[..., Page]) -> None:
    page = read()
    page.get_by_role("link", name="Cases").click()
    expect(page.get_by_role("status")).to_contain_text("84 cases")
    page.get_by_label("Method", exact=True).select_option(label="personavlm (sglang: org/model)")
    expect(page.get_by_role("status")).to_have_text("28 cases, 26 right, 1 failed")
    page.get_by_label("Outcome", exact=True).select_option("failed")
    expect(items(page)).to_have_count(1)
    expect(items(page)).to_contain_text("What did I say, 5?")
    page.get_by_label("Outcome", exact=True).select_option("wrong")
    expect(items(page)).to_have_count(2)
    page.get_by_label("Outcome", exact=True).select_option("differ")
    expect(items(page)).to_contain_text("What did I say, 0?")
    page.get_by_label("Outcome", exact=True).select_option("")
    page.get_by_label("Group", exact=True).select_option("Intent")
    expect(items(page)).to_have_count(4)
    page.get_by_label("Group", exact=True).select_option("")
    page.get_by_label("Text", exact=True).fill("SAY, 25?")
    expect(items(page)).to_have_count(3)  # the question, and its two replies
    page.reload()
    expect(page.get_by_label("Text", exact=True)).to_have_value("SAY, 25?")
    expect(items(page)).to_have_count(3)
    page.get_by_label("Text", exact=True).fill("nobody asked this")
    expect(page.get_by_role("status")).to_have_text("0 cases")


def test_a_case_can_be_linked_to_and_leads_on(read: Callable[..., Page]) -> None:
    page = read()
    cell(page, "personavlm", "Memory").click()
    items(page).nth(1).locator("a").click()
    expect(page.locator("h1:visible")).not_to_have_text("Cases")
    title = page.locator("h1:visible").inner_text()
    again = read(page.url[page.url.index("#") :])
    expect(again.locator("h1:visible")).to_have_text(title)
    expect(again.locator(".steps")).to_contain_text("2 of 4")
    again.get_by_role("link", name="Next").click()
    expect(again.locator(".steps")).to_contain_text("3 of 4")
    again.locator("#view table a", has_text="first").click()
    expect(again.locator("#view .lead")).to_contain_text("first · persona-mme 32k")
    again.get_by_role("link", name="← All cases of this list").click()
    expect(again.get_by_role("status")).to_have_text("4 cases, 3 right")


def test_hostile_text_stays_text(read: Callable[..., Page]) -> None:
    page = read()
    expect(page.locator("#overview .warning").first).to_have_text(f"For everybody. {HOSTILE}")
    cell(page, "personavlm", "Memory").click()
    items(page).filter(has_text=ASKED).locator("a").click()
    expect(page.locator(".said").nth(1)).to_contain_text(HOSTILE)
    expect(page.locator(".hits")).to_contain_text(f"Moss {HOSTILE}")
    expect(page.locator("#view")).to_contain_text(f"full {HOSTILE}")
    assert page.locator("img").count() == 0
    assert page.title() == "50/0/1 · PersonaVLM"
    page = read("#case?in=persona-mme-32k/personavlm&case=50/1/6")
    expect(page.locator("#view .warning")).to_contain_text(f"damaged {HOSTILE}")
    assert page.locator("img").count() == 0
    page = read("#case?in=<img src=x>&case=<b>")
    expect(page.locator("h1:visible")).to_have_text("This cannot be shown")


@pytest.mark.parametrize("how", SCREENS)
def test_no_screen_scrolls_sideways(
    read: Callable[..., Page], shots: Path, how: dict[str, Any]
) -> None:
    page = read(**how)
    name = f"report-{how['viewport']['width']}-{how['color_scheme']}"
    for details in page.locator("#overview details").all():
        details.evaluate("one => one.open = true")
    for view, step in (
        ("overview", lambda: expect(page.locator("#overview")).to_be_visible()),
        ("cases", lambda: cell(page, "personavlm", "Memory").click()),
        ("case", lambda: items(page).filter(has_text=ASKED).locator("a").click()),
        ("pairs", lambda: page.get_by_role("link", name="Compared replies").click()),
        ("pair", lambda: items(page).filter(has_text=ASKED).locator("a").click()),
    ):
        step()
        expect(page.locator("main:visible h1")).to_have_text(re.compile(TITLES[view]))
        page.screenshot(path=shots / f"{name}-{view}.png", full_page=view != "overview")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= how["viewport"]["width"], view


def test_dark_is_dark_in_the_plots_too(read: Callable[..., Page]) -> None:
    colour = "one => getComputedStyle(one).fill"
    light, dark = (
        read(color_scheme=scheme).locator("figure svg text").first.evaluate(colour)
        for scheme in ("light", "dark")
    )
    assert light == "rgb(31, 30, 27)"
    assert dark == "rgb(239, 239, 236)"


def test_with_the_keyboard_alone(read: Callable[..., Page]) -> None:
    page = read()
    cell(page, "personavlm", "Memory").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1:visible")).to_have_text("Cases")
    expect(page.locator("h1:visible")).to_be_focused()
    for _ in range(6):  # five filters, then the first case
        page.keyboard.press("Tab")
    expect(items(page).first.locator("a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#view .trace")).to_be_visible()
    page.go_back()
    expect(items(page).first.locator("a")).to_be_focused()


def test_without_its_questions_a_case_says_where_they_are(
    read: Callable[..., Page], tmp_path: Path
) -> None:
    example(tmp_path)
    (tmp_path / "persona-mme-32k/personavlm" / QUESTIONS).unlink()
    (tmp_path / "report.html").write_text(without_plots(tmp_path), "utf-8")
    at = "#case?in=persona-mme-32k/personavlm&case=50/0/1"
    page = read(at, tmp_path / "report.html")
    expect(page.locator("#view")).to_contain_text("does not hold its questions")
    expect(page.locator("#view")).to_contain_text("Persona-MME.json:1.")
    expect(page.locator(".trace")).to_be_visible()
