"""The report: one self-contained HTML page about a range of time, drawn from the served file's cubes."""
