"""A slow, plain-Python statement of what decoding OTLP must give.

It reads with the official `opentelemetry-proto` package and builds lists of row dicts, one per lake table.
Nothing here shares code with the native decoder: where the two differ, one of them is wrong.
"""
