"""Taking memory along, bringing it back, and having everything forgotten."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from personavlm.errors import BadInput, PersonaVLMError
from personavlm.ui.feedback import tell, warned
from personavlm.ui.session import Session
from personavlm.ui.text import inert_html

CONFIRMATION = "forget me"
DOWNLOAD_SECONDS = 600
EVENT: dict[str, Any] = {"api_visibility": "private", "concurrency_limit": None}
CLICK_DOWNLOAD = "() => document.querySelector('#pv-export-file').click()"


def build_archive(state: gr.State, changed: gr.State) -> None:
    """Lay out the three controls; `changed` is counted up by what changes memory."""
    # The archive has to lie in a file while the browser fetches it, and no longer.
    archive = gr.State(None, time_to_live=DOWNLOAD_SECONDS, delete_callback=_discard)
    with gr.Accordion("Export, import, forget", open=False):
        gr.Markdown(
            "**Export** saves everything remembered about you, pictures included, as a zip."
        )
        export = gr.Button("Export my memory", size="sm")
        download = gr.DownloadButton("Archive", visible="hidden", elem_id="pv-export-file")
        gr.Markdown("**Import** replaces everything remembered about you with such a zip.")
        chosen = gr.File(label="Archive to import", file_types=[".zip"], height=150)
        take_over = gr.Checkbox(
            label="This archive is mine", info="For one exported under another name or elsewhere."
        )
        bring = gr.Button("Replace my memory with it", size="sm")
        gr.Markdown(
            "**Forget me** removes your conversations, memories, pictures and personality from "
            "here and from disk, at once. It cannot be undone; files you exported stay yours."
        )
        words = gr.Textbox(label=f"Type “{CONFIRMATION}” to confirm", max_lines=1)
        forget = gr.Button("Forget me", variant="stop", size="sm")

    export.click(_export, [state, archive], [archive, download], **EVENT).success(
        fn=None, js=CLICK_DOWNLOAD
    )
    bring.click(_import, [state, chosen, take_over, changed], [chosen, take_over, changed], **EVENT)
    gr.on(
        [forget.click, words.submit],
        _forget,
        [state, words, archive, changed],
        [words, archive, download, changed],
        **EVENT,
    )


def _export(session: Session, previous: str | None) -> tuple[str, Any]:
    try:
        data = session.agent.memory.export()
    except PersonaVLMError as error:  # raised, so that nothing old is downloaded
        raise gr.Error(inert_html(str(error)), print_exception=False) from error
    _discard(previous)
    folder = Path(get_upload_folder()) / secrets.token_hex(16)
    folder.mkdir(parents=True, mode=0o700)
    file = folder / f"personavlm-memory-{session.agent.now():%Y-%m-%d}.zip"
    file.write_bytes(data)
    tell("Your memory is being downloaded.")
    return str(file), gr.DownloadButton(value=str(file))


def _import(
    session: Session, chosen: str | None, take_over: bool, changed: int
) -> tuple[Any, bool, int]:
    """What fails leaves the chosen file where it is, to be tried again."""
    with warned():
        if not chosen:
            raise BadInput("Choose a zip file that was exported here first.")
        _check_idle(session)
        session.agent.memory.import_(Path(chosen), take_over=take_over)
        session.editing = None  # that message is gone
        Path(chosen).unlink(missing_ok=True)
        tell("Your memory was replaced with the archive.")
        return None, False, changed + 1
    return gr.skip(), take_over, changed


def _forget(
    session: Session, words: str, archive: str | None, changed: int
) -> tuple[str, str | None, Any, int]:
    with warned():
        if words.strip().strip("“”\"'").casefold() != CONFIRMATION:
            raise BadInput(f"Nothing was removed. To go ahead, type “{CONFIRMATION}” first.")
        _check_idle(session)
        session.agent.forget()
        session.unsaved.clear()
        session.editing = None
        _discard(archive)
        tell("Everything about you was removed.")
        return "", None, gr.DownloadButton(value=None), changed + 1
    return words, archive, gr.skip(), changed


def _check_idle(session: Session) -> None:
    if session.busy:
        raise BadInput("A reply is being written. Stop it or wait for it, then try again.")


def _discard(archive: str | None) -> None:
    """Take an archive that was offered for download off the disk."""
    if archive:
        shutil.rmtree(Path(archive).parent, ignore_errors=True)
