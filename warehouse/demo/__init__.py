"""Generated telemetry of a shop with known truth: for the demo, dashboards, benchmarks and tests."""
