"""A process that fuzzes one target for so many runs, led by what is covered: `python -m tests.fuzz.fuzzing NAME FOLDER
ARGUMENTS-OF-LIBFUZZER`. It ends with status 0 where nothing but refusals came.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["features", "leads", "models.manifest", "serving.intake", "serving.jsontext"]):
    from tests.fuzz.targets import TARGETS, ends_well


def main(name: str, arguments: list[str]) -> None:
    target = TARGETS[name]
    atheris.Setup([name, *arguments], lambda data: ends_well(target, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
