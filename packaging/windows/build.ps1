# Makes the installer from the frozen program in dist\voice-kiosk, and signs what can be signed.
#
#   powershell -File packaging\windows\build.ps1
#
# Needs Inno Setup 6.3 or newer (ISCC.exe on PATH, or where its own installer puts it). With
# WINDOWS_CERTIFICATE (a PFX file, base64) and WINDOWS_CERTIFICATE_PASSWORD, the programs, the
# installer and the uninstaller are signed; without, nothing is, and it says so.
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest
Set-Location (Join-Path $PSScriptRoot '..\..')

function Stop-Build([string] $message) {
    Write-Host "voice-kiosk: $message"
    exit 1
}

function Find-Tool([string] $name, [string[]] $places) {
    $found = Get-Command $name -ErrorAction SilentlyContinue
    if ($found) { return $found.Source }
    foreach ($place in $places) {
        $file = Get-Item $place -ErrorAction SilentlyContinue | Sort-Object FullName | Select-Object -Last 1
        if ($file) { return $file.FullName }
    }
    Stop-Build "$name is missing."
}

if (-not (Test-Path 'dist\voice-kiosk\voice-kiosk.exe')) {
    Stop-Build 'dist\voice-kiosk is missing: build the frozen program first.'
}
$python = if (Test-Path '.venv\Scripts\python.exe') { '.venv\Scripts\python.exe' } else { 'python' }
$env:PYTHONPATH = 'packaging\release'
$version = & $python -m releasing.version
$numbers = & $python -m releasing.version --numbers
if ($LASTEXITCODE -ne 0) { Stop-Build 'The version cannot be read from pyproject.toml.' }

$iscc = Find-Tool 'ISCC.exe' @("${env:ProgramFiles(x86)}\Inno Setup 6\ISCC.exe", "$env:ProgramFiles\Inno Setup 6\ISCC.exe")
$options = @("/DAppVersion=$version", "/DAppNumbers=$numbers")
$key = $null
try {
    if ($env:WINDOWS_CERTIFICATE) {
        $signtool = Find-Tool 'signtool.exe' @("${env:ProgramFiles(x86)}\Windows Kits\10\bin\*\x64\signtool.exe")
        $key = New-TemporaryFile
        [IO.File]::WriteAllBytes($key.FullName, [Convert]::FromBase64String($env:WINDOWS_CERTIFICATE))
        # Into the store of this user: no command line then names the file or its password.
        $password = ConvertTo-SecureString $env:WINDOWS_CERTIFICATE_PASSWORD -AsPlainText -Force
        $certificate = Import-PfxCertificate -FilePath $key.FullName -CertStoreLocation Cert:\CurrentUser\My -Password $password
        $sign = @('sign', '/sha1', $certificate.Thumbprint, '/fd', 'SHA256', '/td', 'SHA256', '/tr', 'http://timestamp.digicert.com')
        & $signtool @sign 'dist\voice-kiosk\voice-kiosk.exe' 'dist\voice-kiosk\kiosk.exe'
        if ($LASTEXITCODE -ne 0) { Stop-Build 'The programs could not be signed.' }
        # $q and $f are Inno Setup's own: a quotation mark, and the quoted file.
        $options += '/Ssign=$q' + $signtool + '$q ' + ($sign -join ' ') + ' $f'
        $options += '/DSign=1'
    } else {
        Write-Host 'Not signed: WINDOWS_CERTIFICATE is not set.'
    }
    & $iscc /Qp @options 'packaging\windows\kiosk.iss'
    if ($LASTEXITCODE -ne 0) { Stop-Build 'Inno Setup failed (see above).' }
} finally {
    if ($key) { Remove-Item $key.FullName -Force }
}
Get-Item "dist\voice-kiosk-$version-windows-x64.exe" | ForEach-Object { Write-Host "$($_.Name): $([math]::Round($_.Length / 1MB)) MiB" }
