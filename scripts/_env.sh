# Sourced by the scripts beside it, from the repository's root. Makes what they run in; says so only when it does.
# Functions: find_python, make_bridge_environment, make_homeserver_environment.

# A Python that the project supports, with pip, for making environments. PYTHON overrides the search.
find_python() {
  local candidate
  for candidate in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys, pip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  echo "Python 3.11 to 3.14 with pip is needed, and was not found. Install it, or set PYTHON to it." >&2
  return 1
}

# .venv: what the bridge runs with, and with the argument "dev" what its tests and checks need as well.
make_bridge_environment() {
  local python locks=(requirements.lock)
  python=$(find_python)
  # One environment serves running and testing: once made for testing it stays so.
  if [[ ${1:-} == dev || -e .venv/.dev ]]; then
    locks+=(requirements-dev.lock)
  fi
  "$python" bridge/rehearsal/environment.py .venv "${locks[@]}" --project .
  if ((${#locks[@]} == 2)); then
    touch .venv/.dev
  fi
}

# var/homeserver/env: Synapse, apart, so that its pins never fight ours.
make_homeserver_environment() {
  local python
  python=$(find_python)
  "$python" bridge/rehearsal/environment.py var/homeserver/env requirements-homeserver.lock
}
