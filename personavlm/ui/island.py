"""A piece of the page with a script of its own."""

from __future__ import annotations

import gradio as gr


def island(template: str, script: str, value: object, name: str) -> gr.HTML:
    """A template that Gradio never draws again; the value reaches the script as a property."""
    return gr.HTML(
        value,
        html_template=template,
        js_on_load=script,
        apply_default_css=False,
        elem_classes=name,
    )
