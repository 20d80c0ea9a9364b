"""What each row of an exported memory has to look like: one model a table, checked on import.

The database itself would take text where it needs a number, and JSON that nothing can read; what it
took would then break every later look at that memory.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Json,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from personavlm.errors import BadInput

DAY = 86_400_000_000  # microseconds
Id = Annotated[int, Field(ge=1, lt=2**62)]
# The calendar's first to its last day, less one for the zones.
Micros = Annotated[int, Field(ge=-719_161 * DAY, le=2_932_895 * DAY)]
Size = Annotated[int, Field(ge=1, le=100_000)]
Pixel = Annotated[int, Field(ge=0, le=100_000)]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[int | float, Field(allow_inf_nan=False)]
Score = Annotated[int | float, Field(ge=1, le=5)]
Inferred = Annotated[int, Field(ge=1, le=5)] | None
_NUMBERED = r":[0-9]{1,18}$"
MemoryId = Annotated[
    str,
    StringConstraints(pattern=r"^(semantic|episodic|core|procedural|turn|object)" + _NUMBERED),
]
SavedId = Annotated[
    str, StringConstraints(pattern=r"^(semantic|episodic|core|procedural|object)" + _NUMBERED)
]
Keywords = Json[list[str]]
Five = Field(min_length=5, max_length=5)


class Row(BaseModel):
    """Exactly these columns, exactly these types."""

    model_config = ConfigDict(strict=True, extra="forbid")


class TracedThought(Row):
    thought: str
    seconds: Number


class TracedRetrieval(Row):
    keywords: str
    start: str | None
    end: str | None
    note: str
    seconds: Number
    hits: list[tuple[MemoryId, list[Id], str, Number]] = Field(strict=False)


class SessionRow(Row):
    id: Id
    started: Micros
    ended: Micros | None


class TurnRow(Row):
    id: Id
    session_id: Id
    at: Micros
    text: str
    reply: str | None
    state: Literal["open", "done", "stopped", "failed"]
    trace: Json[list[TracedThought | TracedRetrieval]]
    usage: Json[Annotated[list[Number], Field(max_length=4)]]
    answered_by: str = ""  # not in the first archives


class ImageRow(Row):
    hash: Hash
    width: Size
    height: Size


class TurnImageRow(Row):
    turn_id: Id
    position: Annotated[int, Field(ge=0)]
    hash: Hash


class SemanticRow(Row):
    id: Id
    at: Micros
    content: str
    keywords: Keywords
    reason: str
    turn_id: Id | None
    edited: Literal[0, 1]


class ObjectRow(Row):
    id: Id
    name: str
    category: str


class CropRow(Row):
    id: Id
    object_id: Id
    at: Micros
    semantic_id: Id | None
    turn_id: Id | None
    note: str
    source: Hash
    hash: Hash
    box: Json[Annotated[list[Pixel], Field(min_length=4, max_length=4)]]


class TopicRow(Row):
    id: Id
    session_id: Id
    started: Micros
    ended: Micros
    summary: str
    keywords: Keywords


class TopicTurnRow(Row):
    topic_id: Id
    turn_id: Id


class EntryRow(Row):
    id: Id
    type: Literal["core", "procedural"]
    key: str
    value: str
    at: Micros
    session_id: Id | None
    superseded: Micros | None
    superseded_in: Id | None


class PersonalityRow(Row):
    id: Id
    turn_id: Id | None
    at: Micros
    source: Literal["inferred", "corrected", "reset"]
    inferred: Json[Annotated[list[Inferred], Five]] | None
    vector: Json[Annotated[list[Score], Five]]


class FrozenTraitRow(Row):
    trait: Literal["openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism"]


class JobRow(Row):
    id: Id
    kind: Literal["turn", "session"]
    turn_id: Id | None
    session_id: Id | None
    attempts: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _says_what_for(self) -> Self:
        wanted = (True, False) if self.kind == "turn" else (False, True)
        if (self.turn_id is not None, self.session_id is not None) != wanted:
            raise ValueError("a job is for one turn or for one session")
        return self


class OutcomeRow(Row):
    id: Id
    kind: Literal["personality", "semantic", "episodic", "procedural", "core"]
    saved: Literal[0, 1]
    note: str
    memory_ids: Json[list[SavedId]]
    turn_id: Id | None
    session_id: Id | None


class ReplacedRow(Row):
    older: Id
    newer: Id


ROWS: dict[str, type[Row]] = {
    "sessions": SessionRow,
    "turns": TurnRow,
    "images": ImageRow,
    "turn_images": TurnImageRow,
    "semantic": SemanticRow,
    "replaced": ReplacedRow,
    "objects": ObjectRow,
    "crops": CropRow,
    "topics": TopicRow,
    "topic_turns": TopicTurnRow,
    "entries": EntryRow,
    "personality": PersonalityRow,
    "frozen_traits": FrozenTraitRow,
    "jobs": JobRow,
    "outcomes": OutcomeRow,
}


def check_rows(tables: dict[str, Any]) -> None:
    """Check every row of an archive.

    Raises:
        BadInput: one is not as it has to be; the message says which.
    """
    for table, model in ROWS.items():
        try:
            TypeAdapter(list[model]).validate_python(tables[table])  # type: ignore[valid-type]
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in (table, *first["loc"]))
            raise BadInput(f"The archive cannot be imported: {where}: {first['msg']}.") from error
