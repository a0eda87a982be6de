"""Scenarios made real: folders, inputs, the container, and the evidence of what it left behind.

The only room in which data meet the disk, the mock server and the engine. A scenario is performed once.
"""
