"""The kill matrix: defective images, built and checked, against the requirements that they violate.

``mutants`` reads the data and ``building`` makes images of it; ``trial`` checks one of them and ``verdicts`` says what
that proves; ``matrix`` sums it up. Nothing here knows a requirement: what must turn red stands in the data.
"""
