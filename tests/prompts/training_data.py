"""Training conversations as the published ones are built, from templates that a test knows.

The values are written here by plain Python, not by the package's layout: an oracle for it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from personavlm.personality import TRAITS
from personavlm.prompts.trained import SLOTS, TrainedTemplate

Exchange = tuple[str, str]  # the prompt and the reply to it

WORDS = [
    *("tea at nine", "my corgi {Biscuit}", "{query}", "{{x}} {0}", 'she said "no"', "it's late"),
    *("不要忘记 年轮", "👩‍💻 code", "tab\there", "back\\slash", "100% — sure?", "C:\\new"),
    *("a: b: c", "- a bullet", "# What you know", "Profile of the person:", "[x](y)", "…"),
]
BREAKS = [
    *("\n", "\n\n", "\nUser: \n", "\nMessage:\n", "\n\n# Rules\n1. None.\n"),
    *("\nTime: 2024-05-05 10:10 (Sunday)\nUser: hm\nAssistant: no\n", "\nRound 7 of dialogues\n"),
    *("\n{'time': 'now', 'query': 'fake'}\n", "\n{'name': 'Fake'}\n", "\nopenness: 4.0\n"),
]

# One wording of every prompt; `wording` below makes others of it.
TEXTS = {
    "reason": "You speak with one person.\n\nProfile of the person:\n{profile}\n\nTraits:\n"
    "*   Openness: {openness}\n*   Conscientiousness: {conscientiousness}\n"
    "*   Extraversion: {extraversion}\n*   Agreeableness: {agreeableness}\n"
    "*   Neuroticism: {neuroticism}\n\nLately:\n{dialogue}\n\nMessage:\n{query}\n\n# Rules\n"
    '1. Think.\n\n<retrieve>\n"keywords": words\n</retrieve>',
    "retrieved": "Habits found:\n{procedural}\nFacts found in semantic memory:\n{semantic}\n"
    "Earlier dialogue:\n{episodic}\n\nGo on, or answer.",
    "answer": "Answer one person.\n\nProfile of the person:\n{profile}\n\nOpenness = {openness}\n"
    "Conscientiousness = {conscientiousness}\nExtraversion = {extraversion}\n"
    "Agreeableness = {agreeableness}\nNeuroticism = {neuroticism}\n\nHabits:\n{procedural}\n\n"
    "Found memories:\n{semantic}\n\nDialogue so far:\n{dialogue}\n\nMessage:\n{query}\n\nReply.",
    "personality": "Judge it.\n\nProfile of the person:\n{profile}\n\nLately:\n{dialogue}\n\n"
    'Message:\n{query}\n\n# Output\n"openness": [1 to 5]\n"neuroticism": [1 to 5]',
    "semantic": "Take a note?\n\nProfile of the person: \n{profile}\n\nLately:\n{dialogue}\n\n"
    'Message:\n{query}\n\n# Output\n"decision": true // or false',
    "episodic": "Sort into topics.\n\nProfile of the person:\n{profile}\n\nTalk:\n{rounds}\n\n"
    '# Output\n"topic_summary": text',
    "procedural": "Keep habits.\n\n1. Profile:\n{profile}\n\n2. Procedural memory:\n{habits}\n\n"
    '3. Talk:\n{dialogue}\n\n# Output\n"key": sentence',
    "core": "Keep the profile.\n\nProfile now:\n{profile}\n\nTalk:\n{dialogue}\n\n"
    '# Rules\n1. None.\n\n# Output\n"XX": text // a comment',
}

REPLIES = {
    "reason": "<think>t</think><answer>a</answer>",
    "retrieved": "<think>t</think><answer>a</answer>",
    "answer": "Certainly: tea.",
    "personality": "\n".join(f'"{trait}": 3' for trait in TRAITS),
    "semantic": '"reason": r\n"decision": True\n"content": c\n"keywords": k',
    "episodic": '"topic_summary": s\n"keywords": k\n"source_dialog_indices": 0',
    "procedural": '"tea": She drinks tea.',
    "core": '"name": Maya\n"age": 30',
}
SEARCH = '<think>t</think><retrieve>\n"keywords": k\n</retrieve>'


def template(name: str, text: str) -> TrainedTemplate:
    """A template from its text with `{slot}` for the slots."""
    texts, slots = [text], []
    for slot in sorted(SLOTS[name], key=lambda slot: text.find("{" + slot + "}")):
        before, found, after = texts[-1].partition("{" + slot + "}")
        if found:
            texts[-1:] = [before, after]
            slots.append(slot)
    return TrainedTemplate(name, tuple(texts), tuple(slots))


def wording(name: str, version: str) -> str:
    """The text of a prompt in a wording of its own for each version."""
    return f"[{version}] {TEXTS[name]} ({version})" if version else TEXTS[name]


class Writer:
    """Random values, as the training data writes them; the same for the same seed."""

    def __init__(self, seed: int, *, empty: str = "") -> None:
        self.random = random.Random(seed)
        self.empty = empty  # what stands for a dialogue without turns

    def words(self, lines: bool = True) -> str:
        said = " ".join(self.random.choices(WORDS, k=self.random.randint(1, 4)))
        if lines and self.random.random() < 0.3:
            said += self.random.choice(BREAKS) + self.random.choice(WORDS)
        return f"{said} {self.random.randrange(10**6)}"

    def time(self) -> str:
        time = datetime(2024, 1, 1) + timedelta(minutes=self.random.randrange(500_000))
        return f"{time:%Y-%m-%d %H:%M (%A)}"

    def mapping(self) -> str:
        keys = self.random.sample(
            ["name", "age", "likes", "it's", "名"], k=self.random.randint(1, 4)
        )
        return str({key: self.words() for key in keys})

    def turn(self) -> str:
        picture = "<image>\n" * self.random.choice([0, 0, 1, 2])
        return f"Time: {self.time()}\nUser: {picture}{self.words()}\nAssistant: {self.words()}"

    def turns(self, most: int = 4) -> list[str]:
        return [self.turn() for _ in range(self.random.randint(1, most))]

    def dialogue(self) -> str:
        return self.empty if self.random.random() < 0.2 else "\n".join(self.turns())

    def facts(self) -> str:
        items = (f"Memory: {self.words()}{self.random.choice(['', ' <image>'])}" for _ in range(9))
        times = sorted(self.time() for _ in range(self.random.randint(0, 3)))
        return "\n".join(f"Time: {time}\n{item}" for time, item in zip(times, items, strict=False))

    def habits(self) -> str:
        count = self.random.randint(0, 2)
        return "\n".join(f"{self.words(False)}: {self.words(False)}" for _ in range(count))

    def query(self) -> str:
        picture = "<image>\n" * self.random.choice([0, 0, 1])
        return str({"time": self.time(), "query": picture + self.words()})

    def value(self, slot: str) -> str:
        if slot in TRAITS:
            return f"{self.random.uniform(1, 5):.1f}"
        write: dict[str, Callable[[], str]] = {
            "profile": self.mapping,
            "habits": lambda: "{}" if self.random.random() < 0.3 else self.mapping(),
            "query": self.query,
            "dialogue": self.dialogue,
            "rounds": lambda: "\n".join(
                f"Round {i} of dialogues\n{turn}" for i, turn in enumerate(self.turns())
            ),
            "procedural": self.habits,
            "semantic": self.facts,
            "episodic": lambda: "\n".join(self.turns()[: self.random.randint(0, 3)]),
        }
        return write[slot]()

    def prompt(self, name: str, text: str) -> str:
        known = template(name, text)
        pieces = [known.texts[0]]
        for slot, after in zip(known.slots, known.texts[1:], strict=True):
            pieces += [self.value(slot), after]
        return "".join(pieces)

    def exchanges(self, name: str, version: str = "") -> list[Exchange]:
        """A conversation with one prompt of this task; one after a search has that before it."""
        prompt = (self.prompt(name, wording(name, version)), REPLIES[name])
        if name != "retrieved":
            return [prompt]
        return [(self.prompt("reason", wording("reason", version)), SEARCH), prompt]


def conversation(exchanges: Iterable[Exchange]) -> dict[str, object]:
    turns = []
    for asked, reply in exchanges:
        turns += [{"from": "human", "value": asked}, {"from": "gpt", "value": reply}]
    return {"conversations": turns}


def write(path: Path, conversations: Iterable[Iterable[Exchange]]) -> Path:
    """A training file."""
    data = [conversation(exchanges) for exchanges in conversations]
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    return path
