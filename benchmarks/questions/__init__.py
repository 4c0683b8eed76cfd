"""What analysts ask, as SQL on a served file; `python -m benchmarks.questions` sets it against ClickHouse."""
