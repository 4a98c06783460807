"""A create is sent once, and what became of it is written down whatever happens."""

from __future__ import annotations

import itertools
import logging
import sqlite3
from collections.abc import Coroutine, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Generic, TypeVar

import anyio
import pytest

from tests.faults.harness import LEASE_SECONDS, Bench, Plan
from video_mcp.errors import Charged
from video_mcp.jobs.job import JobStatus, Rendering, Unknown
from video_mcp.simulator import Fault
from video_mcp.simulator.faults import FAULT_KINDS, Fault as SimulatorFault  # noqa: F401
