"""Ingest by Spark gives the lake that ingest by threads gives, and fails with the same sentences."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from lake_content import content
from pyspark.sql import SparkSession

from warehouse.demo.history import write_history
from warehouse.errors import WarehouseError
from warehouse.lake.ingest import ingest as ingest_here
from warehouse.lake.lock import ingest_lock
from warehouse.otlp.content import BLOCK_BYTES
from warehouse.spark.ingest import ingest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.spark]
