"""What a process tree and the machine have used so far: CPU clocks and memory, read where it costs least."""


def cpu_time(pid: int) -> float | None:
    """CPU seconds used so far by a process and all its descendants, dead ones included; None when it is gone."""
    raise NotImplementedError


def memory(pid: int) -> int | None:
    """Bytes held now by a process and all its descendants: proportional set size where there is one."""
    raise NotImplementedError
