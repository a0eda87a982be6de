"""The runs that a manifest calls for, named and deterministic: data first, then made real one by one."""
