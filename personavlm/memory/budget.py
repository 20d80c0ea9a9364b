"""How much of what a search found goes into the prompt: turns by tokens, pictures by number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from personavlm.records import Hit, Image, MemoryType, Turn

BYTES = 4  # of UTF-8 to a token, about: four letters of English, or one and a third of Chinese


def length(turn: Turn) -> int:
    """About how many tokens a turn takes in a prompt: there is no tokenizer down here."""
    return (len(turn.text.encode()) + len((turn.reply or "").encode())) // BYTES + 1


def within_budget(
    turns: Sequence[Turn], near: Mapping[int, float], budget: int
) -> tuple[Turn, ...]:
    """As many turns as fit, the nearest to the question first; at least one; in time order."""
    ranked = sorted(turns, key=lambda turn: -near.get(turn.id, float("-inf")))
    kept: set[int] = set()
    for turn in ranked:
        if kept and length(turn) > budget:
            continue
        kept.add(turn.id)
        budget -= length(turn)
    return tuple(turn for turn in turns if turn.id in kept)


def pictures(turns: Iterable[Turn]) -> tuple[Image, ...]:
    """The pictures of some turns, none twice."""
    return tuple({image.hash: image for turn in turns for image in turn.images}.values())


def within_image_budget(hits: Sequence[Hit], budget: int) -> tuple[Hit, ...]:
    """Keep the pictures of the best hits only, and none twice; a hit counts those left out."""
    kept: list[Hit] = []
    seen: set[str] = set()
    for hit in hits:
        if not hit.images:
            kept.append(hit)
            continue
        fresh = tuple(image for image in hit.images if image.hash not in seen)
        shown = fresh[: max(0, budget - len(seen))]
        seen.update(image.hash for image in shown)
        left_out = hit.pictures_left_out + len(fresh) - len(shown)
        kept.append(replace(hit, images=shown, pictures_left_out=left_out))
    return tuple(kept)


def shown_once(hits: Iterable[Hit], seen: set[str]) -> tuple[Hit, ...]:
    """Hits as a prompt shows them: none of the pictures in `seen`, to which theirs are added.

    A topic's pictures stand in its turns, where they are left out unless the hit brings them too;
    any other hit's stand by itself.
    """
    shown = []
    for hit in hits:
        fresh = tuple(image for image in hit.images if image.hash not in seen)
        seen.update(image.hash for image in fresh)
        left = {image.hash for image in fresh} if hit.type is MemoryType.EPISODIC else set()
        turns = []
        for turn in hit.turns:
            own = {image.hash: image for image in turn.images if image.hash in left}
            left -= own.keys()
            turns.append(replace(turn, images=tuple(own.values())) if turn.images else turn)
        pictured = hit.images or any(turn.images for turn in hit.turns)
        shown.append(replace(hit, images=fresh, turns=tuple(turns)) if pictured else hit)
    return tuple(shown)
