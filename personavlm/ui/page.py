"""The page: its parts put together."""

from __future__ import annotations

import gradio as gr

from personavlm.ui.api import add_api
from personavlm.ui.events import wire
from personavlm.ui.layout import Page, build_chat, build_header
from personavlm.ui.memory_panel import build_memory_panel
from personavlm.ui.personality_panel import build_personality_panel
from personavlm.ui.session import Lobby, Session

STORAGE_KEY = "personavlm"  # fixed, as the secret is: or a restart would lose the browser's id
CACHE_SECONDS = 3600  # an upload that was never sent is deleted after this


def build_page(lobby: Lobby, secret: str) -> gr.Blocks:
    with gr.Blocks(
        title="PersonaVLM",
        analytics_enabled=False,
        delete_cache=(CACHE_SECONDS, CACHE_SECONDS),
        fill_width=True,
    ) as opened:
        blocks: gr.Blocks = opened
        state = gr.State(lambda: Session(lobby), delete_callback=Session.forget_unsaved)
        # The state's factory runs when a tab first uses it. Its load event would replace the
        # session once more, in a race with the one that says who the browser is.
        state.load_event_to_attach = None
        engine, clock, options = build_header()
        with gr.Row(elem_id="pv-main", equal_height=False):
            with gr.Column(scale=6, min_width=320):
                chat = build_chat()
            with gr.Column(scale=4, min_width=320):
                with gr.Column(elem_id="pv-personality"):
                    personality = build_personality_panel(state)
                with gr.Column(elem_id="pv-memory"):
                    memory = build_memory_panel(state)
        wire(
            blocks,
            Page(
                replies=lobby.replies,
                state=state,
                browser=gr.BrowserState("", storage_key=STORAGE_KEY, secret=secret),
                zone=gr.Textbox(visible=False),
                changed=gr.State(0),
                drawn=gr.Textbox(visible=False),
                pulse=gr.Timer(1.0),
                engine=engine,
                clock=clock,
                chat=chat,
                options=options,
                personality=personality,
                memory=memory,
            ),
        )
        add_api(lobby)
    return blocks
