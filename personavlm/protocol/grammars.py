"""What the update tasks may write, as regular expressions: the trained line formats, no wider.

Neural engines decode under them, so that an update always parses. Lines rather than JSON: the
published weights were tuned on lines, and a grammar should not push a model off its distribution.
Lengths are bounded, so an output always comes to an end. Reasoning has no grammar: it is free text.

The expressions use only literals, classes, groups, alternatives and bounded repeats, which Python's
`re`, xgrammar (SGLang) and llguidance (transformers) all read the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

from personavlm.personality import TRAITS
from personavlm.protocol.inputs import Inputs, SessionInputs, Task

MAX_TOPICS = 8
MAX_PROFILE_LINES = 24
MAX_HABIT_LINES = 5  # paper, Fig. 19

# Values begin with a letter or digit of any script: so none is blank, quoted or a heading.
_LETTER = "A-Za-zÀ-ÖØ-öø-ɏͰ-ϿЀ-ӿ԰-֏א-תء-يऄ-ह一-鿿ぁ-ヿ가-힣"
_FIRST = f"[0-9{_LETTER}]"
_REST = r"[^\x00-\x1f\x7f]"


@dataclass(frozen=True, slots=True)
class Grammar:
    """`regex` matches exactly the outputs that are allowed; `max_tokens` is room for any of them.

    A token is at least one byte, a character at most four: real outputs stay far below it.
    """

    regex: str
    max_tokens: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of an expression and the most bytes that it can match."""

    regex: str
    size: int

    def __add__(self, other: _Piece) -> _Piece:
        return _Piece(self.regex + other.regex, self.size + other.size)

    def times(self, least: int, most: int) -> _Piece:
        return _Piece(f"(?:{self.regex}){{{least},{most}}}", self.size * most)


def grammar_for(task: Task, inputs: Inputs) -> Grammar | None:
    """The grammar of an update task; None for the tasks that are free text."""
    if isinstance(inputs, SessionInputs):
        rounds = len(inputs.dialogue)
        piece = {
            Task.EPISODIC: lambda: _topics(rounds),
            Task.PROCEDURAL: lambda: _entries(1, MAX_HABIT_LINES),
            Task.CORE: lambda: _line("name", _value(80)) + _more_entries(MAX_PROFILE_LINES - 1),
        }[task]()
    elif task is Task.PERSONALITY:
        piece = _lines([_line(trait, _Piece("[1-5]", 1)) for trait in TRAITS])
    elif task is Task.SEMANTIC:
        piece = _semantic()
    else:
        return None
    return Grammar(piece.regex, piece.size)


def _semantic() -> _Piece:
    """A reason, then a note with its keywords, or a refusal with both left empty."""
    kept = _lines(
        [
            _line("decision", _either("True", "true")),
            _line("content", _value(400)),
            _line("keywords", _value(160)),
        ]
    )
    nothing = _lines(
        [
            _line("decision", _either("False", "false")),
            _line("content", _either('""', "")),
            _line("keywords", _either('""', "")),
        ]
    )
    size = max(kept.size, nothing.size)
    choice = _Piece(f"(?:{kept.regex}|{nothing.regex})", size)
    return _line("reason", _value(300)) + _Piece("\n", 1) + choice


def _topics(rounds: int) -> _Piece:
    """Up to one topic a round (and `MAX_TOPICS`), naming only rounds that exist."""
    last = max(rounds, 1) - 1
    index = _Piece(_either(*map(str, range(last + 1))).regex, len(str(last)))
    indices = index + (_Piece(", ", 2) + index).times(0, last)
    topic = _lines(
        [
            _line("topic_summary", _value(600)),
            _line("keywords", _value(160)),
            _line("source_dialog_indices", indices),
        ]
    )
    return topic + (_Piece("\n\n?", 2) + topic).times(0, min(last + 1, MAX_TOPICS) - 1)


def _entries(least: int, most: int) -> _Piece:
    return _entry() + _more_entries(most - 1) if least else _more_entries(most)


def _more_entries(most: int) -> _Piece:
    return (_Piece("\n", 1) + _entry()).times(0, most)


def _entry() -> _Piece:
    """A key of one to forty characters and its value; "" asks for a removal."""
    key = _Piece(f"[{_LETTER}][{_LETTER}0-9 _'/-]{{0,39}}", 160)
    value = _value(300)
    return _Piece('"', 1) + key + _Piece('": ', 3) + _Piece(f'(?:{value.regex}|"")', value.size)


def _line(key: str, value: _Piece) -> _Piece:
    return _Piece(f'"{key}": ', len(key) + 4) + value


def _lines(lines: list[_Piece]) -> _Piece:
    joined = lines[0]
    for line in lines[1:]:
        joined = joined + _Piece("\n", 1) + line
    return joined


def _value(most: int) -> _Piece:
    """One line of text, of one to `most` characters."""
    return _Piece(f"{_FIRST}{_REST}{{0,{most - 1}}}", most * 4)


def _either(*choices: str) -> _Piece:
    return _Piece(f"(?:{'|'.join(choices)})", max(map(len, choices)))
