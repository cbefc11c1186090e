"""What the tests of the runs page share lies beside them, in `runs_page.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
