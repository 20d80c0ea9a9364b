"""Where requests go: to a server of our own, or to running ones that were named."""

from __future__ import annotations

import logging
import threading
import time
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace

from personavlm.engines.base import Report, silent
from personavlm.engines.sglang.client import Client
from personavlm.engines.sglang.failures import ServerGone
from personavlm.engines.sglang.served import Served, ask
from personavlm.engines.sglang.server import Server
from personavlm.errors import EngineUnavailable

log = logging.getLogger(__name__)

AGAIN = 10.0  # seconds after which a server that was gone is tried again
PAUSE = 1.0  # seconds before the only server is asked once more

# Version 0.3.2 passes on only those fields of a request that it knows, and `cache_salt` is none.
_ROUTED = (
    "SGLang's router does not tell its servers whose request it is, so they keep what they have "
    "read for all people together: nobody sees another's words, but the time to an answer, and "
    "the count of cached tokens, can tell that they were read. Name the servers instead to avoid it"
)


class Servers(ABC):
    """Ready servers that all run the same model. served: that model."""

    served: Served

    @abstractmethod
    def clients(self, salt: str) -> Iterator[Client]:
        """Servers to try, one after another. To ask for the next says that the last was gone.

        Raises:
            EngineUnavailable: there is no next one, for good.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the connections. Calling it twice is fine."""


class OwnServer(Servers):
    """The child process, which is restarted if it dies; the second try is the last."""

    def __init__(self, child: Server) -> None:
        self._child = child
        self._client = Client(child.url, child.key)
        self._switching = threading.Lock()
        self.served = ask(self._client)

    def clients(self, salt: str) -> Iterator[Client]:
        yield self._current()
        self._child.revive(log.warning)
        yield self._current()

    def close(self) -> None:
        self._client.close()

    def _current(self) -> Client:
        """The one of its present address, which a restart changes.

        The one of the old address stays open for those whose requests still break off there.
        """
        with self._switching:
            if self._client.url != self._child.url:
                self._client = Client(self._child.url, self._child.key)
            return self._client


class NamedServers(Servers):
    """Servers, or routers, that were running before. A salt keeps to one of them while that lives:
    what it has read of a person is there.

    Raises:
        EngineUnavailable: none of them answers, or they do not run the same model.
    """

    def __init__(self, urls: Sequence[str], key: str | None, report: Report = silent) -> None:
        self._clients = [Client(url, key) for url in urls]
        self._gone: dict[str, float] = {}  # since when, by URL
        self.served = self._ask(report)

    def clients(self, salt: str) -> Iterator[Client]:
        order = self._order(salt)
        if len(order) == 1:
            yield order[0]
            time.sleep(PAUSE)  # a router needs a moment to know that one of its workers died
            yield order[0]
            return
        for client in order:
            yield client
            self._gone[client.url] = time.monotonic()

    def close(self) -> None:
        for client in self._clients:
            client.close()

    def _order(self, salt: str) -> list[Client]:
        """From the one that the salt falls on; those that were gone a moment ago come last."""
        first = zlib.crc32(salt.encode()) % len(self._clients)
        turned = self._clients[first:] + self._clients[:first]
        return sorted(turned, key=lambda client: self._is_gone(client.url))

    def _is_gone(self, url: str) -> bool:
        return time.monotonic() - self._gone.get(url, float("-inf")) < AGAIN

    def _ask(self, report: Report) -> Served:
        told: dict[str, Served] = {}
        last: ServerGone | None = None
        for client in self._clients:
            report(f"Asking {client.url} which model it serves.")
            try:
                told[client.url] = ask(client)
                if told[client.url].routed:
                    report(f"{client.url}: {_ROUTED}")
            except ServerGone as error:
                last = error
                self._gone[client.url] = time.monotonic()
                report(f"{client.url} does not answer; going on without it for now.")
        if not told:
            assert last is not None
            raise last
        return _common(told)


def _common(told: dict[str, Served]) -> Served:
    """One description of several servers: their lanes together."""
    (first, *others) = told.values()
    if any((other.name, other.sees) != (first.name, first.sees) for other in others):
        models = ", ".join(f"{served.name} at {url}" for url, served in told.items())
        raise EngineUnavailable(
            f"The servers do not run the same model: {models}. Name only those that do."
        )
    return replace(
        first,
        lanes=sum(served.lanes for served in told.values()),
        context=min(served.context for served in told.values()),
    )
