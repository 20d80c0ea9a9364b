"""The memory panel: what is remembered, in five tabs, to search, trace back, edit and delete.

The lists are drawn again whenever memory changed, from the database and the search form alone; only
the tab and page that are open are drawn, so that 10,000 memories cost no more than fifty.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import gradio as gr

from personavlm.errors import BadInput, PersonaVLMError
from personavlm.memory.memory import Memory, parse_keywords
from personavlm.records import Entry, Fact, Image, MemoryType, Object, Topic, Turn
from personavlm.ui.draw import PRIVATE
from personavlm.ui.feedback import tell, warned
from personavlm.ui.island import island
from personavlm.ui.latest import Latest
from personavlm.ui.memory_archive import build_archive
from personavlm.ui.memory_cards import failure_html, list_html, source_html
from personavlm.ui.memory_rows import (
    MOST_TURNS_OF_A_SESSION,
    Filter,
    Row,
    cut_page,
    entry_rows,
    fact_row,
    find_rows,
    parse_filter,
    topic_row,
)
from personavlm.ui.memory_script import (
    EDITOR_HTML,
    EDITOR_JS,
    FILTER_HTML,
    FILTER_JS,
    LIST_JS,
    SOURCE_HTML,
    SOURCE_JS,
)
from personavlm.ui.memory_style import STYLE
from personavlm.ui.object_cards import objects_html, views_html
from personavlm.ui.object_panel import build_objects, tell_sight
from personavlm.ui.object_script import OBJECT_LIST_JS
from personavlm.ui.object_style import STYLE as OBJECT_STYLE
from personavlm.ui.session import Panel, Session
from personavlm.ui.text import count

OBJECTS = "objects"  # as memory counts them
KINDS = (*MemoryType, OBJECTS)
SKIP = gr.skip()


@dataclass(eq=False)
class View(Latest):
    """What one tab of the browser looks at. Mutable: events share it, as a gr.State."""

    kind: str = MemoryType.CORE
    page: int = 0
    form: object = None  # what stands in the search form


def build_memory_panel(state: gr.State) -> Panel:
    """Lay the panel out in the current column and wire it up."""
    view, revision, changed = gr.State(lambda: View()), gr.State(0), gr.State(0)
    view.load_event_to_attach = None  # made when first used; not once more on load
    gr.HTML(f"<style>{STYLE}{OBJECT_STYLE}</style>", elem_classes="pv-off-stage")
    gr.HTML('<h2 class="pv-title">Memory</h2>', elem_classes="pv-flush")
    form = island(FILTER_HTML, FILTER_JS, {}, "pv-flush")
    undo = gr.Button("Undo the last deletion or merge", size="sm", visible=False)
    tabs, lists = [], []
    with gr.Tabs(overflow_behavior="wrap", elem_classes="pv-kinds"):
        for kind in KINDS:
            with gr.Tab(kind.capitalize()) as tab:
                tabs.append(tab)
                lists.append(_list(LIST_JS + (OBJECT_LIST_JS if kind == OBJECTS else "")))
                if kind == OBJECTS:
                    sight = gr.HTML(elem_classes="pv-flush")
                    tab.select(tell_sight, [state], sight, **PRIVATE)
    editor = island(EDITOR_HTML, EDITOR_JS, None, "pv-off-stage")
    source = island(SOURCE_HTML, SOURCE_JS, None, "pv-off-stage")
    build_objects(state, lists[-1], changed)
    build_archive(state, changed)

    shown = [undo, *tabs, *lists]
    seen = [state, view]
    revision.change(_draw, seen, shown, **PRIVATE)
    changed.change(_draw_afresh, seen, shown, **PRIVATE)
    form.change(_search, [*seen, form], shown, **PRIVATE)
    for kind, tab, cards in zip(KINDS, tabs, lists, strict=True):
        tab.select(partial(_open_tab, kind), seen, shown, trigger_mode="multiple", **PRIVATE)
        cards.turn_page(_turn_page, seen, shown, trigger_mode="always_last", **PRIVATE)
        cards.show_source(_show_source, [state], source, **PRIVATE)
        cards.open_editor(_open_editor, [state], editor, **PRIVATE)
        cards.remove_memories(_remove, [state, changed], changed, **PRIVATE)
    source.remove_view(_remove_view, [state, changed], [source, changed], **PRIVATE)
    editor.save_memory(_save, [state, editor, changed], [editor, changed], **PRIVATE)
    undo.click(_undo, [state, changed], changed, **PRIVATE)
    return Panel(
        refresh=lambda session: (time.monotonic_ns(),), outputs=[revision], changed=changed
    )


def _list(script: str) -> gr.HTML:
    return gr.HTML(js_on_load=script, apply_default_css=False, elem_classes=["pv-list", "pv-flush"])


# -- drawing -----------------------------------------------------------------------------------


def _draw(session: Session, view: View, closed: Any = SKIP) -> tuple[Any, ...]:
    """The undo button, the tabs' names and their lists, of which the open one is drawn.

    The closed ones are drawn when they are opened. They are left alone, so that a draw which
    arrives late does not empty a tab that was opened meanwhile.
    """
    draw, kind = view.start(), view.kind
    counts, undoable = dict[str, int](), False
    try:
        agent = session.agent
        memory = agent.memory
        counts, undoable = memory.counts(), memory.can_undo()
        drawn = _list_html(memory, kind, parse_filter(view.form, agent.zone), view.page)
    except PersonaVLMError as error:
        drawn = failure_html(str(error))
    if not view.is_last(draw):
        skipped = (SKIP,) * (1 + len(KINDS))
        return *skipped, *[SKIP if one == view.kind else closed for one in KINDS]
    names = [gr.Tab(label=f"{one.capitalize()} {counts.get(one, 0):,}") for one in KINDS]
    lists = [drawn if one == kind else closed for one in KINDS]
    return gr.Button(visible=undoable), *names, *lists


def _list_html(memory: Memory, kind: str, wanted: Filter, number: int) -> str:
    if kind == OBJECTS:
        found = memory.objects.all(wanted.text, wanted.window)
        return objects_html(cut_page(found, number), wanted.active)
    type_ = MemoryType(kind)
    page = cut_page(find_rows(memory, type_, wanted), number)
    return list_html(type_, page, wanted.active, _pictures(memory.turn, page.rows))


def _draw_afresh(session: Session, view: View) -> tuple[Any, ...]:
    """The same after the person changed memory: what was forgotten has to leave closed tabs too."""
    return _draw(session, view, closed="")


def _search(session: Session, view: View, form: object) -> tuple[Any, ...]:
    view.form, view.page = form, 0
    return _draw(session, view)


def _open_tab(kind: str, session: Session, view: View) -> tuple[Any, ...]:
    view.kind, view.page = kind, 0
    return _draw(session, view)


def _turn_page(session: Session, view: View, event: gr.EventData) -> tuple[Any, ...]:
    view.page = int(event.number)
    return _draw(session, view)


def _pictures(
    find_turn: Callable[[int], Turn], rows: Sequence[Row]
) -> dict[str, tuple[Image, ...]]:
    """The pictures of the turns that each row came from."""
    return {
        row.id: tuple(image for turn in row.turns for image in find_turn(turn).images)
        for row in rows
    }


# -- where a memory comes from -----------------------------------------------------------------


def _show_source(session: Session, event: gr.EventData) -> Any:
    with warned():
        agent = session.agent
        memory = agent.memory.get(str(event.id))
        match memory:
            case Fact():
                turns = [] if memory.turn is None else [agent.memory.turn(memory.turn)]
                note = "From this exchange:" if turns else "No exchange is linked to this memory."
                return source_html(memory.content, memory.reason, turns, note)
            case Topic():
                turns = [agent.memory.turn(turn) for turn in memory.turns]
                note = f"From {count(len(turns), 'exchange')} of one conversation:"
                return source_html(memory.summary, "", turns, note)
            case Object():
                return views_html(memory, agent.memory.turn)
            case Entry():
                turns = [] if memory.session is None else agent.turns(memory.session)
                turns = turns[-MOST_TURNS_OF_A_SESSION:]
                note = (
                    "Kept from a whole conversation, not from one message:"
                    if turns
                    else "You set this yourself."
                )
                return source_html(f"{memory.key}: {memory.value}", "", turns, note)
    return SKIP


# -- changing ----------------------------------------------------------------------------------


def _open_editor(session: Session, event: gr.EventData) -> Any:
    with warned():
        memory = session.agent.memory.get(str(event.id))
        if isinstance(memory, Turn | Object):
            raise BadInput("That is edited where it is shown.")
        return _editable(memory)
    return SKIP


def _editable(memory: Fact | Topic | Entry) -> dict[str, str | None]:
    """What the editor needs; `keywords` is None where this kind of memory has none."""
    match memory:
        case Fact():
            row = fact_row(memory)
        case Topic():
            row = topic_row(memory)
        case Entry():
            row = entry_rows([memory])[0]
    keywords = None if isinstance(memory, Entry) else ", ".join(row.keywords)
    return {"id": row.id, "key": row.key, "text": row.text, "keywords": keywords}


def _save(
    session: Session, editing: object, changed: int, event: gr.EventData
) -> tuple[object, int]:
    """Saves and closes the editor. What fails is told inside it, with the text still there."""
    words = None if event.keywords is None else parse_keywords(str(event.keywords))
    try:
        session.agent.memory.edit(str(event.id), str(event.text), words)
    except PersonaVLMError as error:
        kept = editing if isinstance(editing, dict) else {}
        return {**kept, "id": str(event.id), "problem": str(error)}, changed
    tell("The memory was changed.")
    return None, changed + 1


def _remove(session: Session, changed: int, event: gr.EventData) -> int:
    with warned():
        ids = [str(id) for id in event.ids]
        session.agent.memory.delete(ids)
        gone = "The memory was deleted" if len(ids) == 1 else f"{len(ids)} memories were deleted"
        tell(f"{gone}. You can undo this until the next deletion.")
        return changed + 1
    return changed


def _remove_view(session: Session, changed: int, event: gr.EventData) -> tuple[Any, int]:
    """One view of an object; closes the dialog that shows its views."""
    with warned():
        session.agent.memory.delete([str(event.id)])
        tell("The view was deleted. You can undo this until the next deletion.")
        return None, changed + 1
    return SKIP, changed


def _undo(session: Session, changed: int) -> int:
    with warned():
        back = session.agent.memory.undo_delete()
        tell(f"{count(back, 'memory', 'memories')} came back." if back else "Nothing to undo.")
        return changed + 1
    return changed
