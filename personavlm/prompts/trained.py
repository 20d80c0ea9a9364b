"""A template as the published weights were trained on it, recovered from their training data."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

from personavlm.errors import BadInput
from personavlm.personality import TRAITS
from personavlm.prompts.template import Part, Slots, join

# The slots of each prompt; `retrieved` is the message after a search. Only `procedural` of `answer`
# may be missing: the paper's figures do not show it there.
SLOTS: dict[str, tuple[str, ...]] = {
    "reason": ("profile", *TRAITS, "dialogue", "query"),
    "retrieved": ("procedural", "semantic", "episodic"),
    "answer": ("profile", *TRAITS, "procedural", "semantic", "dialogue", "query"),
    "personality": ("profile", "dialogue", "query"),
    "semantic": ("profile", "dialogue", "query"),
    "episodic": ("profile", "rounds"),
    "procedural": ("profile", "habits", "dialogue"),
    "core": ("profile", "dialogue"),
}
OPTIONAL = frozenset({("answer", "procedural")})
ONE_LINE = frozenset({"profile", "habits", "query", *TRAITS})  # values without a line break


@dataclass(frozen=True, slots=True)
class TrainedTemplate:
    """Fixed texts with a slot between each two: `texts[0] slots[0] texts[1] ... texts[-1]`.

    empty: what stands in a slot that has nothing to show, for the slots where that is known.
    """

    name: str
    texts: tuple[str, ...]
    slots: tuple[str, ...]
    empty: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be filled.

        Raises:
            BadInput: it is no template of ours, or has a slot too many or too few.
        """
        if self.name not in SLOTS:
            raise BadInput(f"There is no prompt {self.name!r}; there are {', '.join(SLOTS)}.")
        known = SLOTS[self.name]
        strange = [slot for slot in self.slots if slot not in known]
        if strange:
            raise BadInput(f"The {self.name} prompt has a slot {strange[0]!r} that nothing fills.")
        lacking = [s for s in known if s not in self.slots and (self.name, s) not in OPTIONAL]
        if lacking:
            raise BadInput(f"The {self.name} prompt has no place for: {', '.join(lacking)}.")
        if len(set(self.slots)) < len(self.slots):
            raise BadInput(f"The {self.name} prompt has the same slot twice.")
        if len(self.texts) != len(self.slots) + 1 or not all(self.texts[1:-1]):
            raise BadInput(f"The {self.name} prompt has two slots with nothing between them.")

    def fill(self, slots: Slots) -> tuple[Part, ...]:
        """The prompt. What fills a slot is never looked at again."""
        parts: list[Part] = []
        empty = dict(self.empty)
        for text, slot in zip_longest(self.texts, self.slots):
            parts.append(text)
            if slot is not None:
                parts.extend(slots[slot] or (empty.get(slot, ""),))
        return join(parts)
