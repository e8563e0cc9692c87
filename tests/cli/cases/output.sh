# SPDX-License-Identifier: MIT
# stdout that cannot be written whole is a failure, not silence.
. "$(dirname "$0")/../lib.sh"

[ -c /dev/full ] || exit 77
"$RNNREPAIR" --help >/dev/full 2>.err
[ $? -eq 1 ] || fail "--help into a full device ended with another status than 1"
err_has 'standard output'
small_run r
"$RNNREPAIR" info r --json >/dev/full 2>.err
[ $? -eq 1 ] || fail "info into a full device ended with another status than 1"
