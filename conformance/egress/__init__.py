"""Who an image tries to reach: a name server and listeners that answer for the whole internet and write it down.

The container is put on a network without a way out. Every name it asks for is answered with the address on which the
listeners wait, so that what it would have sent shows too. `conformance.runs.egress` performs the run.
"""
