"""What the tests of trust share lies beside them, in `forging.py` and `processes.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
