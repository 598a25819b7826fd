"""The parts of the benchmark, and what only they measure."""
