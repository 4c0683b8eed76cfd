"""One trace as it is read: its rows, the order of its spans, when each is on the critical path."""
