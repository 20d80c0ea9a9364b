"""Our reading of a reply: which option it settles on, or none where it cannot be told.

It never looks at the right answer, and an answer that would have to be guessed counts as none. What
follows the last answer tag is read, or all of it where there is no tag. In turn: a letter alone;
the last that is called the answer; the only one in brackets that is not turned down; the one that
the reply opens with; the option whose text the reply is or quotes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

Options = Mapping[str, str]  # letter to text

TAG = re.compile(r"<(?:final_)?answer>")
ALONE = re.compile(r"(?:option |answer )?\(?([a-z])\)?[.:!]?")
CALLED = re.compile(
    r"""
    \b(?: (?:answer|choice|option) \ ? (?:is|would\ be|should\ be|:|=)
        | i(?:'d|\ would)?\ (?:choose|pick|select|go\ with)
        | so | thus | therefore | hence | it\ is | it's
    )
    [ ,:]* (?: (?:the|correct|best|final|option|answer|choice|is|it|it's|clearly|must|be) [ ,:]* )*
    (?: \( (?P<held>[a-z]) \)
      | (?P<bare>[a-z]) (?= [.;:!)] | \s*$ | \n | \ because | \ since )
    )
    (?! ,?\ (?:or|and)\ \(?[a-z]\b )
    """,
    re.VERBOSE,
)
HELD = re.compile(r"\(([a-z])\)")
TURNED_DOWN = re.compile(
    r"""
    \b(?:not|isn't|can't\ be|cannot\ be|than|instead\ of|unlike|exclude|reject|rule\ out)
        \ (?:option\ )?
        \( (?P<before>[a-z]) \)
    | \( (?P<after>[a-z]) \) \ (?: (?:is|was|seems|looks|does|would\ be) \ (?:clearly\ |also\ )?
        (?: not | wrong | incorrect | false | out | excluded | ruled\ out )
      | isn't | doesn't | cannot | can't | contradicts | conflicts | misses | ignores )
    """,
    re.VERBOSE,
)
OPENING = re.compile(r"\(?([a-z])\)?(?:[.,:;!\n]| because\b| - )")


_LISTED = re.compile(r"^\(([a-z])\)\. ?(.+)$", re.MULTILINE)


def listed_options(question: str) -> dict[str, str]:
    """The options that a question lists below a line `Options:`, `(a). text` each; none: open."""
    _, _, listed = question.partition("\nOptions:\n")
    return dict(_LISTED.findall(listed.partition("\n\n")[0]))


def choice(options: Options, reply: str) -> str:
    """The letter of the option that a reply settles on; empty where it cannot be told."""
    text = _plain(reply)
    final = TAG.split(text)[-1].split("</")[0].strip()
    text = final or text
    for read in (_alone, _called, _left_standing, _opening, _quoted):
        letter = read(options, text)
        if letter in options:
            return letter
    return ""


def _plain(reply: str) -> str:
    """Lower case, no emphasis or LaTeX, one kind of bracket, of apostrophe and of space."""
    text = unicodedata.normalize("NFKC", reply).lower().replace("’", "'")
    text = re.sub(r"\\(?:boxed|text|textbf|mathrm)\{\(?([a-z])\)?\}", r"(\1)", text)
    text = re.sub(r"[*`$]", "", text)
    text = re.sub(r"[\[{]([a-z])[\]}]", r"(\1)", text)
    return re.sub(r"[ \t]+", " ", text).strip()


def _alone(options: Options, text: str) -> str:
    found = ALONE.fullmatch(text)
    return found[1] if found else ""


def _called(options: Options, text: str) -> str:
    found = list(CALLED.finditer(text))
    return (found[-1]["held"] or found[-1]["bare"]) if found else ""


def _left_standing(options: Options, text: str) -> str:
    named = {letter for letter in HELD.findall(text) if letter in options}
    down = {found["before"] or found["after"] for found in TURNED_DOWN.finditer(text)}
    left = named - down
    return left.pop() if len(left) == 1 else ""


def _opening(options: Options, text: str) -> str:
    """`(b). Because ...`, or `(b)` and then the text of that very option."""
    if found := OPENING.match(text):
        return found[1]
    for letter, option in options.items():
        if re.match(rf"\(?{letter}\) ", text) and _words(text[2:]).startswith(_words(option)):
            return letter
    return ""


def _quoted(options: Options, text: str) -> str:
    """The only option that the reply is word for word, or else the only one that it has in it."""
    said = _words(text)
    words = {letter: _words(option) for letter, option in options.items()}
    same = [letter for letter, option in words.items() if option == said != ""]
    inside = [letter for letter, option in words.items() if option and f" {option} " in f" {said} "]
    return same[0] if len(same) == 1 else inside[0] if len(inside) == 1 else ""


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower()))
