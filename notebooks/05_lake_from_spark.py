# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The lake from Spark
#
# The lake is plain Delta: any Spark with Delta reads it, no code of ours needed. `make notebooks` starts Spark with the configuration that
# `make spark` wrote.

# %%
import os

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from warehouse import open_warehouse
from warehouse.spark.source import register

lake = os.environ.get("OTLP_WAREHOUSE_LAKE", ".data/lake")
house = open_warehouse()
spark = SparkSession.builder.master("local[2]").appName("notebook").getOrCreate()

# %% [markdown]
# ## The spans of a lake

# %%
spans = spark.read.format("delta").load(f"{lake}/spans")
spans.select("event_date", "trace_id", "service_name", "name", "duration_nano", "critical_path_nano").show(5)

# %% [markdown]
# ## The same numbers on either side
# Spans by service, counted by Spark in the lake and by DuckDB in the star.

# %%
by_spark = {row.service_name: row["count"] for row in spans.groupBy("service_name").count().collect()}
by_star = {
    row["service_name"]: row["spans"]
    for row in house.sql("select service_name, count(*) as spans from fct_spans group by all").to_pylist()
}
{"services": len(by_star), "equal": by_spark == by_star}

# %% [markdown]
# ## Slow calls with Spark SQL

# %%
spans.createOrReplaceTempView("spans")
spark.sql("""
    select parent_service_name, service_name, count(*) as calls, percentile(duration_nano, 0.95) / 1e6 as p95_ms
    from spans
    where is_remote_parent
    group by parent_service_name, service_name
    order by p95_ms desc
    limit 10
""").show(truncate=False)

# %% [markdown]
# ## Raw OTLP files as a table
# The data source `otlp` decodes files where they lie, without a lake.

# %%
register(spark)
exports = os.environ.get("OTLP_WAREHOUSE_EXPORTS", "examples/data")
raw = spark.read.format("otlp").option("table", "log_records").load(exports)
raw.groupBy("severity_text").agg(f.count("*").alias("records")).orderBy("severity_text").show()

# %%
spark.stop()
