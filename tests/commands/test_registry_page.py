"""`nextlead models HOME --ui`: MLflow's page answers, on the home's own experiment, and ends when it is told to."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil

from features.configuration import load
from features.home import Home
from serving.ports import free_port

SECONDS = 120


def test_the_page_opens_on_the_experiment_and_is_one_process(tmp_path: Path) -> None:
    home = Home.create(tmp_path / "home", load("insurer"), datetime(2026, 3, 2, tzinfo=UTC))
    command = [sys.executable, "-m", "commands.main", "models", str(home.folder), "--ui", "--port", str(free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as page:
        assert page.stdout is not None
        address = next(word for word in page.stdout.readline().split() if word.startswith("http://"))
        base, experiment = address.split("/#/experiments/")
        asked = {"experiment_id": experiment}
        found = answered(f"{base}/api/2.0/mlflow/experiments/get", asked)
        assert found.json()["experiment"]["name"] == "insurer"
        assert found.json()["experiment"]["artifact_location"].startswith(home.mlflow.as_uri())
        assert not psutil.Process(page.pid).children()
        page.send_signal(signal.SIGINT)
        assert page.wait(timeout=SECONDS) in (0, 130, -signal.SIGINT)


def answered(address: str, parameters: dict[str, str]) -> httpx.Response:
    for _ in range(SECONDS * 5):
        try:
            return httpx.get(address, params=parameters, timeout=10)
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the page did not answer")
