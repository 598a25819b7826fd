"""Whether the edge and what it depends on are well: /readyz, and the metrics."""
