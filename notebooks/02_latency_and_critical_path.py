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
# # Latency and critical path
#
# Where time goes. Quantiles come from exponential histograms: buckets of any hours, services or operations add up, and the quantile
# of the sum is within 0.55 % of the exact one. Quantiles are never averaged.

# %%
import altair as alt

from warehouse import open_warehouse

alt.renderers.enable("svg")
house = open_warehouse()

# %% [markdown]
# ## Which operations are slow?

# %%
slowest = house.operation_latency().to_pandas().query("span_count >= 20").head(12)
for quantile in ("p50", "p95", "p99"):
    slowest[f"{quantile}_ms"] = slowest[f"{quantile}_nano"] / 1e6
slowest[["service_name", "span_name", "kind_name", "span_count", "p50_ms", "p95_ms", "p99_ms"]].round(1)

# %% [markdown]
# ## The slowest request, day by day

# %%
root = (
    house.sql("""
    select root_service_name, root_operation_name
    from cube_critical_path
    group by all
    having sum(span_count) >= 100
    order by sum(critical_path_nano) / sum(span_count) desc, root_service_name, root_operation_name
    limit 1
""")
    .to_pandas()
    .iloc[0]
)
days = house.sql(f"""
    select cube.event_date, unnest(['p50', 'p95', 'p99']) as quantile,
           unnest([latency_quantile(bucket_index, span_count, 0.5), latency_quantile(bucket_index, span_count, 0.95),
                   latency_quantile(bucket_index, span_count, 0.99)]) / 1e6 as ms
    from cube_span_latency as cube
    inner join dim_operation using (operation_key, service_name, kind)
    where grain = 'day' and service_name = '{root.root_service_name}' and span_name = '{root.root_operation_name}'
    group by cube.event_date
""")
alt.Chart(days).mark_line(point=True).encode(
    x=alt.X("event_date:T", title=None, axis=alt.Axis(format="%d %b", tickCount="day")),
    y=alt.Y("ms:Q", title="Milliseconds", scale=alt.Scale(type="log")),
    color=alt.Color(
        "quantile:N",
        title=None,
        scale=alt.Scale(domain=["p99", "p95", "p50"], range=["#08519c", "#4292c6", "#9ecae1"]),
    ),
).properties(width=600, title=f"{root.root_service_name}: {root.root_operation_name}")

# %% [markdown]
# ## What does it wait for?
# The critical path is what a request waits for: shorten one of these spans, and the request becomes shorter. Within a trace the shares
# add up to its duration.

# %%
shares = house.sql(f"""
    select service_name || ' · ' || span_name as operation,
           sum(critical_path_nano) / 1e6 / (
               select count(*) from fct_traces
               where root_service_name = '{root.root_service_name}' and root_operation_name = '{root.root_operation_name}'
           ) as ms_per_trace
    from cube_critical_path
    inner join dim_operation using (operation_key)
    where root_service_name = '{root.root_service_name}' and root_operation_name = '{root.root_operation_name}'
    group by all
    order by ms_per_trace desc
    limit 12
""")
alt.Chart(shares).mark_bar().encode(
    x=alt.X("ms_per_trace:Q", title="Milliseconds of critical path a trace"),
    y=alt.Y("operation:N", sort="-x", title=None),
).properties(width=480, title="What a trace waits for")

# %% [markdown]
# ## How are its durations distributed?

# %%
buckets = house.sql(f"""
    select bucket_index // 16 as quarter, pow(2, quarter / 4) / 1e6 as from_ms, pow(2, (quarter + 1) / 4) / 1e6 as up_to_ms,
           cast(sum(span_count) as bigint) as spans
    from cube_span_latency
    inner join dim_operation using (operation_key, service_name, kind)
    where grain = 'day' and service_name = '{root.root_service_name}' and span_name = '{root.root_operation_name}'
    group by all
    order by quarter
""")
alt.Chart(buckets).mark_rect(stroke="white").encode(
    x=alt.X("from_ms:Q", title="Milliseconds", scale=alt.Scale(type="log", nice=False)),
    x2="up_to_ms:Q",
    y=alt.Y("spans:Q", title="Spans", axis=alt.Axis(tickMinStep=1)),
).properties(width=600, title="Histogram, bars of sixteen buckets: four for each doubling")

# %% [markdown]
# ## One slow trace

# %%
trace_id = house.sql(f"""
    select trace_id from fct_traces
    where root_service_name = '{root.root_service_name}' and root_operation_name = '{root.root_operation_name}'
    order by duration_nano desc, trace_id
    limit 1
""")["trace_id"][0].as_py()
spans = house.trace(trace_id).to_pandas().head(20)
for time in ("duration", "self_time", "critical_path"):
    spans[f"{time}_ms"] = spans[f"{time}_nano"] / 1e6
spans[["depth", "service_name", "name", "duration_ms", "self_time_ms", "critical_path_ms"]].round(2)
