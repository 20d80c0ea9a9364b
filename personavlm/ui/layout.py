"""What is on the page and where; what it does is in page.py."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
from gradio.components.chatbot import ExampleMessage

from personavlm.ui.clock import ClockPart, build_clock
from personavlm.ui.session import Panel

SAMPLE = "Load the sample month"
INVITATION = "Write a message, or add a picture"
INVITATION_OFF = "Memory is off: nothing is read from it, nothing is kept"
_EXAMPLES = (
    "I adopted a corgi today. His name is Biscuit!",
    "Please keep your answers short, I read them on the bus.",
    "What do you know about me?",
)
_WELCOME = """
<div class="pv-welcome">
<h2>Hello. Who are you?</h2>
<p>Tell me about your day. I remember what matters, find it again months later,
and learn how you like to be answered. You see all of it on this page, and can change it.</p>
</div>
"""


@dataclass(frozen=True)
class ChatPart:
    """The left column."""

    alert: gr.HTML
    earlier: gr.Button
    chatbot: gr.Chatbot
    progress: gr.HTML
    editing: gr.Row
    cancel: gr.Button
    box: gr.MultimodalTextbox
    retry: gr.Button
    edit: gr.Button
    undo: gr.Button
    new_session: gr.Button


@dataclass(frozen=True)
class OptionsPart:
    opened: gr.Accordion
    reasoning: gr.Checkbox
    force: gr.Checkbox
    off: gr.Checkbox
    sample: gr.Button
    searching: gr.HTML  # what searches memory


@dataclass(frozen=True)
class Page:
    """Everything that events touch."""

    replies: int  # how many may be written at once
    state: gr.State
    browser: gr.BrowserState
    zone: gr.Textbox
    changed: gr.State  # counts what changed memory behind the page's back
    drawn: gr.Textbox  # what the chat that the browser shows was drawn from
    pulse: gr.Timer
    engine: gr.HTML
    clock: ClockPart
    chat: ChatPart
    options: OptionsPart
    personality: Panel
    memory: Panel


def build_header() -> tuple[gr.HTML, ClockPart, OptionsPart]:
    with gr.Row(elem_id="pv-header", equal_height=False):
        with gr.Column(scale=10, min_width=260):
            engine = gr.HTML(brand("Starting…", busy=True), elem_id="pv-brand")
        with gr.Column(scale=6, min_width=230):
            clock = build_clock()
        with gr.Column(scale=4, min_width=150):
            options = build_options()
    return engine, clock, options


def brand(line: str, busy: bool = False) -> str:
    """The name, and one line about the engine; `line` is escaped already."""
    mark = '<span class="pv-spinner" aria-hidden="true"></span>' if busy else ""
    return f'<h1>PersonaVLM</h1><p id="pv-engine" role="status">{mark}{line}</p>'


def build_chat() -> ChatPart:
    alert = gr.HTML(visible=False, elem_id="pv-alert")
    earlier = gr.Button("Show earlier messages", size="sm", visible=False, elem_id="pv-earlier")
    chatbot = gr.Chatbot(
        label="Chat",
        show_label=False,
        elem_id="pv-chat",
        height="calc(100dvh - 244px)",
        min_height=360,
        placeholder=_WELCOME,
        examples=[ExampleMessage(text=text) for text in (SAMPLE, *_EXAMPLES)],
        buttons=[],
        layout="bubble",
        latex_delimiters=[],
        allow_tags=False,
        sanitize_html=True,
        feedback_options=None,
    )
    progress = gr.HTML(visible=False, elem_id="pv-progress")
    with gr.Row(visible=False, elem_id="pv-editing") as editing:
        gr.HTML("Editing your last message: sending it replaces the reply too.")
        cancel = gr.Button("Cancel", size="sm", scale=0, min_width=90)
    box = gr.MultimodalTextbox(
        label="Message",
        show_label=False,
        placeholder=INVITATION,
        file_types=["image"],
        file_count="multiple",
        max_plain_text_length=10_000_000,  # a long text stays text: it is not made a file
        max_lines=8,
        elem_id="pv-box",
        autofocus=True,
    )
    with gr.Row(elem_classes="pv-buttons", elem_id="pv-actions"):
        retry, edit, undo = (
            gr.Button(
                name, size="sm", min_width=70, interactive=False, elem_id=f"pv-{name.lower()}"
            )
            for name in ("Retry", "Edit", "Undo")
        )
        new_session = gr.Button("New session", size="sm", min_width=110, elem_id="pv-new")
    return ChatPart(
        alert, earlier, chatbot, progress, editing, cancel, box, retry, edit, undo, new_session
    )


def build_options() -> OptionsPart:
    with gr.Accordion("Settings", open=False, elem_id="pv-settings") as opened:
        reasoning = gr.Checkbox(True, label="Think before answering", info="Slower, and better.")
        force = gr.Checkbox(
            False, label="Always search memory", info="Even where the model sees no need to."
        )
        off = gr.Checkbox(
            False,
            label="Memory off for this chat",
            info="Nothing is read from memory and nothing is kept: not this chat either.",
        )
        sample = gr.Button(SAMPLE, size="sm", elem_id="pv-sample")
        searching = gr.HTML(elem_id="pv-searching")
    return OptionsPart(opened, reasoning, force, off, sample, searching)
