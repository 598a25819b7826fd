"""The parts of the benchmark, and what each measures by itself."""
