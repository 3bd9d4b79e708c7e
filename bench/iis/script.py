"""A plan as two scripts of Windows PowerShell 5.1, for people: up.ps1 and down.ps1 say what `bench.iis` would. Pure."""

from collections.abc import Iterable, Mapping

from bench.iis.plan import Call, Copy, Ended, Step, down, up
from bench.iis.site import Site

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
if ($InstallFeatures) {
    $features = @('IIS-WebServerRole', 'IIS-CGI', 'IIS-ApplicationInit', 'IIS-HttpErrors', 'IIS-RequestMonitor',
        'IIS-ManagementScriptingTools')
    Enable-WindowsOptionalFeature -Online -All -NoRestart -FeatureName $features | Out-Null
}
if (-not (Test-Path -LiteralPath $AppCmd)) { throw 'There is no IIS here: run this again with -InstallFeatures.' }
if (-not (Test-Path -LiteralPath (Join-Path $env:windir 'System32\\inetsrv\\iisfcgi.dll'))) {
    throw 'IIS has no FastCGI here: run this again with -InstallFeatures.'
}
foreach ($path in @($Root, $Folder, $Python, $Packages) -ne '') {
    if ($path -match '[\\s''"\\[\\]|&<>,;%]') {
        throw "'$path' has a sign that IIS, appcmd and wfastcgi quote each in another way: move it."
    }
    if (-not (Test-Path -LiteralPath $path)) { throw "There is no '$path'." }
}
"""
_FOLDERS = """\
$Environment = Split-Path (Split-Path $Python)
$Base = "$(& $Python -c 'import sys; print(sys.base_prefix)')".Trim()
if ($Base -match '\\\\WindowsApps\\\\') {
    throw "$Base is the Microsoft Store's Python, which no worker of IIS may run: install one from python.org."
}
"""
_UP = """\
function Invoke-Step {
    param([string]$Program, [string[]]$Arguments, [bool]$Needed = $true)
    $said = & $Program @Arguments
    if ($LASTEXITCODE -ne 0 -and $Needed) {
        throw "$Program $($Arguments -join ' ') ended with $LASTEXITCODE and said: $said"
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
_PROGRAMS = {"appcmd": "$AppCmd", "icacls": "icacls.exe", "python": "$Python"}


def scripts(site: Site) -> dict[str, str]:
    """The scripts by name; the site's own values are what their parameters are unless something else is said."""
    given = {
        "Site": site.name,
        "Port": str(site.port),
        "Root": str(site.root),
        "Folder": str(site.folder),
        "Python": str(site.python.executable),
        "Packages": str(site.wfastcgi.parent) if site.wfastcgi else "",
    }
    variables = {
        **given,
        "Environment": str(site.python.prefix),
        "Base": str(site.python.base),
    }
    ups, downs = _lines(up(site), variables), _lines(down(site), variables)
    switch = "    [switch]$InstallFeatures"
    return {
        "up.ps1": _head("up.ps1", "Put the site up.", given, [switch])
        + _FEATURES
        + _FOLDERS
        + _UP
        + "\n".join(ups)
        + f'\nWrite-Output "http://{site.host}:${{Port}}/ is up; .\\down.ps1 takes it down."\n',
        "down.ps1": _head("down.ps1", "Take down all that up.ps1 has put up; Windows' features stay.", given, [])
        + _FOLDERS
        + _DOWN
        + "\n".join(downs)
        + "\n",
    }


def literal(text: str, variables: Mapping[str, str]) -> str:
    """A text in double quotes, with `${Name}` where it has a variable's value; the longest value goes first."""
    for name, value in sorted(variables.items(), key=lambda pair: -len(pair[1])):
        if value:
            text = text.replace(value, f"${{{name}}}")
    return f'"{text}"'


def _head(name: str, purpose: str, given: Mapping[str, str], more: Iterable[str]) -> str:
    parameters = [
        f"    [{'int' if key == 'Port' else 'string'}]${key} = {_plain(value)}" for key, value in given.items()
    ]
    return _HEAD.format(name=name, purpose=purpose, parameters=",\n".join([*parameters, *more]))


def _plain(value: str) -> str:
    return value if value.isdecimal() else f"'{value}'"


def _lines(steps: Iterable[Step], variables: Mapping[str, str]) -> list[str]:
    return [_line(step, variables) for step in steps]


def _line(step: Step, variables: Mapping[str, str]) -> str:
    match step:
        case Copy(source, target):
            source_text, target_text = literal(str(source), variables), literal(str(target), variables)
            return f"Copy-Item -LiteralPath {source_text} -Destination {target_text}"
        case Ended():
            return _WAIT
        case Call(program, arguments, is_needed):
            said = ", ".join(literal(word, variables) for word in arguments)
            tolerated = "" if is_needed else " -Needed $false"
            return f"Invoke-Step -Program {_PROGRAMS[program]} -Arguments @({said}){tolerated}"
