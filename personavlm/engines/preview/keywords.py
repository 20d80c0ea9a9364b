"""Keywords of a text: its own telling words, and the everyday topics it belongs to."""

from __future__ import annotations

from personavlm.engines.preview import words
from personavlm.engines.preview.text import sentences
from personavlm.memory.encode import CachedEncoder

# Topics that questions are asked by; a memory of oolong is looked for under "tea" and "drink".
TOPICS = [
    "food",
    "cooking",
    "drink",
    "tea",
    "coffee",
    "allergy",
    "diet",
    "restaurant",
    "family",
    "pet",
    "dog",
    "cat",
    "friend",
    "partner",
    "child",
    "parents",
    "work",
    "job",
    "boss",
    "colleague",
    "school",
    "exam",
    "study",
    "language",
    "health",
    "doctor",
    "dentist",
    "sport",
    "running",
    "cycling",
    "swimming",
    "yoga",
    "music",
    "instrument",
    "concert",
    "book",
    "film",
    "series",
    "game",
    "art",
    "photography",
    "craft",
    "travel",
    "holiday",
    "flight",
    "train",
    "hotel",
    "home",
    "flat",
    "kitchen",
    "garden",
    "plant",
    "money",
    "shopping",
    "gift",
    "birthday",
    "wedding",
    "party",
    "weather",
    "car",
    "bicycle",
    "phone",
    "computer",
    "clothes",
    "shoes",
    "colour",
    "sleep",
    "stress",
    "weekend",
    "appointment",
    "meeting",
    "deadline",
    "project",
    "hobby",
    "habit",
    "goal",
    "name",
    "address",
    "age",
]
_NEAR = 0.42  # cosine of a sentence and "about X" at which it is about X


def keywords_of(text: str, encoder: CachedEncoder, limit: int = 10) -> tuple[str, ...]:
    """Names first, then the other telling words, then the nearest topics."""
    found = words.content(text)
    own = [word.text for word in found if word.name]
    own += [word.text.lower() for word in found if not word.name and not word.generic]
    own = own[:limit]
    known = {words.stem(word) for word in own}
    extra = [topic for topic in topics_of(text, encoder) if words.stem(topic) not in known]
    return tuple(dict.fromkeys([*own, *extra]))


def topics_of(text: str, encoder: CachedEncoder, most: int = 3) -> tuple[str, ...]:
    """The everyday topics nearest to any sentence of a text, nearest first."""
    parts = list(sentences(text)) or [text]
    vectors = encoder.encode([*TOPICS, *parts])
    nearness = (vectors[: len(TOPICS)] @ vectors[len(TOPICS) :].T).max(axis=1)
    order = sorted(range(len(TOPICS)), key=lambda index: -float(nearness[index]))
    return tuple(TOPICS[index] for index in order[:most] if nearness[index] >= _NEAR)
