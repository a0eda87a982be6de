"""Prove that every requirement can fail: `tools/mutants.py` builds the mutants, checks them and prints the matrix."""

import sys

from kill_matrix.command import main

if __name__ == "__main__":
    sys.exit(main())
