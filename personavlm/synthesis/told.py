"""A life as the product's own records: turns with pictures, and what memory would hold of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from personavlm.protocol import TopicDraft
from personavlm.records import Image, Turn
from personavlm.synthesis import life
from personavlm.synthesis.life import Life
from personavlm.synthesis.pictures import size
from personavlm.synthesis.smalltalk import VERBS

# What the grammars leave room for (personavlm.protocol.grammars).
SUMMARY, KEYWORDS = 600, 160


def picture_path(of: Life, picture: life.Picture | life.Photo) -> str:
    """Where a picture lies below a format's folder."""
    return f"imgs/{of.number:05d}/{picture.file}"


def record(of: Life, session: int, turn: life.Turn) -> Turn:
    """A turn as the product keeps it; its id is its number."""
    return Turn(turn.number, session, turn.time, turn.text, images(of, turn), turn.reply)


def images(of: Life, turn: life.Turn) -> tuple[Image, ...]:
    if turn.picture is None:
        return ()
    path = picture_path(of, turn.picture)
    return (Image(path, *size(turn.picture), Path(path)),)


def topics(name: str, session: Sequence[life.Turn]) -> tuple[TopicDraft, ...]:
    """The topics of a session in the order in which they begin; every turn is in one of them."""
    rounds: dict[str, list[int]] = {}
    for place, turn in enumerate(session):
        rounds.setdefault(turn.topic, []).append(place)
    return tuple(
        TopicDraft(
            _summary(name, topic, [session[place] for place in places]),
            tuple(_fitting(_keywords([session[place] for place in places]), KEYWORDS)),
            tuple(places),
        )
        for topic, places in rounds.items()
    )


def _summary(name: str, topic: str, turns: Sequence[life.Turn]) -> str:
    if topic not in VERBS:
        return " ".join(_fitting(list(dict.fromkeys(turn.about for turn in turns)), SUMMARY))
    head = f"{name} {VERBS[topic]} "
    matters = _fitting([turn.keywords[0] for turn in turns], SUMMARY - len(head) - 8)
    last = matters.pop()
    return f"{head}{', '.join(matters)}{' and ' if matters else ''}{last}."


def _keywords(turns: Sequence[life.Turn]) -> list[str]:
    return list(dict.fromkeys(word for turn in turns for word in turn.keywords))


def _fitting(words: Sequence[str], room: int) -> list[str]:
    """As many of the words as there is room for, with a comma and a space between each two."""

    def fitting() -> Iterator[str]:
        left = room
        for word in words:
            left -= len(word) + 2
            if left < 0:
                return
            yield word

    return list(fitting())
