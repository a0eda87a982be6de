"""sdg-conformance: the conformance kit for Synthetic Data Generation (SDG) containers."""
