"""How far a download is, in one line now and then."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

INTERVAL = 0.5  # seconds between two lines
WINDOW = 20  # lines that the rate is taken over


class Meter:
    """Counts the bytes of several files, of which `done` of `total` are here already."""

    def __init__(
        self,
        title: str,
        total: int,
        done: int,
        report: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._title, self._total, self._report, self._clock = title, total, report, clock
        self._whole = done  # bytes of the files that are complete
        self._partly = 0  # bytes of the one under way
        self._marks = deque([(clock(), done)], maxlen=WINDOW)

    def restart(self) -> None:
        """The file under way begins from nothing."""
        self._partly = 0

    def update(self, count: int) -> None:
        """So many more bytes of the file under way; fewer than none where some were given up."""
        self._partly += count
        now = self._clock()
        if now - self._marks[-1][0] < INTERVAL:
            return
        done = self._whole + self._partly
        since, before = self._marks[0]
        self._marks.append((now, done))
        rate = max(0.0, (done - before) / (now - since))
        self._report(
            f"Downloading {self._title}: {gigabytes(done, self._total)} ({rate / 1e6:.3g} MB/s)"
        )

    def finish(self, size: int) -> None:
        """The file under way is complete."""
        self._whole += size
        self._partly = 0


class Tap:
    """What huggingface_hub takes for a progress bar: it draws nothing and counts for a meter.

    Having `update_transfer` keeps it from opening a second bar for bytes on the wire, which are
    not those that reach the disk.
    """

    meter: Meter
    total: int | None = None

    def __init__(self, *_: object, **__: object) -> None:
        self.meter.restart()

    def update(self, count: float | None = 1) -> None:
        self.meter.update(int(count or 0))

    def update_transfer(self, count: float | None = 1) -> None: ...

    def set_postfix_str(self, *_: object, **__: object) -> None: ...

    def set_transfer_postfix_str(self, *_: object, **__: object) -> None: ...

    def refresh(self) -> None: ...

    def close(self) -> None: ...

    def __enter__(self) -> Tap:
        return self

    def __exit__(self, *_: object) -> None: ...


def tap(meter: Meter) -> type[Tap]:
    """A progress bar class for `meter`."""
    return type("MeterTap", (Tap,), {"meter": meter})


def gigabytes(done: int, total: int) -> str:
    """`3.1 of 16.6 GB`, in megabytes where there is less."""
    unit, name = (1e9, "GB") if total >= 1e9 else (1e6, "MB")
    return f"{done / unit:.1f} of {total / unit:.1f} {name}"


def size(count: int) -> str:
    """`16.6 GB`, in megabytes where it is less."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
