"""Objects as HTML: the tab's cards, where an object was seen, and the choice of one to merge with.

As in `memory_cards`, every word of a person or a memory passes `inert_html` or `escape`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from personavlm.memory.objects import ANYTHING
from personavlm.records import Crop, Object, Turn
from personavlm.ui.memory_cards import act_button, pager, picture, toolbar
from personavlm.ui.memory_rows import Page
from personavlm.ui.pictures import name_button
from personavlm.ui.text import count, day, inert_html, moment

CROP, VIEW, SOURCE, CHOICE = 360, 240, 640, 96  # pixels; shown at half of that
MOST_CHOICES = 60

EXPLAINED = "What is recognised in a new picture: what you told about with one, or named yourself."
EMPTY = "Nothing yet. Send a picture, press “Name something in it” and say what that is."
_RENAME = (
    '<form class="pv-rename" hidden><label>Name<input name="name" maxlength="80" required '
    'autocomplete="off"></label><label>What it is<input name="category" maxlength="80" '
    'autocomplete="off"></label><div class="pv-row"><button type="button" data-act="keep-name">'
    'Cancel</button><button type="submit" class="pv-primary">Save</button></div></form>'
)


def sight_html(note: str) -> str:
    """What recognises objects here, in one line; commands stand between backticks."""
    parts = inert_html(note).split("`")
    told = "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))
    return f'<p class="pv-note pv-sight">{told}</p>'


def objects_html(page: Page[Object], filtered: bool) -> str:
    """The list of the tab."""
    explained = f'<p class="pv-note">{EXPLAINED}</p>'
    if not page.total:
        nothing = "No object matches your search." if filtered else EMPTY
        return f'{explained}<p class="pv-empty">{nothing}</p>'
    cards = "".join(object_card(each) for each in page.rows)
    return (
        f"{explained}{toolbar(page, filtered)}"
        f'<ul class="pv-cards pv-grid" aria-label="Objects">{cards}</ul>{pager(page)}'
    )


def object_card(known: Object) -> str:
    """Its newest view stands for it. `data-name` and `data-category` are what a rename begins
    with."""
    id, label, last = f"object:{known.id}", inert_html(known.name), known.crops[-1]
    views = act_button("source", count(len(known.crops), "view"), id, label)
    note = f'<div class="pv-text pv-remark">{inert_html(last.note)}</div>' if last.note else ""
    return (
        f'<li class="pv-card pv-object" data-object="{id}" data-name="{escape(known.name)}" '
        f'data-category="{escape(kind_of(known))}"><div class="pv-crop">'
        f'<input type="checkbox" value="{id}" aria-label="Select: {label}">'
        f"{picture(last.image, label, CROP)}</div>"
        f'<div class="pv-body"><div class="pv-named">{_title(known)}</div>{_RENAME}'
        f'<div class="pv-when pv-seen">{_dates(known)}{views}</div>{note}<div class="pv-acts">'
        f"{act_button('rename', 'Rename', id, label)}{act_button('merge', 'Merge', id, label)}"
        f"{act_button('remove', 'Delete', id, label)}</div></div></li>"
    )


def kind_of(known: Object) -> str:
    """What it is, where that is known; else empty."""
    return "" if known.category == ANYTHING else known.category


def _title(known: Object) -> str:
    kind = kind_of(known)
    said = f' <span class="pv-kind">{inert_html(kind)}</span>' if kind else ""
    return f"<strong>{inert_html(known.name)}</strong>{said}"


def _dates(known: Object) -> str:
    first, last = (day(crop.time) for crop in (known.crops[0], known.crops[-1]))
    return first if first == last else f"{first} – {last}"


# -- its views ---------------------------------------------------------------------------------


def views_html(known: Object, find_turn: Callable[[int], Turn]) -> str:
    """Each view with the picture that it is a part of and the message which that came with."""
    several = len(known.crops) > 1  # the last one goes with its object
    views = "".join(
        _view(crop, None if crop.turn is None else find_turn(crop.turn), several)
        for crop in reversed(known.crops)
    )
    note = (
        "It is recognised in new pictures by this view:"
        if len(known.crops) == 1
        else f"It is recognised in new pictures by these {len(known.crops)} views:"
    )
    return (
        f'<blockquote class="pv-text">{_title(known)}</blockquote><p class="pv-note">{note}</p>'
        f"{views}"
    )


def _view(crop: Crop, turn: Turn | None, removable: bool) -> str:
    note = f'<div class="pv-text">{inert_html(crop.note)}</div>' if crop.note else ""
    part = "" if _is_whole(crop) else f"<figure>{picture(crop.image, 'This view', VIEW)}</figure>"
    said = f'<h4>You</h4><div class="pv-text">{inert_html(turn.text)}</div>' if turn else ""
    remove = act_button("remove", "Delete this view", f"crop:{crop.id}", moment(crop.time))
    return (
        f'<article class="pv-exchange"><div class="pv-when">{moment(crop.time)}</div>{note}'
        f'<div class="pv-sides">{part}<figure>{_boxed(crop)}{name_button(crop.source)}</figure>'
        f"</div>{said}{remove if removable else ''}</article>"
    )


def _is_whole(crop: Crop) -> bool:
    return crop.image.hash == crop.source.hash


def _boxed(crop: Crop) -> str:
    """The source, with the box drawn where the object is."""
    box, width, height = crop.box, crop.source.width, crop.source.height
    edges = {
        "left": box.left / width,
        "top": box.top / height,
        "width": (box.right - box.left) / width,
        "height": (box.bottom - box.top) / height,
    }
    place = ";".join(f"{edge}:{100 * share:.2f}%" for edge, share in edges.items())
    frame = "" if _is_whole(crop) else f'<i style="{place}"></i>'
    source = picture(crop.source, "The whole picture", SOURCE)
    return f'<span class="pv-boxed">{source}{frame}</span>'


# -- merging -----------------------------------------------------------------------------------


def choices_html(kept: Object, others: Sequence[Object]) -> str:
    """The objects that could be the same, those that are called or are the same first."""

    def unlike(other: Object) -> tuple[bool, bool]:
        return (
            other.name.casefold() != kept.name.casefold(),
            other.category.casefold() != kept.category.casefold(),
        )

    near = sorted(others, key=unlike)[:MOST_CHOICES]
    items = "".join(
        f'<label class="pv-choice"><input type="radio" name="other" value="object:{each.id}" '
        f"required>{picture(each.crops[-1].image, '', CHOICE)}<span>{_title(each)}"
        f'<span class="pv-when">{_dates(each)} · {count(len(each.crops), "view")}</span></span>'
        "</label>"
        for each in near
    )
    more = len(others) - len(near)
    told = f'<p class="pv-note">{more:,} more: give both the same name to find them here.</p>'
    return f'<div class="pv-choices">{items}</div>{told if more else ""}'
