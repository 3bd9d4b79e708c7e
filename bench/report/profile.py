"""What the rows of a run were told, in a sentence: the same slots as far as that goes, or each its own advice."""

from bench.report.rows import Summary
from bench.report.wording import listed


def profile(summary: Summary) -> str:
    """The profile by name, and the rows that it could not give as many requests at once as the others."""
    run = summary.run
    if run.profile == "recommended":
        return "profile recommended: each row is told what its documentation advises"
    common = run.settings.workers * run.settings.threads
    known = [(row.name, row.rendered.slots) for row in summary.rows if row.rendered.slots is not None]
    others = [f"{name} {slots:,}" for name, slots in known if slots != common]
    besides = f", but {listed(others, most=12)}" if others else ""
    return f"profile equal: {common:,} requests at once{besides}"
