"""The bill of materials of what is shipped (CycloneDX): the packages of the lock with their hashes and licences.

python .ci/materials.py ENVIRONMENT_SBOM REQUIREMENTS_LOCK OUT

The first file is what `cyclonedx-py environment` makes of an environment in which the lock is installed. Ends with 1
for a licence that no one has looked at, or that would bind who ships this.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_BOUND = re.compile(r"\b(?:A?GPL|SSPL|BUSL|CC-BY-NC|proprietary)", re.IGNORECASE)
"""Licences under which this may not be shipped as it is."""

_PIN = re.compile(r"^([a-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")

LOOKED_AT: Mapping[str, str] = {
    "huey": "MIT",
    "partd": "BSD-3-Clause",
    "protobuf": "BSD-3-Clause",
    "pyarrow-hotfix": "Apache-2.0",
    "rich-click": "MIT",
    "simple-di": "Apache-2.0",
    "skops": "MIT",
}
"""Licences of packages whose metadata names none, as their sources say."""


def pins(lock: str) -> dict[str, dict[str, list[str]]]:
    """Of each package by version the hashes of its files; there is more than one version where Python's own decides."""
    starts = [(match[1], match[2], match.start()) for match in _PIN.finditer(lock)]
    ends = [start for _, _, start in starts[1:]] + [len(lock)]
    found: dict[str, dict[str, list[str]]] = {}
    for (name, version, start), end in zip(starts, ends, strict=True):
        found.setdefault(name, {})[version] = _HASH.findall(lock[start:end])
    return found


def licence(component: Mapping[str, Any]) -> str:
    """What a component says of its licence, or what was looked up; empty where nobody knows."""
    told = [one.get("expression") or one["license"].get("id") or one["license"].get("name", "")
            for one in component.get("licenses", ())]  # fmt: skip
    known = [text.removeprefix("License :: OSI Approved :: ") for text in told if text != "License :: OSI Approved"]
    return " or ".join(dict.fromkeys(known)) or LOOKED_AT.get(_name(component["name"]), "")


def shipped(environment: Mapping[str, Any], lock: str) -> dict[str, Any]:
    """The document with the packages of the lock alone, each with its hashes."""
    wanted = pins(lock)
    kept = [one for one in environment["components"] if _name(one["name"]) in wanted]
    for component in kept:
        hashes = wanted[_name(component["name"])].get(component["version"], [])
        component["hashes"] = [{"alg": "SHA-256", "content": digest} for digest in hashes]
        component["licenses"] = component.get("licenses") or [{"license": {"name": licence(component)}}]
    refs = {component["bom-ref"] for component in kept}
    depends = [one for one in environment.get("dependencies", ()) if one["ref"] in refs]
    for one in depends:
        one["dependsOn"] = [ref for ref in one.get("dependsOn", ()) if ref in refs]
    return {**environment, "components": kept, "dependencies": depends}


def faults(document: Mapping[str, Any], lock: str) -> Iterator[str]:
    """What keeps this from being shipped."""
    there = {_name(component["name"]): component for component in document["components"]}
    for name, versions in pins(lock).items():
        yield from (f"{name} {version} is locked without a hash" for version, hashes in versions.items() if not hashes)
        if name in there and there[name]["version"] not in versions:
            yield f"{name} is installed as {there[name]['version']}, and locked as {', '.join(versions)}"
    for name, component in there.items():
        told = licence(component)
        if not told:
            yield f"{name} names no licence: look, and write it down in .ci/materials.py"
        elif _BOUND.search(told):
            yield f"{name} is under {told}"


def _name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def main() -> int:
    environment, lock, out = (Path(argument) for argument in sys.argv[1:4])
    text = lock.read_text("utf-8")
    document = shipped(json.loads(environment.read_text("utf-8")), text)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
    found = list(faults(document, text))
    for line in found:
        print(line, file=sys.stderr)
    for name, count in Counter(licence(component) for component in document["components"]).most_common():
        print(f"{count:4} {name}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
