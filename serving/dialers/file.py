"""`dialers.yaml` of a home: other dialers it works with, and who is told what happens."""

from __future__ import annotations

from pathlib import Path

import yaml

from features.home import Home
from features.yaml_text import read_yaml
from leads.configuration.section import Section
from leads.errors import InvalidWorkspace, NotFound

FILE = "dialers.yaml"


def dialers_section(home: Home, path: Path | None = None) -> Section:
    """The content of the home's file, or of the one at a path; empty where the home has none.

    Raises NotFound for a path where nothing is, InvalidWorkspace for what is not YAML, or a key there is none of.
    """
    file = path or home.folder / FILE
    if path is not None and not file.is_file():
        raise NotFound("file", str(path))
    try:
        document = read_yaml(file.read_text("utf-8")) if file.is_file() else None
    except yaml.YAMLError as error:
        raise InvalidWorkspace(file.name, "(file)", None, "readable YAML") from error
    section = Section.of(file.name, "", document)
    section.only("vicidial", "incoming", "webhooks", "robots")
    return section
