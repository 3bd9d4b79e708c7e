"""Locks on files by the means of each system; the kernel releases them however their holder dies."""

import os
import sys

if sys.platform == "win32":
    import msvcrt

    def seized(descriptor: int) -> bool:
        """Lock an open file, unless another holds it; whether that was done. Raises OSError where it cannot be."""
        # Locked bytes cannot be read by others: one far behind what the file says.
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def seized(descriptor: int) -> bool:
        """Lock an open file, unless another holds it; whether that was done. Raises OSError where it cannot be."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
