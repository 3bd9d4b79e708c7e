"""What makes a machine noisy, each found in a moment and with the way out; what cannot be told here is left out."""

import time
from collections.abc import Callable, Iterator, Sequence

import psutil

from bench.doctor import kernel
from bench.doctor.symptom import Symptom
from bench.model import Machine, Seconds
from bench.system import machine, meter
from bench.system.surroundings import Surroundings

WATCHING: Seconds = 1.0
BUSY = 0.05
STEAL = 0.02
STALLED = 0.01
FEW_FILES = 4096
FEW_PORTS = 8192
TIME_WAIT = 0.25
"""The share of all ports that may wait for late packets; a row that closes connections takes thousands a second."""


def examined() -> list[Symptom]:
    """Everything that was looked at, what is bad first."""
    here = machine.probe()
    found = [*_watched(here), *(symptom for look in LOOKS for symptom in look(here))]
    return sorted(found, key=lambda symptom: (symptom.well, not symptom.grave))


def _watched(here: Machine) -> Iterator[Symptom]:
    """What goes on by itself, while nothing is measured."""
    before, spent = Surroundings.read(), _spent()
    began = time.monotonic()
    time.sleep(WATCHING)
    after, passed = Surroundings.read(), time.monotonic() - began
    cores = psutil.cpu_count() or here.cores
    share = max(0.0, after.busy - before.busy - ((after.ours or 0) - (before.ours or 0))) / passed
    names = ", ".join(f"{name} ({pid}) {100 * used / passed:.0f} %" for pid, name, used in _busiest(spent))
    told = f"other processes use {share:.2f} of {cores} cores" + (f": {names}" if names else "")
    remedy = "end them, or measure when they have: kill PID; systemctl stop UNIT"
    yield Symptom("neighbours", share <= BUSY * cores, told, remedy, grave=share > 0.25 * cores)
    if before.steal is not None and after.steal is not None:
        steal = (after.steal - before.steal) / passed / cores
        remedy = "take a dedicated machine, or one with dedicated cores: the hypervisor gives this one's to others"
        yield Symptom("steal", steal <= STEAL, f"the hypervisor took {100 * steal:.1f} % of the cores' time", remedy)
    if before.swapped is not None and after.swapped is not None:
        swapped = after.swapped - before.swapped
        told = f"{swapped / 2**20:.3g} MiB were swapped in {passed:.0f} s"
        yield Symptom("swap", not swapped, told, "swapoff -a, or free memory", grave=True)
    if before.stalled is not None and after.stalled is not None:
        stalled = (after.stalled - before.stalled) / passed
        told = f"processes waited {100 * stalled:.1f} % of the time for memory"
        yield Symptom("memory pressure", stalled <= STALLED, told, "free memory, or raise the container's limit", True)


def _spent() -> dict[int, Seconds]:
    """CPU seconds of every process but ours."""
    ours = {*meter.tree(psutil.Process().pid), psutil.Process().pid}
    found = {}
    for process in psutil.process_iter():
        try:
            if process.pid not in ours:
                found[process.pid] = sum(process.cpu_times()[:2])
        except psutil.Error:
            continue
    return found


def _busiest(before: dict[int, Seconds]) -> Sequence[tuple[int, str, Seconds]]:
    """The three processes that used most CPU time since: id, name, seconds."""
    used = [(seconds - before[pid], pid) for pid, seconds in _spent().items() if pid in before]
    found = []
    for seconds, pid in sorted(used, reverse=True)[:3]:
        try:
            if seconds > BUSY * WATCHING:
                found.append((pid, psutil.Process(pid).name(), seconds))
        except psutil.Error:
            continue
    return found


def _cores(here: Machine) -> Iterator[Symptom]:
    told = f"{here.cores} core{'s' * (here.cores != 1)}: servers on {_listed(here.server_cores)}, driver on"
    told += f" {_listed(here.driver_cores)}"
    yield Symptom("cores", here.cores > 1, told, "give it two cores: server and driver share the only one", grave=False)
    if here.cpu_quota is not None:
        told = f"a control group allows {here.cpu_quota:g} of {here.cores} cores, and stops everything beyond that"
        remedy = "docker run --cpuset-cpus 0,1 instead of --cpus; Kubernetes: static CPU manager, whole CPUs"
        yield Symptom("quota", False, told, remedy, grave=here.cpu_quota < here.cores)
    pairs = kernel.siblings(machine.usable_cores())
    if pairs is not None:
        told = (
            f"cores {_listed(pairs)} are threads of one core with others" if pairs else "no core is shared by threads"
        )
        yield Symptom("hyper-threading", not pairs, told, "echo off > /sys/devices/system/cpu/smt/control")


def _speed(here: Machine) -> Iterator[Symptom]:
    if here.governor is not None:
        remedy = "cpupower frequency-set -g performance"
        yield Symptom("governor", here.governor == "performance", f"the governor is {here.governor}", remedy)
    if here.turbo is not None:
        remedy = (
            "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo, or echo 0 > /sys/devices/system/cpu/cpufreq/boost"
        )
        told = "the clock depends on heat and on neighbours: turbo is on" if here.turbo else "turbo is off"
        yield Symptom("turbo", not here.turbo, told, remedy)
    if here.load_average is not None:
        told = f"the load average is {here.load_average:.2f} on {here.cores} cores"
        yield Symptom("load", here.load_average <= 0.25 * here.cores, told, "wait until it has come down: uptime")


def _network(here: Machine) -> Iterator[Symptom]:
    files = kernel.open_files()
    if files is not None:
        told = f"a process may open {files:,} files, and so many connections"
        yield Symptom("open files", files >= FEW_FILES, told, "ulimit -n 65536", grave=files < 256)
    ports = kernel.ports()
    if ports is not None:
        told = f"there are {ports:,} ports for connections to start from"
        remedy = 'sysctl -w net.ipv4.ip_local_port_range="10240 65535"'
        yield Symptom("ports", ports >= FEW_PORTS, told, remedy)
        waiting = kernel.time_wait() or 0
        reused = kernel.reuses_ports()
        told = (
            f"{waiting:,} connections wait for late packets (TIME_WAIT), and their ports {_not(reused)}wait with them"
        )
        remedy = "wait a minute, or sysctl -w net.ipv4.tcp_tw_reuse=1"
        yield Symptom("TIME_WAIT", reused or waiting <= TIME_WAIT * ports, told, remedy, grave=waiting > 0.8 * ports)
    backlog = machine.longest_backlog()
    told = f"the kernel lets {backlog:,} connections wait to be accepted"
    yield Symptom("backlog", backlog >= 1024, told, "sysctl -w net.core.somaxconn=4096")


def _memory(here: Machine) -> Iterator[Symptom]:
    pages = kernel.huge_pages()
    if pages is not None:
        told = f"transparent huge pages are {pages}: memory figures and first touches depend on their luck"
        remedy = "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"
        yield Symptom("huge pages", pages != "always", told if pages == "always" else f"huge pages: {pages}", remedy)


LOOKS: Sequence[Callable[[Machine], Iterator[Symptom]]] = (_cores, _speed, _network, _memory)


def _not(word: bool) -> str:
    return "need not " if word else "must "


def _listed(cores: Sequence[int] | None) -> str:
    return ", ".join(map(str, cores)) if cores else "any"
