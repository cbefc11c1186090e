"""What the tests of the sweep page share lies beside them, in `sweep_page.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
