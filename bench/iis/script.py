"""A plan as two scripts of Windows PowerShell 5.1, for people: up.ps1 and down.ps1 say what `bench.iis` would. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PureWindowsPath

from bench.iis.plan import Call, Copy, Ended, Step, down, up
from bench.iis.site import Interpreter, Site

_HEAD = """\
#Requires -Version 5.1
#Requires -RunAsAdministrator
<#
  {purpose}
  From an elevated Windows PowerShell (powershell.exe, not pwsh): .\\{name}
#>
[CmdletBinding()]
param(
{parameters}
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'
if (-not [Environment]::Is64BitProcess) {{ throw 'Run the 64-bit powershell.exe: Windows redirects others.' }}
$AppCmd = Join-Path $env:windir 'System32\\inetsrv\\appcmd.exe'
"""
_FEATURES = """\
if ($InstallFeatures) {{
    $features = @('IIS-WebServerRole', 'IIS-CGI', 'IIS-ApplicationInit', 'IIS-HttpErrors', 'IIS-RequestMonitor',
        'IIS-ManagementScriptingTools')
    Enable-WindowsOptionalFeature -Online -All -NoRestart -FeatureName $features | Out-Null
}}
if (-not (Test-Path -LiteralPath $AppCmd)) {{ throw 'There is no IIS here: run this again with -InstallFeatures.' }}
if (-not (Test-Path -LiteralPath (Join-Path $env:windir 'System32\\inetsrv\\{module}'))) {{
    throw 'IIS has no {what}.'
}}
foreach ($path in @({paths})) {{
    if ($path -match '[\\s''"\\[\\]|&<>,;%]') {{
        throw "'$path' has a sign that IIS, appcmd and wfastcgi quote each in another way: move it."
    }}
    if (-not (Test-Path -LiteralPath $path)) {{ throw "There is no '$path'." }}
}}
if ($Site -notmatch '^[A-Za-z0-9._-]+$') {{ throw "'$Site' is no name: use letters, digits and . _ - alone." }}
if ((& $AppCmd list site "/site.name:$Site") -or (& $AppCmd list apppool "/apppool.name:$Site")) {{
    throw "IIS has a site or a pool '$Site': say another name by -Site, or .\\down.ps1 if it is this one."
}}
"""
_INTERPRETER = """\
$Base = "$(& $Python -c 'import sys; print(sys.base_prefix)')".Trim()
if ($Base -match '\\\\WindowsApps\\\\') {
    throw "$Base is the Microsoft Store's Python, which no worker of IIS may run: install one from python.org."
}
if ("$(& $Python -c 'import sys; print(sys.maxsize)')".Trim() -ne '9223372036854775807') {
    throw "$Python is no 64-bit Python: install one and make the environment with that."
}
"""
_NO_INTERPRETER = """\
# Without its environment nobody says what that was made from: a right stays there, to an account that is no more.
try { $Base = "$(& $Python -c 'import sys; print(sys.base_prefix)')".Trim() } catch { $Base = $Environment }
"""
_ACCOUNT = """\
$Environment = Split-Path (Split-Path $Python)
# The pool's account by number: its name is known only once a service of Windows has seen the pool.
$letters = [Text.Encoding]::Unicode.GetBytes($Site.ToLowerInvariant())
$digest = [Security.Cryptography.SHA1]::Create().ComputeHash($letters)
$Account = '*S-1-5-82-' + ((0, 4, 8, 12, 16 | ForEach-Object { [BitConverter]::ToUInt32($digest, $_) }) -join '-')
"""
_UP = """\
function Invoke-Step {
    param([string]$Program, [string[]]$Arguments, [bool]$Needed = $true)
    $said = & $Program @Arguments
    if ($LASTEXITCODE -ne 0 -and $Needed) {
        $what = "$Program $($Arguments -join ' ') ended with $LASTEXITCODE and said: $said"
        throw "$what. .\\down.ps1 takes back what was done before."
    }
}
$backup = "$Site-$(Get-Date -Format 'yyyyMMddHHmmss')"
Invoke-Step -Program $AppCmd -Arguments @('add', 'backup', $backup)
Write-Output "IIS as it was before is in the backup '$backup': & '$AppCmd' restore backup $backup"

"""
_DOWN = """\
function Invoke-Step {
    param([string]$Program, [string[]]$Arguments)
    # What was never made cannot be removed.
    $said = & $Program @Arguments
    Write-Verbose "$Program $($Arguments -join ' ') ended with $LASTEXITCODE and said: $said"
}

"""
_WAIT = """\
$clock = [Diagnostics.Stopwatch]::StartNew()
while ($workers = & $AppCmd list wp "/apppool.name:${Site}" '/text:WP.NAME') {
    if ($clock.Elapsed.TotalSeconds -gt 20) { $workers | ForEach-Object { Stop-Process -Id ([int]$_) -Force }; break }
    Start-Sleep -Milliseconds 200
}"""
_MODULES = {
    "wfastcgi": ("iisfcgi.dll", "FastCGI here: run this again with -InstallFeatures"),
    "httpplatform": ("httpPlatformHandler.dll", "HttpPlatformHandler here: README.md says how it is installed"),
}
_PROGRAMS = {"appcmd": "$AppCmd", "icacls": "icacls.exe", "python": "$Python"}


def scripts(site: Site) -> dict[str, str]:
    """The scripts by name; the site's own values are what their parameters are unless something else is said."""
    given = {"Site": site.name, "Port": str(site.port), "Root": str(site.root)}
    given |= {"Folder": str(site.folder)} if site.folder != site.root else {}
    given |= {"Python": str(site.python.executable)}
    given |= {"Packages": str(site.wfastcgi.parent)} if site.wfastcgi else {}
    placed = _placed(site)
    ups, downs = ("\n".join(_line(step, placed) for step in plan(placed)) for plan in (up, down))
    switch = "    [switch]$InstallFeatures"
    paths = ", ".join(f"${name}" for name in given if name not in {"Site", "Port"})
    module, what = _MODULES[site.handler]
    return {
        "up.ps1": _head("up.ps1", "Put the site up.", given, [switch])
        + _FEATURES.format(paths=paths, module=module, what=what)
        + _ACCOUNT
        + _INTERPRETER
        + _UP
        + ups
        + f'\nWrite-Output "http://{site.host}:${{Port}}/ is up; .\\down.ps1 takes it down."\n',
        "down.ps1": _head("down.ps1", "Take down all that up.ps1 has put up; Windows' features stay.", given, [])
        + _ACCOUNT
        + _NO_INTERPRETER
        + _DOWN
        + downs
        + "\n",
    }


def _placed(site: Site) -> Site:
    """The site with variables of the scripts in place of all that is said when they are run."""
    root, packages = PureWindowsPath("${Root}"), PureWindowsPath("${Packages}")
    return replace(
        site,
        name="${Site}",
        python=Interpreter(PureWindowsPath("${Python}"), PureWindowsPath("${Environment}"), PureWindowsPath("${Base}")),
        root=root,
        folder=PureWindowsPath("${Folder}") if site.folder != site.root else root,
        wfastcgi=packages / site.wfastcgi.name if site.wfastcgi else None,
    )


def _literal(text: str, placed: Site) -> str:
    """A text in double quotes; what is no text in a site, its port and its account, gets its variable here."""
    binding = f"{placed.host}:{placed.port}:"
    return f'"{text.replace(binding, f"{placed.host}:${{Port}}:").replace(placed.account, "${Account}")}"'


def _head(name: str, purpose: str, given: Mapping[str, str], more: Iterable[str]) -> str:
    parameters = [
        f"    [{'int' if key == 'Port' else 'string'}]${key} = {_plain(value)}" for key, value in given.items()
    ]
    return _HEAD.format(name=name, purpose=purpose, parameters=",\n".join([*parameters, *more]))


def _plain(value: str) -> str:
    return value if value.isdecimal() else f"'{value}'"


def _line(step: Step, placed: Site) -> str:
    match step:
        case Copy(source, target):
            source_text, target_text = _literal(str(source), placed), _literal(str(target), placed)
            return f"Copy-Item -LiteralPath {source_text} -Destination {target_text}"
        case Ended():
            return _WAIT
        case Call(program, arguments, is_needed):
            said = ", ".join(_literal(word, placed) for word in arguments)
            tolerated = "" if is_needed else " -Needed $false"
            return f"Invoke-Step -Program {_PROGRAMS[program]} -Arguments @({said}){tolerated}"
