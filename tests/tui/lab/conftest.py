"""What the tests of the lab share lies beside them, in `stage.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
