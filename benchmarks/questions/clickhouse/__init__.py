"""ClickHouse, in this process, as the other contender: the exporter's own tables and tuned ones."""
