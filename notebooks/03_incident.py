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
# # Walking through an incident
#
# From a spike of errors to the operation, to a trace, to its first failing span, to the log lines that it wrote: each step is one question.

# %%
import altair as alt
import pandas as pd

from warehouse import open_warehouse

alt.renderers.enable("svg")
pd.options.display.max_colwidth = None
house = open_warehouse()

# %% [markdown]
# ## 1. The spike
# Exceptions by hour, with the service in which they were raised. A spike is an hour with many more than the service usually has.

# %%
hours = house.sql("""
    with counted as (
        select period_start_at, service_name, sum(exception_count) as exceptions
        from cube_errors
        where event_date > date '1970-01-01'
        group by all
    ),

    loudest as (
        select service_name
        from counted
        group by service_name
        order by max(exceptions) desc, service_name
        limit 4
    )

    select period_start_at, coalesce(loudest.service_name, 'all others') as service,
           cast(sum(exceptions) as bigint) as exceptions
    from counted left join loudest on counted.service_name = loudest.service_name
    group by all
    order by all
""")
services = sorted(hours["service"].unique().to_pylist(), key=lambda name: name == "all others")
colours = ["#d9542b", "#1f5c8e", "#d9a514", "#5b8c5a", "#c8ced6"]
alt.Chart(hours).mark_bar().encode(
    x=alt.X("period_start_at:T", title=None),
    y=alt.Y("sum(exceptions):Q", title="Exceptions an hour"),
    color=alt.Color("service:N", title=None, scale=alt.Scale(domain=services, range=colours)),
).properties(width=640, title="Exceptions by hour: the services with the highest peaks")

# %%
spike = house.sql("""
    with hours as (
        select service_name, period_start_at, sum(exception_count) as exceptions
        from cube_errors
        where event_date > date '1970-01-01'
        group by all
    ),

    days as (
        select service_name, sum(exceptions) / count(distinct cast(period_start_at as date)) / 24 as usual
        from hours
        group by service_name
    )

    select service_name, period_start_at, cast(exceptions as bigint) as exceptions, round(usual, 2) as usual_an_hour
    from hours inner join days using (service_name)
    order by exceptions - usual desc, period_start_at, service_name
    limit 10
""").to_pandas()
spike

# %%
service, hour = spike.service_name[0], spike.period_start_at[0]
f"{service} at {hour} UTC"

# %% [markdown]
# ## 2. The operation
# What that service did in that hour, beside the same operations over the whole time.

# %%
operations = house.sql(f"""
    select now.span_name, now.kind_name, now.span_count, now.error_ratio, usual.error_ratio as usual_error_ratio,
           now.p95_nano / 1e6 as p95_ms, usual.p95_nano / 1e6 as usual_p95_ms
    from operation_latency('{service}', timestamp '{hour}', timestamp '{hour}' + interval 1 hour) as now
    inner join operation_latency('{service}', timestamp '2000-01-01', timestamp '2100-01-01') as usual
        using (service_name, span_name, kind_name)
    order by now.error_count desc, now.span_name
""").to_pandas()
operations.round(3)

# %%
failing = house.sql(f"""
    select span_name, exception_type, example_message, sum(exception_count) as exceptions
    from cube_errors inner join dim_operation using (operation_key, service_name)
    where service_name = '{service}' and period_start_at = timestamp '{hour}'
    group by all
    order by exceptions desc, span_name
""").to_pandas()
failing

# %% [markdown]
# ## 3. A trace
# The slowest trace of that hour in which the operation raised the exception.

# %%
operation = failing.span_name[0]
found = (
    house.sql(f"""
    select traces.trace_id, traces.root_service_name, traces.root_operation_name, traces.duration_nano / 1e6 as duration_ms
    from fct_exceptions as exceptions
    inner join dim_operation using (operation_key)
    inner join fct_traces as traces on exceptions.trace_id = traces.trace_id
    where exceptions.event_date = cast(timestamp '{hour}' as date)
      and date_trunc('hour', exceptions.occurred_at) = timestamp '{hour}'
      and exceptions.service_name = '{service}' and dim_operation.span_name = '{operation}'
    order by traces.duration_nano desc, traces.trace_id
    limit 1
""")
    .to_pandas()
    .iloc[0]
)
trace = house.trace(found.trace_id).to_pandas()
begin = trace.start_time_unix_nano.min()
trace["span"] = [
    f"{n:03d} {'· ' * d}{s} {name}"
    for n, (d, s, name) in enumerate(zip(trace.depth, trace.service_name, trace.name, strict=True))
]
trace["from_ms"] = (trace.start_time_unix_nano - begin) / 1e6
trace["to_ms"] = trace.from_ms + trace.duration_nano / 1e6
trace["outcome"] = trace.status_code.map({2: "error"}).fillna("ok")
alt.Chart(trace[["span", "from_ms", "to_ms", "outcome"]]).mark_bar().encode(
    x=alt.X("from_ms:Q", title="Milliseconds"),
    x2="to_ms:Q",
    y=alt.Y("span:N", title=None, axis=alt.Axis(labelLimit=320)),
    color=alt.Color(
        "outcome:N", title=None, scale=alt.Scale(domain=["ok", "error"], range=["#9fb8cc", "#d9542b"])
    ),
).properties(width=520, title=f"{found.root_service_name}: {found.root_operation_name}")

# %% [markdown]
# ## 4. Where it began
# Errors travel up to the root. The one that began it has no failing child.

# %%
failed = trace[trace.status_code == 2]
origin = failed[~failed.span_id.isin(failed.parent_span_id)].sort_values("start_time_unix_nano").iloc[0]
origin[["service_name", "name", "depth", "status_message", "duration_nano"]]

# %% [markdown]
# ## 5. What it wrote
# Log records carry the trace's id, so the lines of one request are found across all services.

# %%
lines = house.sql(f"""
    select recorded_at, service_name, severity_text, body, span_id = '{origin.span_id}' as is_origin
    from fct_log_records
    where trace_id = '{found.trace_id}'
    order by recorded_at
""").to_pandas()
lines

# %% [markdown]
# ## The finding

# %%
{
    "service": str(origin.service_name),
    "hour": str(hour),
    "operation": str(origin["name"]),
    "trace_id": str(found.trace_id),
    "log_line": str(lines.sort_values("is_origin", ascending=False, kind="stable").body.iloc[0]),
}
