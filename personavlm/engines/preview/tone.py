"""How a reply sounds, after the person's Big Five: a word before, a word after, or neither."""

from __future__ import annotations

from dataclasses import dataclass

from personavlm.personality import NEUTRAL, BigFive

_CLEAR = 0.45  # distance from neutral at which a leaning changes the tone


@dataclass(frozen=True, slots=True)
class Tone:
    """The leanings that a reply follows."""

    warm: bool = False
    brief: bool = False
    playful: bool = False
    reassuring: bool = False

    @classmethod
    def of(cls, personality: BigFive) -> Tone:
        """Reassuring goes before playful, and brief leaves the flourishes out."""
        openness, _, extraversion, agreeableness, neuroticism = (
            score - NEUTRAL for score in personality.values()
        )
        return cls(
            warm=agreeableness >= _CLEAR,
            brief=extraversion <= -_CLEAR,
            playful=extraversion >= _CLEAR and openness > -_CLEAR and neuroticism < _CLEAR,
            reassuring=neuroticism >= _CLEAR,
        )

    def describe(self) -> str:
        """The tone in a few words, for the thought."""
        words = [
            word
            for word, on in (
                ("warm", self.warm),
                ("brief", self.brief),
                ("playful", self.playful),
                ("reassuring", self.reassuring),
            )
            if on
        ]
        return " and ".join(words)

    def heard(self) -> str:
        """Before saying what will be remembered."""
        if self.reassuring:
            return "Thank you for telling me; no need to carry it alone."
        if self.playful:
            return "Ooh, noted!"
        if self.warm:
            return "Thank you for telling me."
        return ""

    def recalled(self) -> str:
        """After an answer from memory."""
        if self.brief:
            return ""
        if self.reassuring:
            return "It is all kept here, so you need not worry about forgetting it."
        if self.playful:
            return "Ask me another!"
        return "Happy to keep track of it for you." if self.warm else ""

    def unknown(self) -> str:
        """After saying that memory holds no answer."""
        if self.brief:
            return ""
        if self.reassuring:
            return "That's no trouble: tell me whenever you like, and I'll keep it."
        if self.playful:
            return "Tell me and I'll have it ready next time!"
        return "If you tell me, I'll remember it."
