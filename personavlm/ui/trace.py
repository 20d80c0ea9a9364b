"""A turn as chat messages: what the person sent, the folds of the reply, the reply, what was kept.

Pure: values in, messages out. Everything that a person or a memory said goes through
`inert_markdown`, since the chat renders Markdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradio import ChatMessage
from gradio.components.chatbot import MetadataDict

from personavlm.records import (
    Hit,
    Image,
    MemoryType,
    Remembered,
    Reply,
    Retrieval,
    Thought,
    TraceStep,
    Turn,
    Window,
)
from personavlm.ui.pictures import img_tag, nameable
from personavlm.ui.text import (
    TYPE_NAMES,
    cost,
    count,
    day,
    inert_markdown,
    moment,
    reply_markdown,
    span,
)

PREVIEW = "preview"
_REMEMBERED = {
    "personality": "Personality",
    "semantic": "Fact",
    "episodic": "Topic",
    "procedural": "Habit or goal",
    "core": "About you",
}


def person_said(text: str, images: Sequence[Image] = ()) -> ChatMessage:
    pictures = [
        nameable(image, f"picture {number} of {len(images)}")
        for number, image in enumerate(images, 1)
    ]
    parts = [inert_markdown(text)] if text.strip() else []
    if pictures:
        parts.append(f'<span class="pv-pictures">{"".join(pictures)}</span>')
    return ChatMessage(role="user", content="\n\n".join(parts) or "&nbsp;")


def session_started(turn: Turn) -> ChatMessage:
    """The line between sessions. It sits with the person's messages, which open a session."""
    return ChatMessage(role="user", content=f'<span class="pv-session">{moment(turn.time)}</span>')


def thinking(fold: str, text: str, seconds: float | None = None) -> ChatMessage:
    """Open while `seconds` are not known yet, closed afterwards."""
    metadata = MetadataDict(title="Thinking", id=fold, status="pending")
    if seconds is not None:
        metadata["status"] = "done"
        metadata["duration"] = round(seconds, 1) or 0.1
    return ChatMessage(content=inert_markdown(text) or "…", metadata=metadata)


def searched(fold: str, step: Retrieval) -> list[ChatMessage]:
    """The search, and below it one fold a hit."""
    summary = step.note or ("Best match first." if step.hits else "Nothing in memory fits.")
    search = ChatMessage(
        content=inert_markdown(f"{summary[:1].upper()}{summary[1:]}"),
        metadata=MetadataDict(title=_search_title(step), id=fold, status="done"),
    )
    return [search, *(_hit(fold, number, hit) for number, hit in enumerate(step.hits))]


def _search_title(step: Retrieval) -> str:
    if not step.asked:
        names = dict.fromkeys(hit.object.name for hit in step.hits if hit.object)
        known = inert_markdown(", ".join(names)) or "what was deleted since"
        return f"Recognised in your picture: {known}"
    window = span(Window(step.start, step.end))
    hits = count(len(step.hits), "hit")
    return f"Searched memory: {inert_markdown(step.keywords)} · {window} · {hits}"


def _hit(fold: str, number: int, hit: Hit) -> ChatMessage:
    parts = [inert_markdown(hit.text)]
    if hit.turns:
        parts.append(_exchanges(hit))
    if hit.images:
        shown = img_tag if hit.object else nameable  # a crop is named already
        pictures = "".join(shown(image, "picture from memory", 240) for image in hit.images)
        parts.append(f'<span class="pv-pictures">{pictures}</span>')
    if hit.pictures_left_out:
        more = count(hit.pictures_left_out, "more picture")
        parts.append(f'<span class="pv-quote">and {more}, which the model was not shown</span>')
    parts.append(f'<span class="pv-why">Why: {inert_markdown(hit.why)}</span>')
    return ChatMessage(
        content="\n\n".join(parts),
        metadata=MetadataDict(
            title=f"{_kind(hit)} · {_when(hit)}", id=f"{fold}-{number}", parent_id=fold
        ),
    )


