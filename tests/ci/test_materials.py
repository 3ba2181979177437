"""What is shipped is listed with hashes and licences, and a licence that binds is found."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def load() -> Any:
    spec = importlib.util.spec_from_file_location("materials", ROOT / ".ci" / "materials.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MATERIALS = load()
DIGEST = "a" * 64
HASH = f" \\\n    --hash=sha256:{DIGEST}\n"
LOCK = f"one==1.0{HASH}two-of-them==2.0 ; python_full_version < '3.12'{HASH}"


def component(name: str, version: str, licence: str) -> dict[str, Any]:
    licences = [{"license": {"id": licence}}] if licence else []
    return {"bom-ref": name, "name": name, "version": version, "licenses": licences}


def faults(*components: dict[str, Any], lock: str = LOCK) -> list[str]:
    document = MATERIALS.shipped({"components": list(components), "dependencies": []}, lock)
    return list(MATERIALS.faults(document, lock))


def test_what_is_not_locked_is_not_shipped_and_what_is_has_its_hashes() -> None:
    of_both = {"components": [component("one", "1.0", "MIT"), component("pytest", "8", "MIT")],
               "dependencies": [{"ref": "one", "dependsOn": ["pytest"]}, {"ref": "pytest"}]}  # fmt: skip
    document = MATERIALS.shipped(of_both, LOCK)
    assert [one["name"] for one in document["components"]] == ["one"]
    assert document["components"][0]["hashes"] == [{"alg": "SHA-256", "content": DIGEST}]
    assert document["dependencies"] == [{"ref": "one", "dependsOn": []}]


def test_good_materials_have_no_faults() -> None:
    assert faults(component("one", "1.0", "MIT"), component("Two_of.them", "2.0", "Apache-2.0")) == []


def test_a_licence_that_binds_or_that_nobody_knows_is_a_fault() -> None:
    assert faults(component("one", "1.0", "AGPL-3.0-only")) == ["one is under AGPL-3.0-only"]
    assert "names no licence" in faults(component("one", "1.0", ""))[0]


def test_another_version_than_the_locked_one_and_a_pin_without_hash_are_faults() -> None:
    assert faults(component("one", "1.1", "MIT")) == ["one is installed as 1.1, and locked as 1.0"]
    assert faults(lock="one==1.0\n") == ["one 1.0 is locked without a hash"]


def test_every_pin_of_the_locks_has_a_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        found = MATERIALS.pins((ROOT / name).read_text("utf-8"))
        assert len(found) > 100 and not [one for one, versions in found.items() if not all(versions.values())]
