"""Is a run what it says it is: its records by themselves, and everything that was written from them, derived anew."""

from bench.verify.verification import Fault, Verification, verified

__all__ = ["Fault", "Verification", "verified"]
