"""The Hub on loopback of `upload_hub`, with the storage that huggingface_hub uses where hf_xet is.

Files come in chunks, several of them packed into a xorb, and a shard says which chunks make up a
file. They are unpacked here as the protocol's specification has it
(https://huggingface.co/docs/xet), so that what is committed is what arrived.
"""

from __future__ import annotations

import hashlib
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import upload_hub
from upload_hub import UploadHub

CAS = "/cas"
RECORD = 48  # bytes of each record in a shard
ENDS = b"\xff" * 32  # the hash of the record that ends a section
VERIFIED, DESCRIBED = 1 << 31, 1 << 30  # flags of a file: more records follow its segments
PLAIN, LZ4, GROUPED = range(3)  # how a chunk is compressed; the last by bytes of equal rank first


class XetHub(UploadHub):
    """xorbs: the chunks of each, by its hash. received: how many came, again those that were there.

    stall_at: the commit is not answered once so many files arrived.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._server.RequestHandlerClass = _Handler
        self.xorbs: dict[bytes, list[bytes]] = {}
        self.received = 0


class _Handler(upload_hub._Handler):
    @property
    def _hub(self) -> XetHub:
        hub = super()._hub
        assert isinstance(hub, XetHub)
        return hub

    def do_GET(self) -> None:
        if "/xet-write-token/" in self.path and self._may_write():
            soon = int(time.time()) + 600
            self._say({"accessToken": "xet", "exp": soon, "casUrl": self._hub.url + CAS})
        elif not self.path.startswith(CAS):
            super().do_GET()
        else:  # whether somebody else has such a chunk
            self._refuse(404, "", "Not found")

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        if not path.startswith(CAS):
            super().do_POST()
            return
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if path.startswith(f"{CAS}/v1/xorbs/default/"):
            self._hub.received += 1
            self._hub.xorbs[_hash(path.rpartition("/")[2])] = list(chunks(data))
            self._say({"was_inserted": True})
        elif path == f"{CAS}/v1/shards":
            for content in files(data, self._hub.xorbs):
                oid = hashlib.sha256(content).hexdigest()
                self._hub.stored.append(oid)
                self._hub.objects[oid] = content
            self._say({"result": 1})
        else:  # newer ways, which the client can do without
            self._refuse(404, "", "Not found")

    def _commit(self, data: bytes, repo: str, branch: str) -> None:
        if self._hub.stall_at == len(self._hub.stored):
            self._hub.wait_for_end()
            return
        super()._commit(data, repo, branch)


def _hash(text: str) -> bytes:
    """Of its text form, which has the bytes of each eight in reverse."""
    return struct.pack("<4Q", *(int(text[i : i + 16], 16) for i in range(0, 64, 16)))


def chunks(xorb: bytes) -> Iterator[bytes]:
    """The chunks that are packed into a xorb."""
    place = 0
    while place < len(xorb):
        packed = int.from_bytes(xorb[place + 1 : place + 4], "little")
        kind = xorb[place + 4]
        whole = int.from_bytes(xorb[place + 5 : place + 8], "little")
        data = xorb[place + 8 : place + 8 + packed]
        place += 8 + packed
        chunk = data if kind == PLAIN else _lz4(data)
        chunk = _ungrouped(chunk) if kind == GROUPED else chunk
        assert len(chunk) == whole
        yield chunk


def files(shard: bytes, xorbs: dict[bytes, list[bytes]]) -> Iterator[bytes]:
    """The content of each file that a shard tells of."""
    place = RECORD  # the header is as long
    while shard[place : place + 32] != ENDS:
        flags, count = struct.unpack_from("<II", shard, place + 32)
        content = b""
        for record in range(place + RECORD, place + (1 + count) * RECORD, RECORD):
            start, end = struct.unpack_from("<II", shard, record + 40)
            content += b"".join(xorbs[shard[record : record + 32]][start:end])
        yield content
        more = (count if flags & VERIFIED else 0) + (1 if flags & DESCRIBED else 0)
        place += (1 + count + more) * RECORD


def _ungrouped(data: bytes) -> bytes:
    """First come all first bytes of four, then all second ones, and so on."""
    whole = bytearray(len(data))
    place = 0
    for rank in range(4):
        count = len(range(rank, len(data), 4))
        whole[rank::4] = data[place : place + count]
        place += count
    return bytes(whole)


def _lz4(frame: bytes) -> bytes:
    """The content of an LZ4 frame that has neither checksums nor a size in its header."""
    magic, flags = struct.unpack_from("<IB", frame)
    assert magic == 0x184D2204 and flags & 0b0001_1101 == 0
    whole, place = bytearray(), 7
    while size := int.from_bytes(frame[place : place + 4], "little"):
        plain, size = size >> 31, size & 0x7FFF_FFFF
        block = frame[place + 4 : place + 4 + size]
        place += 4 + size
        if plain:
            whole += block
        else:
            _unpack(block, whole)
    return bytes(whole)


def _unpack(block: bytes, whole: bytearray) -> None:
    """Append what an LZ4 block holds: literals, each followed by a copy of what came before."""
    place = 0

    def length(nibble: int) -> int:
        nonlocal place
        total, more = nibble, 255 if nibble == 15 else 0
        while more == 255:
            more = block[place]
            place += 1
            total += more
        return total

    while place < len(block):
        token = block[place]
        place += 1
        literals = length(token >> 4)
        whole += block[place : place + literals]
        place += literals
        if place < len(block):
            back = int.from_bytes(block[place : place + 2], "little")
            place += 2
            count = length(token & 15) + 4
            start = len(whole) - back
            while count > 0:  # a copy may overlap what it makes
                piece = whole[start : start + count]
                whole += piece
                count -= len(piece)
                start += len(piece)
