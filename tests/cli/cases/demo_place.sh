# SPDX-License-Identifier: MIT
# The demo never touches a folder it did not make.
. "$(dirname "$0")/../lib.sh"

mkdir mine
echo keep >mine/file
run 2 demo mine
err_has 'no demo made it'
[ "$(cat mine/file)" = keep ] || fail "the folder was touched"
: >file
run 1 demo file/sub
