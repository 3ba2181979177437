"""Parity under fire: after a storm of events and merges, what is served equals what history says."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl

from benchmarks.cloud import cloud_events
from benchmarks.events import random_events
from benchmarks.fleet import STORE, running_fleet
from benchmarks.homes import bare_copy_of, insurer
from benchmarks.merges import Merger
from benchmarks.recorded import compared, rows
from benchmarks.sameness import BAR, difference, historical, merged_ids, online
from commands.output import steps
from features.configuration import Configuration
from features.lake import read_customers, read_events
from leads.errors import TooBusy
from serving.intake import accept
from serving.rebuild import rebuild
from serving.services import Services, build
from serving.settings import Settings
