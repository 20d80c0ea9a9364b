"""Episodic memory: what a session was about, topic by topic, told in the person's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from personavlm.engines.preview.extract import kept_statements
from personavlm.engines.preview.keywords import keywords_of
from personavlm.engines.preview.text import clip, listed, sentences, words
from personavlm.memory.encode import CachedEncoder
from personavlm.memory.times import plain
from personavlm.protocol import SessionInputs, TopicDraft
from personavlm.records import Turn

_STAYS = 0.32  # cosine with the running topic from which a turn belongs to it
_RETURNS = 0.45  # and with an earlier topic, to come back to it
_LONGEST = 420  # characters of a summary
_FOLLOWS = re.compile(
    r"^(?:and|but|so|also|then|yes|no|yeah|it|that|this|she|he|they|actually|oh|ok|thanks|thank)\b",
    re.IGNORECASE,
)


@dataclass
class _Group:
    """Turns about one thing, while they are being gathered."""

    indices: list[int] = field(default_factory=list)

    def near(self, vectors: np.ndarray[tuple[int, ...], np.dtype[np.float32]], index: int) -> float:
        centre = vectors[self.indices].mean(axis=0)
        return float(vectors[index] @ centre / (np.linalg.norm(centre) or 1.0))


def topics(inputs: SessionInputs, encoder: CachedEncoder) -> tuple[TopicDraft, ...]:
    """The topics of a session; each of its turns is in one of them."""
    turns = inputs.dialogue
    if not turns:
        return ()
    name = inputs.profile.get("name") or "The person"
    return tuple(_draft(group, turns, name, encoder) for group in _groups(turns, encoder))


def _groups(turns: Sequence[Turn], encoder: CachedEncoder) -> list[_Group]:
    vectors = encoder.encode([turn.text or "a picture" for turn in turns])
    groups: list[_Group] = []
    current = _Group()
    for index, turn in enumerate(turns):
        text = plain(turn.text)
        if current.indices and (
            _FOLLOWS.match(text) or len(words(text)) < 4 or current.near(vectors, index) >= _STAYS
        ):
            current.indices.append(index)
            continue
        earlier = [group for group in groups if group.near(vectors, index) >= _RETURNS]
        if earlier:
            current = max(earlier, key=lambda group: group.near(vectors, index))
        else:
            current = _Group()
            groups.append(current)
        current.indices.append(index)
    return groups


def _draft(group: _Group, turns: Sequence[Turn], name: str, encoder: CachedEncoder) -> TopicDraft:
    picked = [turns[index] for index in group.indices]
    told = [one.text for turn in picked for one in kept_statements(turn.text)]
    if not told:
        told = [sentence for turn in picked for sentence in sentences(turn.text)[:1]]
    quoted = clip(" ".join(" ".join(text.split()) for text in told), _LONGEST)
    keywords = keywords_of(quoted or picked[0].text, encoder)
    telling = [word for word in keywords if not word[0].isdigit()]
    about = listed(telling[:3]) or "something"
    verb = "talked" if any(kept_statements(turn.text) for turn in picked) else "asked"
    shown = " and showed a picture" if any(turn.images for turn in picked) else ""
    quoted = quoted.replace("“", "‘").replace("”", "’")
    summary = f"{name} {verb} about {about}{shown}."
    if quoted:
        summary += f" In their own words: “{quoted}”"
    return TopicDraft(summary, keywords, tuple(group.indices))
