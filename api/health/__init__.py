"""The health of the edge and its dependencies: /readyz, and the metrics."""
