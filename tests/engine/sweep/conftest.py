"""The trainers that train nothing, in `test_sweep.py`, serve `test_steering.py` too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
