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
# # Can this data be trusted?
#
# What was read, what was rejected, which integrity constraints are violated, and what to do about it.

# %%
import altair as alt
import pandas as pd

from warehouse import open_warehouse

alt.renderers.enable("svg")
pd.options.display.max_colwidth = None
house = open_warehouse()

# %% [markdown]
# ## Nothing is lost
# For every file: records found = rows written + rejects. The ledger states both sides.

# %%
ledger = house.sql("""
    select cast(sum(spans) as bigint) as spans_found,
           cast(sum(spans_landing_rows + rejected_spans) as bigint) as spans_accounted,
           cast(sum(log_records) as bigint) as log_records_found,
           cast(sum(log_records_rows + rejected_log_records) as bigint) as log_records_accounted
    from fct_ingest_files
""").to_pandas()
ledger

# %% [markdown]
# ## What is violated?

# %%
violations = house.sql("""
    select constraint_id, severity, count(*) as violations
    from fct_integrity_violations
    group by all
    order by constraint_id
""")
alt.Chart(violations).mark_bar().encode(
    x=alt.X("violations:Q", title="Violations"),
    y=alt.Y("constraint_id:N", title=None, sort="-x"),
    color=alt.Color(
        "severity:N",
        scale=alt.Scale(domain=["error", "warning", "info"], range=["#d9542b", "#f2b447", "#9fb8cc"]),
    ),
).properties(width=560, title="Violations by constraint")

# %% [markdown]
# ## What to fix first

# %%
house.sql("""
    select constraint_id, severity, service_name, count(*) as violations, any_value(fix) as fix
    from fct_integrity_violations
    group by constraint_id, severity, service_name, finding
    order by violations desc, constraint_id, service_name
    limit 15
""").to_pandas()

# %% [markdown]
# ## Single violations
# Newest first, with the trace to look at (`otlp-warehouse trace ID`).

# %%
house.violations(limit=10).to_pandas()[
    ["event_date", "constraint_id", "severity", "service_name", "trace_id", "detail"]
]

# %% [markdown]
# ## Which services send whole traces?

# %%
house.sql("""
    select coalesce(root_service_name, '(no root)') as root_service, count(*) as traces,
           avg(is_complete::int) as complete_share, cast(sum(orphan_count) as bigint) as orphans
    from fct_traces
    group by all
    order by complete_share, traces desc
    limit 15
""").to_pandas()

# %% [markdown]
# ## What did the last build check?

# %%
house.sql("""
    select severity, count(*) as checks, count(*) filter (where not is_passed) as failed
    from fct_quality_results
    group by all
    order by severity
""").to_pandas()
