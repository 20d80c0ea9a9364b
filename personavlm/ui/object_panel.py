"""What can be done with objects in the memory panel: to name, rename and merge them.

Everything here comes from a browser: a picture is one of the person's own memory, or there is none.
"""

from __future__ import annotations

import math
from typing import Any

import gradio as gr

from personavlm.errors import BadInput, PersonaVLMError
from personavlm.ui.draw import PRIVATE
from personavlm.ui.feedback import tell, warned
from personavlm.ui.island import island
from personavlm.ui.object_cards import choices_html, kind_of, sight_html
from personavlm.ui.object_script import MERGE_HTML, MERGE_JS, NAMING_HTML, NAMING_JS
from personavlm.ui.pictures import data_uri
from personavlm.ui.session import Session
from personavlm.vision.base import Box

SKIP = gr.skip()
LARGE = 1280  # pixels of the picture that a box is drawn in
MOST_KNOWN = 200  # names that are offered again
NOT_YET = "What recognises them is known once the model is loaded."


def build_objects(state: gr.State, cards: gr.HTML, changed: gr.State) -> None:
    """Lay out the dialogs, and wire them and the tab's list."""
    naming = island(NAMING_HTML, NAMING_JS, None, "pv-off-stage")
    merging = island(MERGE_HTML, MERGE_JS, None, "pv-off-stage")
    naming.open_picture(_open_naming, [state], naming, **PRIVATE)
    naming.save_object(_name, [state, changed], [naming, changed], **PRIVATE)
    cards.rename_object(_rename, [state, changed], changed, **PRIVATE)
    cards.open_merge(_open_merge, [state], merging, **PRIVATE)
    merging.merge_objects(_merge, [state, changed], [merging, changed], **PRIVATE)


def tell_sight(session: Session) -> str:
    """What recognises objects here. It is chosen when it is first asked for, such as now."""
    try:
        note = NOT_YET if session.model.loading() else session.model.vision.note
    except PersonaVLMError as error:
        note = str(error)
    return sight_html(note)


# -- naming something in a picture -------------------------------------------------------------


def _open_naming(session: Session, event: gr.EventData) -> Any:
    with warned():
        memory = session.agent.memory
        image = memory.objects.picture(str(event.picture))
        address = data_uri(image, LARGE)
        if not address:
            raise BadInput("That picture is no longer there.")
        return {
            "picture": image.hash,
            "address": address,
            "width": image.width,
            "height": image.height,
            "known": [[one.name, kind_of(one)] for one in memory.objects.all()[:MOST_KNOWN]],
        }
    return SKIP


def _name(session: Session, changed: int, event: gr.EventData) -> tuple[Any, int]:
    """Saves and closes the dialog. What fails is told inside it, with all of it still there."""
    try:
        memory = session.agent.memory
        named = memory.objects.add(
            memory.objects.picture(str(event.picture)),
            _box(event.box),
            *(str(event.name), str(event.category), str(event.note)),
        )
    except PersonaVLMError as error:
        return {"problem": str(error)}, changed
    views = len(named.crops)
    tell(
        f"“{named.name}” will be recognised in new pictures; it is among your objects."
        if views == 1
        else f"This is view number {views} of “{named.name}”."
    )
    return None, changed + 1


def _box(drawn: object) -> Box | None:
    """Four edges in pixels; memory checks that they are inside the picture.

    Raises:
        BadInput: it is something else.
    """
    if drawn is None:
        return None
    edges = drawn if isinstance(drawn, list) and len(drawn) == 4 else [math.nan]
    if not all(isinstance(edge, int | float) and math.isfinite(edge) for edge in edges):
        raise BadInput("The box cannot be read. Draw it again.")
    return Box(*map(round, edges))


# -- changing ----------------------------------------------------------------------------------


def _rename(session: Session, changed: int, event: gr.EventData) -> int:
    with warned():
        session.agent.memory.objects.rename(str(event.id), str(event.name), str(event.category))
        tell("The object was renamed.")
        return changed + 1
    return changed


def _open_merge(session: Session, event: gr.EventData) -> Any:
    with warned():
        objects = session.agent.memory.objects
        kept = objects.get(str(event.id))
        others = [other for other in objects.all() if other.id != kept.id]
        if not others:
            raise BadInput("There is no other object that it could be the same as.")
        choices = choices_html(kept, others)
        return {"id": f"object:{kept.id}", "name": kept.name, "choices": choices}
    return SKIP


def _merge(session: Session, changed: int, event: gr.EventData) -> tuple[Any, int]:
    try:
        objects = session.agent.memory.objects
        objects.merge(str(event.kept), str(event.other))
        views = len(objects.get(str(event.kept)).crops)
    except PersonaVLMError as error:
        return {"problem": str(error)}, changed
    tell(f"They are one object now, with {views} views. You can undo this until the next deletion.")
    return None, changed + 1
