"""The app, here and on a Space: settings, model, page. `python app.py --help` lists the settings.

The page is up before the models are: nothing below imports torch, the model loads behind the page.
"""

from __future__ import annotations

import os
import socket
import sys

from pydantic import ValidationError
from pydantic_settings import CliApp

from personavlm.errors import PersonaVLMError
from personavlm.settings import Settings


def main() -> int:
    try:
        settings = CliApp.run(Settings)
        _require_free(settings.host, settings.port)
    except ValidationError as error:
        first = error.errors()[0]
        return _refuse(f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
    except OSError as error:
        return _refuse(
            f"Port {settings.port} on {settings.host} cannot be used: "
            f"{os.strerror(error.errno or 0)}. Choose another one, for example "
            f"python app.py --port {settings.port + 1}"
        )

    from personavlm.machine import on_zero_gpu
    from personavlm.model import PersonaVLM  # after the checks: a typo is answered at once
    from personavlm.ui.serve import serve

    try:
        with PersonaVLM.prepare(
            settings.wanted, settings.data_dir, settings.prompts, settings.reranker
        ) as model:
            if on_zero_gpu():  # a call finds there what was on the GPU when the page started
                model.load(print)
            serve(model, settings.host, settings.port, started=model.start_loading)
    except PersonaVLMError as error:
        return _refuse(str(error))
    return 0


def _require_free(host: str, port: int) -> None:
    """Raise OSError where the port is taken or the address is not ours."""
    with socket.create_server((host, port)):
        pass


def _refuse(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