def _kind(hit: Hit) -> str:
    """A message that no topic holds yet can be found as well."""
    if hit.object:
        return f"Object: {inert_markdown(hit.object.name)}"
    return "Message" if hit.id.startswith("turn:") else TYPE_NAMES[hit.type]


def _when(hit: Hit) -> str:
    """A topic lasts from one day to another; a fact holds until a newer one replaces it."""
    if hit.end is None:
        return day(hit.time)
    if hit.type is MemoryType.SEMANTIC:
        return f"{day(hit.time)}, until {day(hit.end)}"
    return span(Window(hit.time, hit.end))


def _exchanges(hit: Hit) -> str:
    """The turns that came along with a topic, as quotes."""
    lines = []
    for turn in hit.turns:
        lines.append(f"“{inert_markdown(_shortened(turn.text))}”")
        if turn.reply:
            lines.append(f"— {inert_markdown(_shortened(turn.reply))}")
    if hit.left_out:
        lines.append(f"and {count(hit.left_out, 'more exchange')}")
    return f'<span class="pv-quote">{"<br>".join(lines)}</span>'


def _shortened(text: str, longest: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def steps(prefix: str, trace: Iterable[TraceStep]) -> list[ChatMessage]:
    """The folds of a finished trace."""
    messages: list[ChatMessage] = []
    for number, step in enumerate(trace):
        fold = f"{prefix}-{number}"
        if isinstance(step, Thought):
            messages.append(thinking(fold, step.text, step.seconds))
        else:
            messages += searched(fold, step)
    return messages


def answer(text: str, answered_by: str) -> ChatMessage:
    """The preview engine quotes people, so its words are theirs; other engines write Markdown."""
    return ChatMessage(content=(inert_markdown if answered_by == PREVIEW else reply_markdown)(text))


def note(text: str, tone: str = "footer") -> ChatMessage:
    """A line of ours below a reply: what it took (`footer`), or why it ended early (`ended`)."""
    return ChatMessage(content=f'<span class="pv-{tone}">{inert_markdown(text)}</span>')


def remembered(fold: str, saved: Sequence[Remembered], pending: bool) -> list[ChatMessage]:
    """What the update stage made of the turn; while it works, a fold that says so."""
    if not saved and not pending:
        return []
    if not saved:
        waiting = MetadataDict(title="Remembering", id=fold, status="pending")
        return [ChatMessage(content="Looking for what is worth keeping…", metadata=waiting)]
    lines = [
        f"- **{_REMEMBERED[item.kind]}**{'' if item.saved else ' (nothing saved)'}: "
        f"{inert_markdown(' '.join(item.text.split()))}"
        for item in saved
    ]
    title = f"Remembered: {inert_markdown(_gist(saved))}"
    metadata = MetadataDict(title=title, id=fold, status="done")
    return [ChatMessage(content="\n".join(lines), metadata=metadata)]


def _gist(saved: Sequence[Remembered]) -> str:
    """What was kept, in few words."""
    kept = [item for item in saved if item.saved]
    texts = [_shortened(item.text, 90) for item in kept if item.kind == "semantic"]
    others = [_REMEMBERED[item.kind].lower() for item in kept if item.kind != "semantic"]
    return " · ".join(texts + list(dict.fromkeys(others))) or "nothing new"


_ENDED = {
    "stopped": "Stopped. What was written so far is kept.",
    "failed": "The reply broke off. Press Retry to ask again.",
    "open": "No reply yet. If none is on its way, press Retry to ask again.",
}


def finished(turn: Turn, reply: Reply, problem: str = "") -> list[ChatMessage]:
    """A whole turn as it is shown from then on; `problem` is why it failed, where that is known."""
    messages = [person_said(turn.text, turn.images), *steps(f"t{turn.id}", reply.trace)]
    if reply.text:
        messages.append(answer(reply.text, reply.answered_by or PREVIEW))
    ended = problem or _ENDED.get(turn.state, "")
    if ended:
        messages.append(note(ended, "ended"))
    if reply.usage.seconds:
        messages.append(note(cost(reply.usage, reply.answered_by)))
    return messages
