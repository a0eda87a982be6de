"""What a run is fed, made from the manifest alone and from a seed.

Plans are plain data; only `write_*` functions touch the disk. The same plan and seed give the same bytes.
"""
