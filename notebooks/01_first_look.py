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
# # A first look at the warehouse
#
# What is in the published file, which services are there, and how much they do. `make demo DAYS=30` makes data to look at;
# set `OTLP_WAREHOUSE_WAREHOUSE` to look at another file.

# %%
import altair as alt
import pandas as pd

from warehouse import open_warehouse

alt.renderers.enable("svg")
pd.options.display.max_colwidth = None
house = open_warehouse()

# %% [markdown]
# ## Which tables are there?
# Facts and dimensions of the star, and cubes that answer in milliseconds. Each says what one of its rows is.

# %%
house.sql("""
    select table_name, format('{:,}', estimated_size) as rows, split_part(comment, '. ', 1) as one_row
    from duckdb_tables()
    where schema_name = 'main'
    union all
    select view_name, 'view', split_part(comment, '. ', 1)
    from duckdb_views()
    where schema_name = 'main' and not internal
    order by table_name
""").to_pandas()

# %% [markdown]
# ## What time does it cover?

# %%
house.sql("""
    select min(period_start_at) as first_hour, max(period_start_at) as last_hour,
           count(distinct service_name) as services, cast(sum(request_count) as bigint) as requests
    from cube_service_latency
    where grain = 'hour' and event_date > date '1970-01-01'
""").to_pandas()

# %% [markdown]
# ## Who is busy?
# A request is a span of kind SERVER or CONSUMER, or the root of a trace.

# %%
services = house.sql("""
    select service_name, cast(sum(request_count) as bigint) as requests,
           sum(error_count) / sum(request_count) as error_rate,
           latency_quantile(bucket_index, request_count, 0.95) / 1e6 as p95_ms
    from cube_service_latency
    where grain = 'day'
    group by service_name
    order by requests desc
    limit 15
""")
alt.Chart(services).mark_bar().encode(
    x=alt.X("requests:Q", title="Requests"),
    y=alt.Y("service_name:N", sort="-x", title=None),
    color=alt.Color("error_rate:Q", scale=alt.Scale(scheme="orangered"), legend=alt.Legend(format=".1%")),
    tooltip=["service_name", "requests", alt.Tooltip("error_rate", format=".2%"), "p95_ms"],
).properties(width=560, title="Requests by service, coloured by error rate")

# %% [markdown]
# ## When?
# Counts add up over services; an hour of the week is the mean of those that there were.

# %%
traffic = house.sql("""
    select strftime(period_start_at, '%a') as weekday, hour(period_start_at) as hour,
           sum(request_count) / count(distinct period_start_at) as requests
    from cube_service_latency
    where grain = 'hour' and event_date > date '1970-01-01'
    group by all
""")
alt.Chart(traffic).mark_rect().encode(
    x=alt.X("hour:O", title="Hour of the day (UTC)"),
    y=alt.Y(
        "weekday:O", title=None, scale=alt.Scale(domain=["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
    ),
    color=alt.Color("requests:Q", title="requests an hour", scale=alt.Scale(scheme="blues")),
).properties(width=560, title="Traffic by hour of the week")

# %% [markdown]
# ## Who calls whom?
# Databases, queues and hosts that send no telemetry are there too, named by the spans that call them.

# %%
calls = house.service_map().to_pandas().head(15)
calls["p95_ms"] = calls["p95_nano"] / 1e6
calls[
    [
        "caller_service_name",
        "callee_name",
        "callee_type",
        "connection_kind",
        "call_count",
        "error_ratio",
        "p95_ms",
    ]
].round(3)
