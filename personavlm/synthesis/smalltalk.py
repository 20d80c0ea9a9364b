"""What surrounds the stories: small talk, the manner that traits show in, and replies in kind."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from personavlm.personality import NEUTRAL, TRAITS, BigFive
from personavlm.synthesis.beats import capital
from personavlm.synthesis.decks import Deck
from personavlm.synthesis.drawing import COLOURS, SIGHTS
from personavlm.synthesis.lexicon import HIGH, LOW, Lexicon, Line

VERBS = {"asks": "asked about", "tells": "spoke of", "pictures": "showed"}  # by kind
_STRONG = 1.5  # points from neutral from which on a manner may be plain
PLAIN, MILD = {LOW: 1, HIGH: 5}, {LOW: 2, HIGH: 4}
NOTHING = (3, 3, 3, 3, 3)


@dataclass(frozen=True, slots=True)
class Said:
    """A message of small talk. kind: "asks", "tells" or "pictures"."""

    kind: str
    line: Line
    text: str
    about: str
    reply: str
    drawn: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence that shows a trait, and the scores that it shows."""

    text: str
    template: str
    scores: tuple[int, int, int, int, int]


class SmallTalk:
    """Says things that leave nothing to remember."""

    def __init__(self, lexicon: Lexicon, rng: random.Random) -> None:
        self._lines = {
            "asks": Deck(lexicon.asks, rng),
            "tells": Deck(lexicon.tells, rng),
            "pictures": Deck(lexicon.pictures, rng),
        }
        self._words = {name: Deck(words, rng) for name, words in lexicon.words.items()}
        self._sights = Deck([(thing, colour) for thing in SIGHTS for colour in COLOURS], rng)
        self._kinds = Deck(["asks"] * len(lexicon.asks) + ["tells"] * len(lexicon.tells), rng)

    def say(self, picture: bool) -> Said:
        kind = "pictures" if picture else self._kinds.draw()
        line = self._lines[kind].draw()
        words = {name: deck.draw() for name, deck in self._words.items()}
        drawn = self._sights.draw() if picture else None
        if drawn is not None:
            words |= _seen(*drawn)
        about = line.about.format(**words)
        return Said(
            kind,
            line,
            capital(line.said.format(**words)),
            about,
            capital(line.reply.format(**words)),
            drawn,
        )


class Manners:
    """Lets traits show: in what a person adds to a message, and in how they are answered."""

    def __init__(self, lexicon: Lexicon, rng: random.Random) -> None:
        self._lexicon = lexicon
        self._rng = rng
        self._decks: dict[tuple[str, str, str], Deck[str]] = {}

    def show(self, traits: BigFive) -> Shown | None:
        """A sentence for a person of these traits; none for most messages."""
        trait, pole, distance = _leaning(traits, self._rng)
        if self._rng.random() > 0.06 + 0.13 * distance:
            return None
        strong = distance >= _STRONG and self._rng.random() < 0.65
        strength = "plain" if strong else "mild"
        text = self._draw(trait, pole, strength)
        place = getattr(self._lexicon.manners[trait][pole], strength).index(text)
        scores = [3, 3, 3, 3, 3]
        scores[TRAITS.index(trait)] = (PLAIN if strong else MILD)[pole]
        o, c, e, a, n = scores
        return Shown(
            text, f"{self._lexicon.split}/{trait}/{pole}/{strength}/{place}", (o, c, e, a, n)
        )

    def acknowledge(self, traits: BigFive) -> str:
        """A short reply that suits a person of these traits."""
        trait, pole, _ = _leaning(traits, self._rng)
        return self._draw(trait, pole, "acks")

    def fitting(self, traits: BigFive, answer: str) -> tuple[str, str]:
        """The answer as it suits a person of these traits, and as it suits their opposite."""
        trait, pole = strongest(traits)
        other = HIGH if pole == LOW else LOW
        suits, clashes = (self._draw(trait, which, "fits") for which in (pole, other))
        return capital(suits.format(a=answer)), capital(clashes.format(a=answer))

    def _draw(self, trait: str, pole: str, kind: str) -> str:
        key = (trait, pole, kind)
        if key not in self._decks:
            texts = getattr(self._lexicon.manners[trait][pole], kind)
            self._decks[key] = Deck(texts, self._rng)
        return self._decks[key].draw()


def strongest(traits: BigFive) -> tuple[str, str]:
    """The trait that is farthest from neutral, and its pole."""
    leanings = {t: v - NEUTRAL for t, v in zip(TRAITS, traits.values(), strict=True)}
    trait = max(leanings, key=lambda name: abs(leanings[name]))
    return trait, HIGH if leanings[trait] > 0 else LOW


def _leaning(traits: BigFive, rng: random.Random) -> tuple[str, str, float]:
    """One trait, by chance the more often the stronger it is; its pole and distance."""
    leanings: Mapping[str, float] = {
        trait: value - NEUTRAL for trait, value in zip(TRAITS, traits.values(), strict=True)
    }
    weights = [abs(value) + 0.01 for value in leanings.values()]
    trait = rng.choices(TRAITS, weights)[0]
    return trait, HIGH if leanings[trait] > 0 else LOW, abs(leanings[trait])


def _seen(thing: str, colour: str) -> dict[str, str]:
    seen = f"{'an' if colour[0] in 'aeiou' else 'a'} {colour} {thing}"
    return {"seen": seen, "seen_up": capital(seen)}
