; The installer of the kiosk for Windows, for all users of the machine (Inno Setup 6.3 or newer).
; Built by build.ps1, which gives the version:
;   ISCC /DAppVersion=1.2.0 /DAppNumbers=1.2.0.0 [/Ssign=... /DSign=1] packaging\windows\kiosk.iss
; Unattended:  voice-kiosk-1.2.0-windows-x64.exe /VERYSILENT /SUPPRESSMSGBOXES /NORESTART /LOG

#ifndef AppVersion
  #error AppVersion is missing: build with packaging\windows\build.ps1
#endif
#ifndef AppNumbers
  #error AppNumbers is missing: build with packaging\windows\build.ps1
#endif

#define AppName "Voice kiosk"
#define Window "voice-kiosk.exe"
#define CommandLine "kiosk.exe"
#define Root "..\.."

[Setup]
; Never changes: by it an upgrade finds what is installed.
AppId={{7C0E3B0A-5D4F-4C7E-9E0B-1F3A6B8D2C41}
AppName={#AppName}
AppVersion={#AppVersion}
AppVerName={#AppName} {#AppVersion}
AppPublisher=Voice kiosk contributors
VersionInfoVersion={#AppNumbers}
VersionInfoDescription=Installer of {#AppName}
DefaultDirName={autopf}\{#AppName}
DefaultGroupName={#AppName}
DisableProgramGroupPage=yes
DisableDirPage=auto
LicenseFile={#Root}\LICENSE
PrivilegesRequired=admin
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
; The oldest Windows 10 that Qt 6 supports.
MinVersion=10.0.17763
OutputDir={#Root}\dist
OutputBaseFilename=voice-kiosk-{#AppVersion}-windows-x64
SetupIconFile=voice-kiosk.ico
UninstallDisplayIcon={app}\{#Window}
UninstallDisplayName={#AppName}
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
; An upgrade ends a window that runs, in order, and asks before it does.
CloseApplications=yes
RestartApplications=no
SetupLogging=yes
#ifdef Sign
SignTool=sign
SignedUninstaller=yes
#endif

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[InstallDelete]
; What the former version had and this one has not; data of people never lies here.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Root}\dist\voice-kiosk\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs
Source: "{#Root}\LICENSE"; DestDir: "{app}"; Flags: ignoreversion
Source: "README.md"; DestDir: "{app}"; DestName: "Windows.md"; Flags: ignoreversion
Source: "shell-launcher.xml"; DestDir: "{app}"; Flags: ignoreversion

[Icons]
Name: "{group}\{#AppName}"; Filename: "{app}\{#Window}"
Name: "{group}\{#AppName} (full screen)"; Filename: "{app}\{#Window}"; Parameters: "--full-screen"
Name: "{autodesktop}\{#AppName}"; Filename: "{app}\{#Window}"; Tasks: desktopicon

[Registry]
; So that "kiosk" and "voice-kiosk" start from Run and by ShellExecute.
Root: HKLM; Subkey: "Software\Microsoft\Windows\CurrentVersion\App Paths\{#CommandLine}"; ValueType: string; ValueName: ""; ValueData: "{app}\{#CommandLine}"; Flags: uninsdeletekey
Root: HKLM; Subkey: "Software\Microsoft\Windows\CurrentVersion\App Paths\{#Window}"; ValueType: string; ValueName: ""; ValueData: "{app}\{#Window}"; Flags: uninsdeletekey

[Run]
Filename: "{app}\{#Window}"; Description: "{cm:LaunchProgram,{#AppName}}"; Flags: nowait postinstall skipifsilent

[Code]
const
  Consent = 'SOFTWARE\Microsoft\Windows\CurrentVersion\CapabilityAccessManager\ConsentStore\microphone';
  Policy = 'SOFTWARE\Policies\Microsoft\Windows\AppPrivacy';
  ForcedOff = 2;
  Uninstall = 'Software\Microsoft\Windows\CurrentVersion\Uninstall\{7C0E3B0A-5D4F-4C7E-9E0B-1F3A6B8D2C41}_is1';

var
  MicrophonePage: TOutputMsgWizardPage;
  SettingsButton: TNewButton;

function IsDeny(const Value: String): Boolean;
begin
  Result := CompareText(Value, 'Deny') = 0;
end;

{ Which switch keeps desktop programs from the microphone; '' when none does. The switches of a user
  are those of whoever runs the installer: "kiosk doctor" looks again as the user of the kiosk. }
function MicrophoneSwitchedOff: String;
var
  Forced: Cardinal;
  Value: String;
begin
  Result := '';
  if RegQueryDWordValue(HKLM, Policy, 'LetAppsAccessMicrophone', Forced) and (Forced = ForcedOff) then
    Result := 'the group policy "Let Windows apps access the microphone"'
  else if RegQueryStringValue(HKLM, Consent, 'Value', Value) and IsDeny(Value) then
    Result := '"Microphone access" for this device'
  else if RegQueryStringValue(HKCU, Consent, 'Value', Value) and IsDeny(Value) then
    Result := '"Let apps access your microphone"'
  else if RegQueryStringValue(HKCU, Consent + '\NonPackaged', 'Value', Value) and IsDeny(Value) then
    Result := '"Let desktop apps access your microphone"';
end;

procedure OpenSettings(Sender: TObject);
var
  Code: Integer;
begin
  { The settings belong to the user at the screen, not to the administrator of the installer. }
  ShellExecAsOriginalUser('open', 'ms-settings:privacy-microphone', '', '', SW_SHOWNORMAL, ewNoWait, Code);
end;

procedure InitializeWizard;
begin
  MicrophonePage := CreateOutputMsgPage(wpSelectTasks, 'Microphone',
    'Windows keeps programs from the microphone.', '');
  SettingsButton := TNewButton.Create(WizardForm);
  SettingsButton.Parent := MicrophonePage.Surface;
  SettingsButton.Caption := 'Open the settings of Windows';
  SettingsButton.Width := ScaleX(220);
  SettingsButton.Height := ScaleY(28);
  SettingsButton.Top := MicrophonePage.SurfaceHeight - SettingsButton.Height;
  SettingsButton.OnClick := @OpenSettings;
end;

function ShouldSkipPage(PageID: Integer): Boolean;
var
  Switch: String;
begin
  Result := False;
  if PageID = MicrophonePage.ID then begin
    Switch := MicrophoneSwitchedOff;
    Result := Switch = '';
    if not Result then begin
      Log('The microphone is switched off: ' + Switch);
      MicrophonePage.MsgLabel.Caption := 'The kiosk hears nothing while this is switched off: ' + Switch +
        '.' + #13#10#13#10 + 'Switch it on, then click Next. You can do it later, too: "kiosk doctor" says ' +
        'whether it is on.';
    end;
  end;
end;

{ Whether the first version is newer than the second; both such as 1.2.0. }
function Newer(const First, Second: String): Boolean;
var
  A, B: Int64;
begin
  Result := StrToVersion(First, A) and StrToVersion(Second, B) and (ComparePackedVersion(A, B) > 0);
end;

function InitializeSetup: Boolean;
var
  Installed: String;
begin
  Result := True;
  if RegQueryStringValue(HKLM, Uninstall, 'DisplayVersion', Installed)
    and Newer(Installed, '{#AppVersion}') then
    Result := SuppressibleMsgBox('Version ' + Installed + ' is installed, which is newer than {#AppVersion}.'
      + #13#10#13#10 + 'If it has changed the database, the older version will not open it until a backup '
      + 'of before is restored ("kiosk backup list", "kiosk backup restore FILE").' + #13#10#13#10
      + 'Install the older version?', mbConfirmation, MB_YESNO, IDYES) = IDYES;
end;

procedure CurUninstallStepChanged(Step: TUninstallStep);
begin
  if Step = usPostUninstall then
    SuppressibleMsgBox('People, voiceprints and settings were left where they are, in'
      + #13#10 + '%LOCALAPPDATA%\voice-kiosk of each user who ran the kiosk.' + #13#10#13#10
      + 'Delete that folder if they are not needed any more.', mbInformation, MB_OK, IDOK);
end;
