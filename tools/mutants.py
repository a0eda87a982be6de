"""Prove that every requirement can fail: `tools/mutants.py` builds the mutants, checks them and prints the matrix."""

import os
import sys

from kill_matrix.command import main
from kill_matrix.mutants import ROOT

if __name__ == "__main__":
    os.chdir(ROOT)  # where set-up left the name of the base image
    sys.exit(main())
