"""Models in use: whether what serves is what was promoted last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from features.home import Home
from leads.errors import CorruptBundle
from leads.words.bilingual import Words
from models.bundle import Bundle, manifest_of
from models.manifest import Manifest
from monitoring.quality.finding import Finding
from serving.clock import written


def bundles(home: Home, used: Mapping[str, Bundle], before: Mapping[str, str]) -> Iterator[Finding]:
    """Objectives that serve an older model than one that has served. before: the versions of the last look, by
    objective.
    """
    for name, bundle in used.items():
        manifest, folder = bundle.manifest, bundle.folder
        if manifest.version != folder.name:
            yield _swapped(name, manifest, folder.name, None)
            continue
        newer = _newer(home, name, manifest)
        if newer is not None and before.get(name) == newer.version:
            yield _swapped(name, manifest, newer.version, newer)


def _newer(home: Home, name: str, used: Manifest) -> Manifest | None:
    """The newest version beside the one in use that was made after it."""
    found = []
    for folder in sorted((home.models / name).iterdir()):
        manifest = _read(folder) if (folder / "manifest.json").is_file() else None
        if manifest is not None and manifest.created_at > used.created_at:
            found.append(manifest)
    return max(found, key=lambda manifest: manifest.created_at, default=None)


def _read(folder: Path) -> Manifest | None:
    try:
        return manifest_of(folder)
    except CorruptBundle:
        return None


def _swapped(name: str, manifest: Manifest, stands_for: str, newer: Manifest | None) -> Finding:
    learned = written(manifest.data_window.observed_until)[:10]
    return Finding(
        "model_swapped", name,
        Words(f"{name} 正在使用版本 {manifest.version}（数据截至 {learned}），此前为版本 {stands_for}",
              f"{name} serves version {manifest.version} (data until {learned}) in place of {stands_for}"),
        Words("模型包被换成旧版本，或已回滚", "the bundle was put back to an older one, or rolled back"),
        Words(f"若非有意回滚，用 nextlead promote 恢复 {stands_for}",
              f"unless it was meant, put {stands_for} back with nextlead promote"),
        manifest.created_at if newer is None else newer.created_at, 100.0,
    )  # fmt: skip
