"""Everything that a model replied about one person, in a file that only grows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from personavlm.errors import BadInput
from personavlm.synthesis.spent import Spent, total


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, good or not. piece: what was asked for. cut: it ran out of tokens."""

    piece: str
    text: str
    cut: bool
    read: int
    generated: int
    model: str

    @property
    def spent(self) -> Spent:
        return Spent(1, self.read, self.generated, frozenset({self.model} - {""}))


_REPLY = TypeAdapter(Reply)


class Pieces:
    """The replies of one file, by what they were asked for, oldest first.

    Used by one thread at a time. What a killed process left of a line is dropped.
    """

    def __init__(self, path: Path) -> None:
        """
        Raises:
            BadInput: the file holds something else.
        """
        self._path = path
        self._replies: defaultdict[str, list[Reply]] = defaultdict(list)
        for reply in _whole(path):
            self._replies[reply.piece].append(reply)

    def of(self, piece: str) -> list[Reply]:
        return self._replies[piece]

    def add(self, reply: Reply) -> None:
        with self._path.open("ab") as file:
            file.write(_REPLY.dump_json(reply) + b"\n")
        self._replies[reply.piece].append(reply)


def spent(folder: Path) -> Spent:
    """What all files of a folder took.

    Raises:
        BadInput: one of them holds something else.
    """
    return total(reply.spent for path in sorted(folder.glob("*.jsonl")) for reply in _whole(path))


def _whole(path: Path) -> list[Reply]:
    """The replies in a file; what is left of a line at its end is cut off."""
    if not path.exists():
        return []
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        with path.open("r+b") as file:
            file.truncate(len(whole))
    try:
        return [_REPLY.validate_json(line) for line in whole.splitlines()]
    except ValidationError as error:
        raise BadInput(f"{path} holds something that is no reply. Delete it.") from error
