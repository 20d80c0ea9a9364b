"""What pip would choose for the Space's Python and Linux, asked from any machine.

pip takes wheels and Requires-Python for the target it is told, but reads environment markers
(`python_version < "3.12"`) for the interpreter that runs it. So its choice is checked afterwards:
every requirement that holds on the target must be met by what was chosen.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

GLIBC = 34  # SGLang's wheel asks for glibc 2.34; wheels for older ones run there as well
PLATFORMS = (
    *(f"manylinux_2_{minor}_x86_64" for minor in range(GLIBC, 4, -1)),
    *(f"manylinux{year}_x86_64" for year in (2014, 2010, 1)),
)


@dataclass(frozen=True, slots=True)
class Wheel:
    version: str
    requires: tuple[Requirement, ...]


def parse(text: str) -> list[Requirement]:
    """The requirements of a requirements.txt, in its order; comments and empty lines left out."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [Requirement(line) for line in lines if line]


def resolve(requirements: Path, python: str, scratch: Path) -> dict[str, Wheel]:
    """What pip would install for `python` ("3.12") on 64-bit Linux, by canonical name.

    Raises:
        AssertionError: pip found no set that fits; the message is pip's own.
    """
    report = scratch / "report.json"
    platforms = [flag for name in PLATFORMS for flag in ("--platform", name)]
    target = ["--python-version", python, "--implementation", "cp", *platforms]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--dry-run", "--ignore-installed", "--only-binary=:all:", *target,
         "--target", str(scratch / "never"), "--report", str(report), "-r", str(requirements)],
        capture_output=True, text=True,
    )  # fmt: skip
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    assert done.returncode == 0, "\n".join(errors) or done.stderr
    return chosen(json.loads(report.read_text()))


def chosen(report: Mapping[str, Any]) -> dict[str, Wheel]:
    """The wheels of pip's installation report; a name twice is an error."""
    wheels: dict[str, Wheel] = {}
    for item in report["install"]:
        metadata = item["metadata"]
        name = canonicalize_name(metadata["name"])
        assert name not in wheels, f"{name} was chosen twice"
        requires = tuple(Requirement(line) for line in metadata.get("requires_dist", ()))
        wheels[name] = Wheel(metadata["version"], requires)
    return wheels


def linux(python: str) -> dict[str, str]:
    """The environment that markers are read for: `python` ("3.12") on 64-bit Linux."""
    return {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "platform_python_implementation": "CPython",
        "os_name": "posix",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "platform_release": "",
        "platform_version": "",
    }


def unmet(
    roots: Iterable[Requirement], wheels: Mapping[str, Wheel], environment: Mapping[str, str]
) -> list[str]:
    """Requirements in force in `environment`, followed from `roots`, that `wheels` do not meet."""
    failures: set[str] = set()
    followed: set[tuple[str, str]] = set()
    queue = deque(root for root in roots if _in_force(root, "", environment))
    while queue:
        requirement = queue.popleft()
        name = canonicalize_name(requirement.name)
        wheel = wheels.get(name)
        if wheel is None or not requirement.specifier.contains(wheel.version, prereleases=True):
            failures.add(f"{requirement}, but {wheel.version if wheel else 'nothing'} was chosen")
            continue
        for extra in {"", *requirement.extras}:
            if (name, extra) not in followed:
                followed.add((name, extra))
                queue += [need for need in wheel.requires if _in_force(need, extra, environment)]
    return sorted(failures)


def _in_force(requirement: Requirement, extra: str, environment: Mapping[str, str]) -> bool:
    marker = requirement.marker
    return marker is None or marker.evaluate({**environment, "extra": extra})
