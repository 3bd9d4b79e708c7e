"""GitHub's summary of a job: where there is one, what a run found is shown there without opening a file."""

import os
import sys
from pathlib import Path

VARIABLE = "GITHUB_STEP_SUMMARY"


def show(folder: Path) -> None:
    """Append the summary.md of a run to the file that GitHub names; nothing where it names none."""
    place = os.environ.get(VARIABLE)
    if not place:
        return
    text = (folder / "summary.md").read_text("utf-8")
    try:
        with open(place, "a", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError as error:
        # The measurement is done and stored: that its summary is not shown must not turn into another exit code.
        print(f"bench: ${VARIABLE} names {place}, which cannot be written: {error.strerror}.", file=sys.stderr)
