"""Found by Spark by its name: `spark.read.format("otlp")` needs no registration where this is installed."""

from warehouse.spark.source import OtlpWithoutPushdown as DefaultSource

__all__ = ["DefaultSource"]
