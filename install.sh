#!/usr/bin/env bash
# Installs Wenju into .venv. `./install.sh` takes what `make run` needs, `./install.sh test` what `make test` needs too.
# A second call with unchanged requirements does nothing. Runs with bash 3.2, so that macOS can use it as it comes.
set -euo pipefail
cd "$(dirname "$0")"

what="${1:-run}"
case "$what" in
    run | test) ;;
    *)
        printf 'install: unknown: %s. Use ./install.sh or ./install.sh test.\n' "$what" >&2
        exit 2
        ;;
esac
venv_python=.venv/bin/python
supported='import sys; sys.exit(0 if sys.version_info >= (3, 11) else 1)'

say() { printf 'install: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# A name on PATH proves little: version managers leave stubs that only complain. So each candidate has to run.
find_python() {
    local candidate
    for candidate in python3.11 python3.12 python3.13 python3 python3.14 python; do
        if "$candidate" -c "$supported" >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    uv python find '>=3.11' 2>/dev/null
}

find_uv() {
    local candidate
    for candidate in uv "$HOME/.local/bin/uv" .venv/bin/uv; do
        if "$candidate" --version >/dev/null 2>&1; then
            printf '%s' "$candidate"
            return
        fi
    done
    return 1
}

make_venv() {
    if "$venv_python" -c "$supported" >/dev/null 2>&1; then
        return
    fi
    local python uv
    python="$(find_python)" || fail "Python 3.11 or newer is needed; found $(python3 --version 2>&1 || true)." \
        "Install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.12) and try again."
    say "making .venv with $("$python" --version)"
    rm -rf .venv
    if uv="$(find_uv)"; then
        "$uv" venv --quiet --python "$python" .venv
    elif ! "$python" -m venv .venv >/dev/null 2>&1; then
        rm -rf .venv
        system_packages python3-venv || fail "$python cannot make a virtual environment. Install python3-venv and try again."
        "$python" -m venv .venv
    fi
}

# uv does not read pip's settings; a mirror or a folder of wheels that pip knows is passed on to it.
# Prints one argument a line, because a folder may have spaces in its name.
pip_settings_for_uv() {
    local listed
    listed="$("$(find_python)" -m pip config list 2>/dev/null || true)"
    [ -n "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ] || pip_setting "$listed" index-url --default-index
    pip_setting "$listed" extra-index-url --index
    pip_setting "$listed" find-links --find-links
    pip_setting "$listed" trusted-host --allow-insecure-host
    # As pip does: the version decides, not which index came first.
    printf '%s\n' --index-strategy unsafe-best-match
}

# The values of one of pip's options, from the environment or else from what `pip config list` printed.
pip_setting() {
    local listed="$1" option="$2" flag="$3" variable value part
    variable="PIP_$(printf '%s' "$option" | tr 'a-z-' 'A-Z_')"
    value="${!variable:-}"
    [ -n "$value" ] || value="$(sed -n "s/^[a-z]*\.$option='\(.*\)'\$/\1/p" <<<"$listed" | head -n 1 | sed 's/\\n/ /g')"
    if [ -d "$value" ]; then
        printf '%s\n' "$flag" "$value"
        return
    fi
    for part in $value; do
        printf '%s\n' "$flag" "$part"
    done
}

# The CPU build of torch is a tenth of the size of the CUDA build and all that we use.
# macOS and Windows have no other; on Linux uv knows where it is, unless pip was told of a folder that holds it.
install_with_uv() {
    local uv="$1" file="$2" line settings=() torch=()
    while IFS= read -r line; do settings+=("$line"); done < <(pip_settings_for_uv)
    if [ "$(uname -s)" = Linux ] && [ -z "${UV_TORCH_BACKEND:-}" ] && ! has_cpu_torch ${settings[@]+"${settings[@]}"}; then
        torch=(--torch-backend cpu)
    fi
    local command=("$uv" pip install --python "$venv_python" -r "$file" ${settings[@]+"${settings[@]}"})
    # Someone at a terminal sees the progress; a log gets only what went wrong.
    [ -t 2 ] || command+=(--quiet)
    if [ ${#torch[@]} -gt 0 ]; then
        "${command[@]}" "${torch[@]}" && return
        say "the CPU build of torch is not to be had here; taking the ordinary one"
    fi
    "${command[@]}"
}

has_cpu_torch() {
    local argument
    for argument; do
        if compgen -G "${argument#file://}/torch-*+cpu*" >/dev/null; then
            return 0
        fi
    done
    return 1
}

install_packages() {
    local file="$1" stamp=".venv/installed-$1" sum uv
    # Also of this script: another way to install is a reason to install again.
    sum="$(cat "$file" install.sh | cksum)"
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ]; then
        return
    fi
    say "installing $file"
    if ! uv="$(find_uv)" && "$venv_python" -m pip install --quiet uv >/dev/null 2>&1; then
        uv=.venv/bin/uv
    fi
    if [ -n "$uv" ]; then
        install_with_uv "$uv" "$file"
    else
        say "uv is not to be had here; pip takes a few minutes"
        "$venv_python" -m pip install --quiet -r "$file"
    fi
    printf '%s\n' "$sum" >"$stamp"
}

# Installs Debian packages where that is possible; fails where it is not.
system_packages() {
    local sudo=()
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || return 1
        [ -t 0 ] || sudo -n true 2>/dev/null || return 1
        sudo=(sudo)
    fi
    say "installing $* with apt-get"
    ${sudo[@]+"${sudo[@]}"} apt-get update -qq >/dev/null
    ${sudo[@]+"${sudo[@]}"} env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq --yes --no-install-recommends "$@" >/dev/null
}

# Chromium without a window draws the same pages for much less work. Few systems have it; asking once is enough.
has_headless_shell() {
    local asked=.venv/asked-for-headless-shell
    command -v chromium-headless-shell >/dev/null && return
    [ ! -f "$asked" ] || return
    : >"$asked"
    system_packages chromium-headless-shell 2>/dev/null
}

# Those that the tests look for, the last being what Playwright brings.
has_browser() {
    local name
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null && return
    done
    compgen -G "$HOME/.cache/ms-playwright/chromium-*" >/dev/null ||
        compgen -G "$HOME/Library/Caches/ms-playwright/chromium-*" >/dev/null
}

has_chinese_font() {
    [ "$(uname -s)" != Linux ] || { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh-cn family)" ]; }
}

install_browser() {
    local missing=()
    has_chinese_font || missing+=(fonts-noto-cjk fontconfig)
    command -v npm >/dev/null || missing+=(nodejs npm)
    if ! has_headless_shell && ! has_browser && ! system_packages chromium; then
        say "no chromium to be had as a system package; taking the one of Playwright"
        "$venv_python" -m playwright install chromium || missing+=(chromium)
    fi
    if [ ${#missing[@]} -gt 0 ]; then
        system_packages "${missing[@]}" || fail "the browser tests need ${missing[*]}. Install them and try again."
    fi
    local stamp=tests/web/node_modules/installed
    if [ -f tests/web/package.json ] && ! cmp -s tests/web/package-lock.json "$stamp"; then
        say "installing tests/web/package.json"
        (cd tests/web && npm ci --silent --ignore-scripts --no-audit --no-fund)
        cp tests/web/package-lock.json "$stamp"
    fi
}

make_venv
install_packages requirements.txt
if [ "$what" = test ]; then
    install_packages requirements-dev.txt
    install_browser
fi
