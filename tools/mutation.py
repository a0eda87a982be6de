"""Change the code of the checks and count what no test notices: `tools/mutation.py [--sample N | --all]`."""

import os
import sys

from code_mutation.command import main
from code_mutation.recorded import ROOT

if __name__ == "__main__":
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
