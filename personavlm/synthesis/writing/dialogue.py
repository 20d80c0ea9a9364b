"""The turns of a life: session by session, each asked for with what was said and kept before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from personavlm.personality import BigFive, describe
from personavlm.protocol import image_objects, merge_entries
from personavlm.synthesis.life import MAX_HABITS, Change, Kept, Note, Person, Turn
from personavlm.synthesis.writing.asker import Asker
from personavlm.synthesis.writing.pieces import Pieces
from personavlm.synthesis.writing.prompted import prompt
from personavlm.synthesis.writing.shapes import ChangeShape, SessionShape, TurnShape
from personavlm.synthesis.writing.threads import Cue

MAX_PROFILE = 20  # entries of core memory; its grammar has room for a few more
AT_END = re.compile(r"\)\W*$")  # of a note: where an object's mark has to stand
SAID_BEFORE = 40  # sentences on what was told before
ROOM, ROOM_A_TURN = 400, 400  # tokens


class Dialogue:
    """Writes the sessions of one person, and knows what memory holds after each."""

    def __init__(self, asker: Asker, pieces: Pieces, person: Person, role: str) -> None:
        self._asker = asker
        self._pieces = pieces
        self._person = person
        self._role = role
        self._kept: dict[Kept, dict[str, str]] = {"profile": dict(person.profile), "habit": {}}
        self._before: list[str] = []
        self._number = 0

    def session(self, place: int, cues: Sequence[Cue]) -> tuple[Turn, ...]:
        """The next session.

        Raises:
            Unusable: the model wrote none that fits. EngineUnavailable: it cannot be asked.
        """
        asked = prompt(
            "session",
            name=self._person.name,
            role=self._role,
            character=manner(self._person.traits_at(self._number)),
            profile=entries(self._kept["profile"]),
            habits=entries(self._kept["habit"]),
            before="\n".join(f"- {line}" for line in self._before[-SAID_BEFORE:]) or "nothing yet",
            agenda="\n".join(f"{place}. {cue.line}" for place, cue in enumerate(cues, 1)),
            turns=len(cues),
        )
        written = self._asker.ask(
            self._pieces,
            piece_of(place),
            asked,
            SessionShape,
            ROOM + ROOM_A_TURN * len(cues),
            lambda found: self._require(found, cues),
        )
        turns = tuple(self._turns(written.turns, cues))
        self._before += [
            f"{turn.time:%Y-%m-%d}: {turn.about}"
            for turn, cue in zip(turns, cues, strict=True)
            if cue.tells
        ]
        return turns

    def _require(self, found: SessionShape, cues: Sequence[Cue]) -> None:
        """
        Raises:
            ValueError: the turns are not those of the agenda, or what changes cannot be kept.
        """
        if len(found.turns) != len(cues):
            raise ValueError(f"there are {len(found.turns)} turns, not {len(cues)}")
        for number, (turn, cue) in enumerate(zip(found.turns, cues, strict=True), 1):
            if cue.tells is not None and turn.note is None:
                raise ValueError(f"turn {number} tells something, and needs a note")
            if turn.note is not None and not _marked_well(turn.note.content, cue):
                raise ValueError(
                    f"turn {number}: (Image Object: ...) stands at the end of a note on something "
                    "in a picture, and nowhere else"
                )
        changes = [turn.change for turn in found.turns if turn.change is not None]
        if any(change.key.casefold() == "name" for change in changes):
            raise ValueError("the name does not change")
        new = {change.key: change.value for change in changes if change.memory == "profile"}
        if len(merge_entries(self._kept["profile"], new)) > MAX_PROFILE:
            raise ValueError("the profile is full: only entries that are there may change")

    def _turns(self, written: Sequence[TurnShape], cues: Sequence[Cue]) -> Iterator[Turn]:
        for turn, cue in zip(written, cues, strict=True):
            note = turn.note
            yield Turn(
                self._number,
                cue.time,
                turn.user,
                turn.assistant,
                cue.topic,
                turn.about,
                tuple(turn.keywords),
                turn.shows.scores,
                (),
                cue.shot.taken(self._number) if cue.shot else None,
                Note(note.content, tuple(note.keywords)) if note else None,
                self._changed(turn.change) if turn.change else None,
                turn.why,
            )
            self._number += 1

    def _changed(self, change: ChangeShape) -> Change | None:
        """The change with what it replaces; none where nothing changes."""
        held = self._kept[change.memory]
        limit = MAX_HABITS if change.memory == "habit" else None
        after = merge_entries(held, {change.key: change.value}, limit=limit)
        if after == held:
            return None
        [*_, key] = after  # what was set last stands last
        self._kept[change.memory] = after
        return Change(change.memory, key, change.value, held.get(key))


def _marked_well(note: str, cue: Cue) -> bool:
    """Whether an object is named only where a picture shows it, and only at the end."""
    named = image_objects(note)
    return not named or (
        cue.shot is not None and len(named) == 1 and AT_END.search(note) is not None
    )


def piece_of(place: int) -> str:
    """What a session's reply is kept as."""
    return f"session {place}"


def manner(traits: BigFive) -> str:
    """A character in words, for an actor."""
    return f"{describe(traits)} Scores from 1 to 5: " + ", ".join(
        f"{name} {getattr(traits, name):.1f}" for name in BigFive.__dataclass_fields__
    )


def entries(held: Mapping[str, str]) -> str:
    return "; ".join(f"{key}: {value}" for key, value in held.items()) or "nothing"
