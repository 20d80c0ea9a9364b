"""The web server around the page."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from personavlm.ui.identity import browser_secret
from personavlm.ui.page import build_page
from personavlm.ui.session import Lobby
from personavlm.ui.style import CSS, HEAD, THEME

if TYPE_CHECKING:
    from personavlm.model import PersonaVLM

IDLE_SECONDS = 2 * 3600.0  # an agent that nobody used for so long is closed
SWEEP_SECONDS = 300.0
OTHER_THREADS = 32  # for panels, the API and uploads, whatever the replies take


def serve(model: PersonaVLM, host: str, port: int, started: Callable[[], None]) -> None:
    """Serve until interrupted. `started` is called once the page is up."""
    # Uploads wait for being sent beside the memories, not in a folder that all users share.
    os.environ["GRADIO_TEMP_DIR"] = str(model.data_dir / "uploads")
    lobby = Lobby(model)
    page = build_page(lobby, browser_secret(model.data_dir))
    page.queue(default_concurrency_limit=None, max_size=512)
    _, address, _ = page.launch(
        server_name=host,
        server_port=port,
        prevent_thread_lock=True,
        max_threads=lobby.replies + OTHER_THREADS,
        quiet=True,
        run_history=False,
        max_file_size="200mb",
        strict_cors=True,
        ssr_mode=False,
        share=False,
        footer_links=["api"],
        theme=THEME,
        css=CSS,
        head=HEAD,
    )
    print(f"PersonaVLM on {address} · {model.engine_note}", flush=True)  # noqa: T201
    started()
    _sweep_until_told_to_stop(lobby)
    page.close(verbose=False)


def _sweep_until_told_to_stop(lobby: Lobby) -> None:
    """Ctrl-C and a container's SIGTERM end the app in good order: the memories are closed."""
    told = threading.Event()
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: told.set())
    while not told.wait(SWEEP_SECONDS):
        lobby.sweep(IDLE_SECONDS)
