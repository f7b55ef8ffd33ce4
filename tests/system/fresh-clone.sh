#!/usr/bin/env bash
# The two commands of the README, exactly as written there, in a fresh clone in an empty folder.
#   tests/system/fresh-clone.sh [start|test]…     (both by default)
# Needs the free port 8080 for `start`. Ends with 0 when everything held.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
group=
clean_up() {
  [ -z "$group" ] || kill -KILL -- "-$group" 2>/dev/null
  rm -rf "$folder"
}
trap clean_up EXIT
fail() { echo "fresh clone: $*" >&2; exit 1; }

# The clone knows nothing of the folder it comes from, nor of the settings of the shell that runs this.
for name in $(env | sed -n 's/^\(METERWAY_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
PATH=$(printf %s "$PATH" | tr ':' '\n' | grep -v '/node_modules/' | paste -sd:)
git clone --quiet --no-local "$root" "$folder/clone" || fail "cannot clone $root"
cd "$folder/clone" || exit 1
mapfile -t commands < <(sed -n 's/^    \(npm ci && npm .*\)$/\1/p' README.md)
[ "${#commands[@]}" -eq 2 ] || fail "README.md shows ${#commands[@]} commands instead of 2"

# The body of an answer with status 200.
answers() {
  node -e 'const [path, key] = process.argv.slice(1);
    fetch(`http://127.0.0.1:8080${path}`, { headers: { authorization: `Bearer ${key}` }, signal: AbortSignal.timeout(5000) })
      .then(async (response) => response.ok ? console.log(await response.text()) : process.exit(1))
      .catch(() => process.exit(1))' "$1" "$2"
}

try_start() {
  echo "fresh clone: ${commands[0]}"
  setsid bash -c "${commands[0]}" >"$folder/start.log" 2>&1 &
  group=$!
  local begun=0
  for _ in $(seq 900); do
    kill -0 "$group" 2>/dev/null || { cat "$folder/start.log"; fail "it ended by itself"; }
    [ "$begun" -ne 0 ] || ! grep -q '^> node gateway/standalone.ts' "$folder/start.log" || begun=$SECONDS
    if [ "$begun" -ne 0 ]; then
      [ $((SECONDS - begun)) -le 60 ] || { cat "$folder/start.log"; fail "no answers within a minute"; }
      key=$(cat data/admin-key 2>/dev/null)
      yesterday=$(TZ=Asia/Shanghai date -d yesterday +%F)
      summary=$(answers "/api/v1/collection/summary?date=$yesterday" "$key") &&
        case $summary in *'"due":306'*'"answeredLate":'[1-9]*) break ;; esac
    fi
    sleep 0.5
  done
  case ${summary:-} in *'"answeredLate":'[1-9]*) ;; *) cat "$folder/start.log"; fail "no answers" ;; esac
  echo "fresh clone: the first values of yesterday $((SECONDS - begun)) s after npm ci had ended"
  local stopping=$SECONDS
  kill -INT -- "-$group"
  while kill -0 -- "-$group" 2>/dev/null; do
    [ $((SECONDS - stopping)) -le 6 ] || fail "still running 6 s after Ctrl-C"
    sleep 0.1
  done
  group=
}

try_test() {
  echo "fresh clone: ${commands[1]}"
  bash -c "${commands[1]}" >"$folder/test.log" 2>&1 || { cat "$folder/test.log"; fail "'${commands[1]}' failed"; }
  echo "fresh clone: $(sed 's/\x1b\[[0-9;]*m//g' "$folder/test.log" | sed -nE 's/^ +Tests +//p')"
}

[ $# -gt 0 ] || set -- start test
for step in "$@"; do "try_$step"; done
