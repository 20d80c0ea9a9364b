"""Words on the page: what a person wrote is shown as it is, never interpreted."""

from __future__ import annotations

import html
import re
from datetime import datetime

from personavlm.records import MemoryType, Usage, Window

TYPE_NAMES = {
    MemoryType.CORE: "About you",
    MemoryType.SEMANTIC: "Fact",
    MemoryType.EPISODIC: "Topic",
    MemoryType.PROCEDURAL: "Habit or goal",
}

# What Markdown, HTML, LaTeX or a link finder could give a meaning to. Written as numbers (&#42;)
# they survive the Markdown parser untouched and come out of the browser as themselves.
_ACTIVE = re.compile(
    r"""[\\`*_\[\]<>&~|$^=#{}@]      # anywhere
    | (?<=http):|(?<=https):|(?<=ftp):|(?<=www)\.   # before an address
    | (?<=\d)[.)](?=\s|$)            # a list's number
    | ^[ \t]*[-+](?=[-+ \t]|$)       # a list's mark, a rule
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
_LEADING = re.compile(r"^[ \t]+", re.MULTILINE)

# In a reply these could load something from outside or be taken for HTML.
_UNSAFE_IN_REPLY = re.compile(r"[<>&\[\]]")
# Code is shown letter by letter anyway. A fence that is still open runs to the end of the text.
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]+`)", re.DOTALL)


def inert_markdown(text: str) -> str:
    """Text of a person or a memory where Markdown is rendered: it is shown letter by letter."""
    numbered = _ACTIVE.sub(_as_number, text)
    # Four leading spaces would be a code block.
    return _LEADING.sub(lambda found: "&nbsp;" * len(found[0].expandtabs(4)), numbered)


def inert_html(text: str) -> str:
    """The same for a component that renders HTML: line breaks kept, everything else literal."""
    return html.escape(text).replace("\n", "<br>")


def reply_markdown(text: str) -> str:
    """A model's reply: emphasis, lists and code are rendered; HTML, links and images are not.

    A reply may quote a memory, and a memory may hold anything, such as an image address that would
    tell a stranger when it was looked at. (The page's content policy stops that as well.)
    """
    parts = _CODE.split(text)
    parts[::2] = [_UNSAFE_IN_REPLY.sub(_as_number, part) for part in parts[::2]]
    return "".join(parts).replace("```mermaid", "```text")


def _as_number(found: re.Match[str]) -> str:
    return "".join(f"&#{ord(letter)};" for letter in found[0])


def day(time: datetime) -> str:
    return f"{time:%a} {time.day} {time:%b %Y}"


def moment(time: datetime) -> str:
    return f"{day(time)}, {time:%H:%M}"


def span(window: Window) -> str:
    """The time that a search looked at, in words."""
    if window.start is None and window.end is None:
        return "any time"
    if window.start is None or window.end is None:
        side, time = ("until", window.end) if window.start is None else ("since", window.start)
        return f"{side} {day(time)}" if time else "any time"
    if window.start.date() == window.end.date():
        return day(window.start)
    return f"{day(window.start)} – {day(window.end)}"


def count(number: int, one: str, many: str = "") -> str:
    """`3 hits`, `1 hit`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def cost(usage: Usage, answered_by: str) -> str:
    """What a reply took, for the line below it."""
    tokens = f"{usage.prompt_tokens:,} + {usage.completion_tokens:,} tokens"
    seconds = f"{usage.seconds:.1f} s" if usage.seconds >= 0.1 else "under 0.1 s"
    return f"{tokens} · {seconds} · {answered_by}"
