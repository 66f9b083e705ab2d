@echo off
rem Double-click: installs the planner beside this file the first time, then opens its page in the browser.
cd /d "%~dp0.."
if not exist ".venv\Scripts\planner-page.exe" (
  echo Installing the planner. This takes some minutes, once.
  py -3 -m venv .venv || python -m venv .venv || goto :nopython
  ".venv\Scripts\python.exe" -m pip install -q -c requirements.lock . || goto :failed
)
start "" ".venv\Scripts\planner-page.exe"
exit /b 0
:nopython
echo Python 3.11 or newer is needed: get it from the Microsoft Store or python.org, then double-click again.
pause
exit /b 1
:failed
echo The installation failed; the lines above say why. The folder must be one that you may write to.
pause
exit /b 1
