"""The pytest plugin: requirements of SDG containers as pytest tests. Inert without ``--sdg-image``."""
