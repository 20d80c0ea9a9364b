"""The Hub on loopback of `hub_server`, which takes uploads too: by Git LFS, committed as a whole.

A branch besides `main` is the folder `root/owner/name@branch`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import hub_server
from hub_server import LARGE, MEMBER, HubServer

REPO = r"([^/]+/[^/]+?)"
CARD = "README.md"


class Commit(NamedTuple):
    """A commit that was made: where, and of which files."""

    branch: str
    files: tuple[str, ...]


class UploadHub(HubServer):
    """commits: those made so far. stored: the names of LFS objects that arrived, in their order.

    refusal: status and words that the next LFS batch is answered with. stall_at: of the objects,
    counted from 0, the one whose upload is never answered. damages: of what arrives one byte is
    changed, unnoticed. moved: somebody else commits before the next commit.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._server.RequestHandlerClass = _Handler
        self.objects: dict[str, bytes] = {}
        self.stored: list[str] = []
        self.commits: list[Commit] = []
        self.refusal: tuple[int, str] | None = None
        self.stall_at: int | None = None
        self.damages = False
        self.moved = False

    def place(self, repo: str, revision: str) -> str:
        """The folder in `root` with a repository as it is on a branch, or at its commit."""
        owner, name = repo.split("/")
        for folder in sorted((self.root / owner).glob(f"{name}@*")):
            branch = f"{owner}/{folder.name}"
            if revision in (folder.name.partition("@")[2], self.commit(branch)):
                return branch
        return repo


class _Handler(hub_server._Handler):
    @property
    def _hub(self) -> UploadHub:
        hub = super()._hub
        assert isinstance(hub, UploadHub)
        return hub

    def _model(self, repo: str, revision: str) -> None:
        place = self._hub.place(repo, revision)
        super()._model(place, revision if place == repo else "main")

    def _file(self, repo: str, revision: str, name: str) -> None:
        place = self._hub.place(repo, revision)
        super()._file(place, revision if place == repo else "main", name)

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        path = urlsplit(self.path).path
        routes: dict[str, Callable[..., None]] = {
            r"/api/repos/create": self._create,
            r"/api/validate-yaml": self._validate,
            rf"/api/models/{REPO}/branch/([^/]+)": self._branch,
            rf"/api/models/{REPO}/preupload/([^/]+)": self._preupload,
            rf"/{REPO}\.git/info/lfs/objects/batch": self._batch,
            r"/lfs/verify": self._verify,
            rf"/api/models/{REPO}/commit/([^/]+)": self._commit,
        }
        for route, answer in routes.items():
            if found := re.fullmatch(route, path):
                if answer == self._validate or self._may_write():
                    answer(data, *map(unquote, found.groups()))
                return
        self._refuse(404, "", f"no route {path}")

    def do_PUT(self) -> None:
        """One LFS object, to the address that the batch named: that is the permission."""
        if self._hub.stall_at == len(self._hub.stored):
            self.rfile.read(1)
            self._hub.wait_for_end()
            return
        data = self.rfile.read(int(self.headers["Content-Length"]))
        oid = urlsplit(self.path).path.rpartition("/")[2]
        if hashlib.sha256(data).hexdigest() != oid:
            self._refuse(400, "", "The content is not what was announced")
            return
        self._hub.stored.append(oid)
        self._hub.objects[oid] = data[:-1] + bytes([data[-1] ^ 1]) if self._hub.damages else data
        self._answer(200, b"", {})

    def _may_write(self) -> bool:
        if not self._token:
            self._refuse(401, "", "Invalid username or password.")
        elif self._token != MEMBER:
            self._refuse(403, "", "You have read access but not the required permissions")
        return self._token == MEMBER

    def _say(self, body: dict[str, Any], status: int = 200) -> None:
        self._answer(status, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _create(self, data: bytes) -> None:
        asked = json.loads(data)
        repo = f"{asked['organization']}/{asked['name']}"
        folder = self._hub.root / repo
        if folder.exists():
            self._refuse(409, "", "You already created this model repo")
            return
        folder.mkdir(parents=True)
        (folder / ".gitattributes").write_text(
            "*.safetensors filter=lfs diff=lfs merge=lfs -text\n"
        )
        if asked.get("visibility") == "private":
            self._hub.private.add(repo)
        self._say({"url": f"{self._hub.url}/{repo}", "id": repo})

    def _validate(self, data: bytes) -> None:
        if "license: nonsense" in json.loads(data)["content"]:
            errors = [{"message": '"license" must be one of a list'}]
            self._say({"errors": errors, "warnings": []}, 400)
        else:
            self._say({"errors": [], "warnings": []})

    def _branch(self, data: bytes, repo: str, branch: str) -> None:
        shutil.copytree(self._hub.root / repo, self._hub.root / f"{repo}@{branch}")
        self._say({})

    def _preupload(self, data: bytes, repo: str, revision: str) -> None:
        files = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if file["path"].endswith(LARGE) else "regular",
                "shouldIgnore": False,
            }
            for file in json.loads(data)["files"]
        ]
        self._say({"files": files})

    def _batch(self, data: bytes, repo: str) -> None:
        if self._hub.refusal is not None:
            self._refuse(self._hub.refusal[0], "", self._hub.refusal[1])
            return
        objects = []
        for entry in json.loads(data)["objects"]:
            if entry["oid"] not in self._hub.objects:
                upload = {"href": f"{self._hub.url}/lfs/{entry['oid']}?X-Amz-Signature=0123abcd"}
                entry["actions"] = {
                    "upload": upload,
                    "verify": {"href": f"{self._hub.url}/lfs/verify"},
                }
            objects.append(entry)
        self._say({"transfer": "basic", "objects": objects})

    def _verify(self, data: bytes) -> None:
        asked = json.loads(data)
        if len(self._hub.objects.get(asked["oid"], b"")) == asked["size"]:
            self._say({})
        else:
            self._refuse(404, "", "Object not found")

    def _commit(self, data: bytes, repo: str, branch: str) -> None:
        hub = self._hub
        place = hub.place(repo, branch)
        header, *operations = (json.loads(line) for line in data.splitlines())
        if hub.moved:
            (hub.root / place / "notes.txt").write_text("by somebody else")
        if header["value"].get("parentCommit") not in (None, hub.commit(place)):
            self._refuse(412, "", "A commit has happened since. Please refresh and try again.")
            return
        contents = {}
        for operation in operations:
            value = operation["value"]
            lfs = operation["key"] == "lfsFile"
            found = hub.objects[value["oid"]] if lfs else base64.b64decode(value["content"])
            contents[value["path"]] = found
        for name, content in contents.items():
            path = hub.root / place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        hub.commits.append(Commit(branch, tuple(sorted(contents))))
        oid = hub.commit(place)
        self._say({"commitOid": oid, "commitUrl": f"{hub.url}/{repo}/commit/{oid}"})
