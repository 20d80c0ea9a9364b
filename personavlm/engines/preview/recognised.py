"""What is said of the objects that memory recognised in a picture; the engine itself sees none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from personavlm.engines.preview.compose import quote
from personavlm.engines.preview.dates import on_day
from personavlm.engines.preview.evidence import Said
from personavlm.engines.preview.questions import Act, Question
from personavlm.engines.preview.words import stems
from personavlm.protocol import ReasonInputs
from personavlm.records import Hit

NOT_KNOWN = (
    "I keep this picture, but it looks like nothing that you've shown me before. Tell me what it "
    "shows, and I'll know it next time."
)

_POINTS = re.compile(
    r"\b(?:this|that|these|those|it|he|she|they|him|her|them|here|see|seen|picture|photo|image)\b",
    re.IGNORECASE,
)
# Words that a question about a picture has beside the name or the kind of what it shows.
_ABOUT_PICTURES = stems(
    "picture photo image name called know recognise recognize remember see seen show shown guess "
    "tell person thing look before"
)


def recognised(inputs: ReasonInputs) -> tuple[Hit, ...]:
    """The hits that are objects, the likest first, each once."""
    hits = [hit for retrieval in inputs.retrieved for hit in retrieval.hits if hit.object]
    return tuple({hit.id: hit for hit in hits}.values())


def asks_what_it_shows(question: Question, inputs: ReasonInputs) -> bool:
    """Whether the question is answered by what was recognised: "who is this?", "is this Miso?"."""
    if not inputs.query.images or question.act not in (Act.ASK, Act.GENERAL, Act.META):
        return False
    known = _ABOUT_PICTURES.union(*(stems(_words(hit)) for hit in recognised(inputs)))
    return bool(_POINTS.search(question.text)) and all(w.stem in known for w in question.focus)


def names(seen: Sequence[Hit]) -> list[str]:
    """What the recognised objects are called."""
    return [hit.object.name for hit in seen if hit.object]


def looks_like(seen: Sequence[Hit]) -> str:
    """The likest object in one sentence, without what is known of it."""
    return f"This looks like {_called(seen[0])}."


def tell_recognised(inputs: ReasonInputs) -> str:
    """The likest object with what was said of it, then the others."""
    seen, now = recognised(inputs), inputs.query.time
    if not seen:
        return NOT_KNOWN
    first, *others = seen
    lines = [looks_like(seen), _known(first, now)]
    for hit in others:
        lines.append(f"It also looks like {_called(hit)}. {_known(hit, now)}")
    return " ".join(lines)


def _known(hit: Hit, now: datetime) -> str:
    note = hit.object.crops[0].note if hit.object else ""
    shown = f"{on_day(hit.time, now)} you showed me a picture of it"
    return f"{shown} and said: {quote(Said(note, hit.time))}" if note else f"{shown}."


def _called(hit: Hit) -> str:
    """ "Biscuit", but "your corgi Biscuit"."""
    assert hit.object is not None
    name = hit.object.name
    return name if name[:1].isupper() else f"your {name}"


def _words(hit: Hit) -> str:
    return f"{hit.object.name} {hit.object.category}" if hit.object else ""
