# shellcheck shell=bash
# Function for scripts that need the local stack.

# Starts the local stack, and exports STACK, the file with its description. The first argument names this file and the log.
# The others are options of `local`.
start_stack() {
  export STACK=$PWD/target/local/$1.json
  local log=target/local/$1.log
  rm -f "$STACK"
  cargo build --quiet --locked --package local
  # It ends when its standard input closes, which is the end of the script.
  coproc { exec target/debug/local --until-stdin-closes --no-watch --stack-file "$STACK" "${@:2}" > "$log" 2>&1; }
  until [[ -f $STACK ]]; do
    kill -0 "$COPROC_PID" || { cat "$log"; exit 1; }
    sleep 0.1
  done
}
