# Sourced by the scripts in this folder's parent: makes or reuses a virtual environment with exactly the locked packages.
# Needs only python3 >= 3.11 with its venv module. Sets ROOT, the checkout's folder.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Print the first Python that is new enough; PYTHON names one to try before the others.
find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3 python; do
        if [[ -n $candidate ]] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    echo "No Python 3.11 or newer found: install one, or name it, as in PYTHON=/path/to/python3.12 $0" >&2
    return 1
}

# use_venv FOLDER LOCK: make FOLDER hold what LOCK lists and this checkout, editable; do nothing when it already does.
use_venv() {
    local folder=$ROOT/$1 lock=$ROOT/$2 python wanted
    wanted=$(cat "$lock" "$ROOT/setup.cfg" "$ROOT/pyproject.toml" | cksum)
    if [[ -x $folder/bin/python && $(cat "$folder/installed" 2>/dev/null) == "$wanted" ]]; then
        return
    fi
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$python lacks the venv module: install it (Debian and Ubuntu: apt-get install python3-venv)" >&2
        return 1
    fi
    echo "Preparing $1 with the packages of $2" >&2
    # A folder left half made, or whose Python is gone, is made anew.
    if ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --clear "$folder"
    fi
    rm -f "$folder/installed"
    "$folder/bin/python" -m pip install -qq --disable-pip-version-check --require-hashes -r "$lock"
    "$folder/bin/python" -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e "$ROOT"
    printf '%s\n' "$wanted" >"$folder/installed"
}
