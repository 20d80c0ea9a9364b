"""Escaping: what people write comes out of the Markdown renderer as it went in."""

from __future__ import annotations

import html
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from personavlm.records import Usage, Window
from personavlm.ui.text import cost, count, inert_html, inert_markdown, reply_markdown, span

MARKDOWN = MarkdownIt("gfm-like", {"html": True, "linkify": False}).enable("table")

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](http://evil.example/p.png)",
    "[x](javascript:alert(1))",
    "**bold** _it_ ~~no~~ `code`",
    "# head\n## head",
    "- one\n- two\n+ three\n1. four\n2) five",
    "> quote",
    "    indented code",
    "```\nfence\n```",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "head\n====\nhead\n----\n---\n***",
    "http://a.example https://b.example www.c.example d@e.example",
    "<think>{UserQuery}</think> &amp; &#42; \\*",
    "$$x$$ \\(y\\)",
    "[1]: http://a.example\n[1]",
    "<https://a.example>",
]


def shown(source: str) -> str:
    """What a browser shows of rendered Markdown, without its paragraphs."""
    rendered = MARKDOWN.render(source).replace("<br>", "").replace("<br />", "")
    body = rendered.replace("<p>", "").replace("</p>", "")
    assert "<" not in body, f"something was interpreted: {rendered!r}"
    return html.unescape(body).replace("\xa0", " ")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_letter_by_letter(text: str) -> None:
    lines = [line for line in shown(inert_markdown(text)).split("\n") if line.strip()]
    assert lines == [line for line in text.split("\n") if line.strip()]


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=60))
def test_any_line_is_shown_letter_by_letter(text: str) -> None:
    assert shown(inert_markdown(text)).split() == text.split()


def test_plain_sentences_stay_readable_in_the_source() -> None:
    """Screen readers are given the source: ordinary punctuation must not become numbers."""
    sentence = "Well, it's 9:30 - isn't it? (Yes.) \"Fine\"; 3.5 km!"
    assert inert_markdown(sentence) == sentence


def test_a_reply_keeps_its_markdown_but_loads_and_runs_nothing() -> None:
    rendered = MARKDOWN.render(reply_markdown("**bold** <b>x</b> ![p](http://evil.example/p.png)"))
    assert "<strong>bold</strong>" in rendered
    assert "<b>" not in rendered and "<img" not in rendered and "<a" not in rendered


def test_code_in_a_reply_is_left_alone() -> None:
    code = "```python\na[0] < b & c\n```\nand `x[1]`"
    assert reply_markdown(code) == code
    assert "mermaid" not in reply_markdown("```mermaid\ngraph\n```")
    assert reply_markdown("```\n<b> never closed") == "```\n<b> never closed"


def test_html_is_escaped_with_line_breaks() -> None:
    assert inert_html("<b>\n'\"&") == "&lt;b&gt;<br>&#x27;&quot;&amp;"


def test_spans_of_time_in_words() -> None:
    first, last = datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 31, 9, tzinfo=UTC)
    assert span(Window()) == "any time"
    assert span(Window(first)) == "since Sun 1 Mar 2026"
    assert span(Window(None, last)) == "until Tue 31 Mar 2026"
    assert span(Window(first, last)) == "Sun 1 Mar 2026 – Tue 31 Mar 2026"
    assert span(Window(first, first.replace(hour=20))) == "Sun 1 Mar 2026"


def test_counts_and_costs() -> None:
    assert [count(1, "hit"), count(0, "hit"), count(1200, "hit")] == [
        "1 hit",
        "0 hits",
        "1,200 hits",
    ]
    assert cost(Usage(1200, 30, 0, 1.26), "sglang") == "1,200 + 30 tokens · 1.3 s · sglang"
    assert cost(Usage(1, 1, 0, 0.01), "preview").endswith("under 0.1 s · preview")
