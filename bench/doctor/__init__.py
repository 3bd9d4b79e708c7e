"""Is this machine fit to measure: what makes it noisy, what to do about it, and how noisy it is."""

from bench.doctor.floor import Floor, measured
from bench.doctor.keeping import keep, kept
from bench.doctor.symptom import Symptom
from bench.doctor.symptoms import examined

__all__ = ["Floor", "Symptom", "examined", "keep", "kept", "measured"]
