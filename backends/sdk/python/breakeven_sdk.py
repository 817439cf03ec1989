"""What a cell in Python imports: `breakeven_cell.sdk`, from wherever this installation keeps it."""

import os
import sys

# Beside `sdk`, the folder that a cell's environment names.
sys.path.append(os.path.join(os.path.normpath(os.path.join(os.environ["BREAKEVEN_SDK"], "..")), "cell"))

from breakeven_cell.sdk import Pool, Serial, main  # noqa: E402

__all__ = ["Pool", "Serial", "main"]
