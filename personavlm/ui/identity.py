"""Who a browser is: an opaque random id that it keeps, and nothing else.

The id is the key to a memory, so it is long, random, and kept encrypted in the browser with a
secret of this installation. The same browser comes back to the same memory after a restart.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from personavlm.errors import MemoryUnavailable

_ID = re.compile(r"[A-Za-z0-9_-]{24,64}")


def new_id() -> str:
    return secrets.token_urlsafe(24)


def valid_id(candidate: object) -> str | None:
    """What the browser sent, if it is an id of ours; it could send anything."""
    if isinstance(candidate, str) and _ID.fullmatch(candidate):
        return candidate
    return None


def browser_secret(data_dir: Path) -> str:
    """This installation's secret, made once and readable by its owner only.

    Raises:
        MemoryUnavailable: the data folder cannot be written.
    """
    path = data_dir / "browser.key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise MemoryUnavailable(
            f"The data folder {data_dir} cannot be written ({os.strerror(error.errno or 0)}). "
            "Choose another one with --data-dir."
        ) from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        secret = secrets.token_urlsafe(32)
        file.write(secret)
    return secret
