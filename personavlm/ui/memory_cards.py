"""Memories as cards: the HTML of the panel's lists and of the dialog that shows a source.

Pure functions from rows to HTML. Every word of a person, a model or a memory passes `inert_html`.
What the buttons do is in `memory_script`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from personavlm.records import Image, MemoryType, Turn
from personavlm.ui.memory_rows import PAGE_SIZE, Page, Row, when
from personavlm.ui.pictures import NAME_IT, data_uri, nameable
from personavlm.ui.text import count, day, inert_html, moment

THUMBNAIL = 96  # pixels, shown at half of that: sharp on a phone too
MOST_THUMBNAILS = 4
LABEL_LENGTH = 60

EXPLAINED = {
    MemoryType.CORE: "What you are like and who you are, such as your name. "
    "The newest value counts; earlier ones are kept below it.",
    MemoryType.SEMANTIC: "Single facts and preferences, each saved from one message.",
    MemoryType.EPISODIC: "What your conversations were about, one topic at a time, "
    "saved when a conversation ends.",
    MemoryType.PROCEDURAL: "Up to five goals and habits of yours, saved when a conversation ends.",
}
EMPTY = {
    MemoryType.CORE: "Nothing yet. Say something about yourself, then end the conversation.",
    MemoryType.SEMANTIC: "Nothing yet. Tell it something you like, own or plan.",
    MemoryType.EPISODIC: "Nothing yet. Topics appear here after a conversation ends.",
    MemoryType.PROCEDURAL: "Nothing yet. Goals and habits appear here after a conversation ends.",
}


def list_html(
    kind: MemoryType, page: Page[Row], filtered: bool, pictures: Mapping[str, Sequence[Image]]
) -> str:
    """The whole of one tab. `pictures` gives those of a row's source turns by the row's id."""
    explained = f'<p class="pv-note">{EXPLAINED[kind]}</p>'
    if not page.total:
        nothing = "No memory of this kind matches your search." if filtered else EMPTY[kind]
        return f'{explained}<p class="pv-empty">{nothing}</p>'
    cards = "".join(card(row, pictures.get(row.id, ())) for row in page.rows)
    return (
        f"{explained}{toolbar(page, filtered)}"
        f'<ul class="pv-cards" aria-label="{kind.capitalize()} memories">{cards}</ul>{pager(page)}'
    )


def failure_html(message: str) -> str:
    return f'<p class="pv-empty" role="alert">{inert_html(message)}</p>'


def toolbar(page: Page[Any], filtered: bool) -> str:
    found = f'<span class="pv-found">{page.total:,} found</span>' if filtered else ""
    return (
        '<div class="pv-tools"><label><input type="checkbox" data-all> '
        f"Select all{' on this page' if page.pages > 1 else ''}</label>{found}"
        '<button type="button" data-act="remove-selected" disabled>Delete selected</button></div>'
    )


def pager(page: Page[Any]) -> str:
    if page.pages == 1:
        return ""

    def button(label: str, number: int) -> str:
        off = "" if 0 <= number < page.pages else " disabled"
        return f'<button type="button" data-act="page" data-page="{number}"{off}>{label}</button>'

    shown = f"{page.first:,}–{page.last:,} of {page.total:,}"
    return (
        f'<nav class="pv-pager" aria-label="Pages of {PAGE_SIZE}">'
        f"{button('Newer', page.number - 1)}<span>{shown}</span>"
        f"{button('Older', page.number + 1)}</nav>"
    )


def card(row: Row, pictures: Sequence[Image] = ()) -> str:
    """One memory. Buttons name the memory for those who do not see where they are."""
    label = inert_html(_short(f"{row.key}: {row.text}" if row.key else row.text))
    ids = escape(" ".join(row.ids))
    key = f"<strong>{inert_html(row.key)}</strong> " if row.key else ""
    edited = ' <span class="pv-mark">edited</span>' if row.edited else ""
    past, tone = "", "pv-text"
    if row.superseded:
        told = f"No longer current since {moment(row.superseded)}"
        past, tone = f'<div class="pv-when pv-mark">{told}</div>', "pv-text pv-past"
    return (
        f'<li class="pv-card"><input type="checkbox" value="{ids}" aria-label="Select: {label}">'
        f'<div class="pv-body"><div class="pv-top"><span class="pv-when">{when(row)}{edited}</span>'
        f'<span class="pv-acts">{act_button("source", "Source", row.id, label)}'
        f"{act_button('edit', 'Edit', row.id, label)}{act_button('remove', 'Delete', ids, label)}"
        f'</span></div>{past}<div class="{tone}">{key}{inert_html(row.text)}</div>'
        f"{_keywords(row.keywords)}{_thumbnails(pictures)}{_earlier(row)}</div></li>"
    )


def act_button(act: str, word: str, ids: str, label: str) -> str:
    """`act` is what `LIST_JS` does; `label` names what it is done to, and is escaped already."""
    return (
        f'<button type="button" data-act="{act}" data-ids="{ids}" aria-label="{word}: {label}">'
        f"{word}</button>"
    )


def _keywords(keywords: Sequence[str]) -> str:
    if not keywords:
        return ""
    items = "".join(f"<li>{inert_html(keyword)}</li>" for keyword in keywords)
    return f'<ul class="pv-keywords" aria-label="Keywords">{items}</ul>'


def _thumbnails(pictures: Sequence[Image]) -> str:
    """Small pictures; several turns may have sent the same one."""
    if not pictures:
        return ""
    distinct = list({image.hash: image for image in pictures}.values())
    shown = "".join(
        _thumbnail(image, f"Picture {number} of {len(distinct)}")
        for number, image in enumerate(distinct[:MOST_THUMBNAILS], 1)
    )
    more = len(distinct) - MOST_THUMBNAILS
    return f'<div class="pv-thumbs">{shown}{f"<span>+{more}</span>" if more > 0 else ""}</div>'


def _thumbnail(image: Image, alt: str) -> str:
    """Small, but something can be named in it too."""
    return (
        f'<button type="button" class="pv-name-it" value="{image.hash}" title="{NAME_IT}">'
        f"{picture(image, alt, THUMBNAIL)}</button>"
    )


def picture(image: Image, alt: str, side: int) -> str:
    """`alt` is ours, or escaped already."""
    address = data_uri(image, side)
    if not address:
        return '<em class="pv-mark">(this picture is no longer there)</em>'
    return f'<img src="{address}" alt="{alt}">'


def _earlier(row: Row) -> str:
    """The superseded values of a key, folded."""
    if not row.earlier:
        return ""
    items = "".join(
        f'<li><div class="pv-top"><span class="pv-when">{day(old.time)}'
        f"{f' – {day(old.superseded)}' if old.superseded else ''}</span>"
        f"{act_button('remove', 'Delete', old.id, inert_html(_short(old.text)))}</div>"
        f'<div class="pv-text">{inert_html(old.text)}</div></li>'
        for old in row.earlier
    )
    title = count(len(row.earlier), "earlier value")
    return f'<details class="pv-earlier"><summary>{title}</summary><ol>{items}</ol></details>'


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LABEL_LENGTH else line[: LABEL_LENGTH - 1].rstrip() + "…"


def source_html(text: str, reason: str, turns: Sequence[Turn], note: str) -> str:
    """What the source dialog shows: the memory, why it was saved, and the exchange it came from."""
    why = f'<p class="pv-note">Saved because: {inert_html(reason)}</p>' if reason else ""
    exchanges = "".join(exchange_html(turn) for turn in turns)
    return (
        f'<blockquote class="pv-text">{inert_html(text)}</blockquote>{why}'
        f'<p class="pv-note">{note}</p>{exchanges}'
    )


def exchange_html(turn: Turn) -> str:
    pictures = "".join(
        nameable(image, f"Picture {number} of {len(turn.images)}")
        for number, image in enumerate(turn.images, 1)
    )
    reply = inert_html(turn.reply) if turn.reply else "<em>(no reply was finished)</em>"
    said = f'<div class="pv-text">{inert_html(turn.text)}</div>' if turn.text else ""
    return (
        f'<article class="pv-exchange"><div class="pv-when">{moment(turn.time)}</div>'
        f"<h4>You</h4>{said}"
        f"{f'<div class=pv-sent>{pictures}</div>' if pictures else ''}"
        f'<h4>Reply</h4><div class="pv-text">{reply}</div></article>'
    )
