"""What is said besides answers: greetings, thanks, what was noted, and what of pictures."""

from __future__ import annotations

import re

from personavlm.engines.preview.compose import acknowledge
from personavlm.engines.preview.extract import Reason, kept_statements
from personavlm.engines.preview.recognised import looks_like, recognised
from personavlm.engines.preview.tone import Tone
from personavlm.protocol import ReasonInputs

WHAT_I_AM = (
    "I'm PersonaVLM's preview engine. There is no language model in me: I keep what you tell me, "
    "find it again, and answer in your own words with their dates."
)


_ABOUT_SELF = re.compile(r"\b(?:i|i'm|i've|i’m|i’ve|my)\b", re.IGNORECASE)


def greeting(name: str, tone: Tone) -> str:
    hello = f"Hello, {name}." if name else "Hello."
    if tone.brief:
        return hello
    if tone.playful:
        return f"{hello[:-1]}! What's new?"
    return f"{hello} What's on your mind?"


def welcome(tone: Tone) -> str:
    if tone.playful:
        return "Any time!"
    return "You're very welcome." if tone.warm else "You're welcome."


def noted(inputs: ReasonInputs) -> str:
    """What of a message that also asks will be remembered."""
    kept = kept_statements(inputs.query.text, inputs.dialogue)
    told = [
        one.text for one in kept if _ABOUT_SELF.search(one.text) and one.reason is not Reason.EVENT
    ]
    return acknowledge(told, inputs.query.time) if told else ""


def picture(inputs: ReasonInputs) -> str:
    many = len(inputs.query.images) > 1
    them = "these pictures" if many else "this picture"
    kept = kept_statements(inputs.query.text, inputs.dialogue)
    if not kept and (seen := recognised(inputs)):
        return looks_like(seen)
    known = "only know what you say about " + ("them" if many else "it")
    if kept:
        return f"I keep {them}; I can't look at {'them' if many else 'it'} and {known}."
    return f"I keep {them}, but I can't look at {'them' if many else 'it'}. What does it show?"
