# SPDX-License-Identifier: MIT
# fetch copies from a mirror, and fails with a clear message without one.
. "$(dirname "$0")/../lib.sh"

run 1 fetch mnist -o got --url 'file:///nowhere/at/all/'
[ -z "$(ls got)" ] || fail "something is left of nothing"
err_has 'rnnrepair fetch:'
run 2 fetch mnist -o got --url 'gopher://example.org/'
mkdir mirror
for f in train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz t10k-images-idx3-ubyte.gz \
    t10k-labels-idx1-ubyte.gz; do
    echo not this >"mirror/$f"
done
run 3 fetch mnist -o got --url "file://$work/mirror/"
mkdir mine
echo 'another set' >mine/t10k-labels-idx1-ubyte.gz
run 3 fetch mnist -o mine --url "file://$work/mirror/"
err_has 'mine/t10k-labels-idx1-ubyte.gz is there already, and is not the file of the set'
[ "$(ls mine)" = t10k-labels-idx1-ubyte.gz ] || fail "something was written beside it"
grep -qx 'another set' mine/t10k-labels-idx1-ubyte.gz || fail "the file was replaced"
: >file
run 1 fetch mnist -o file/sub --url "file://$work/mirror/"

# The real files, where this machine has them.
if [ -f "${RNNREPAIR_DATA:-}/mnist/t10k-labels-idx1-ubyte.gz" ]; then
    run 0 fetch mnist -o real --url "file://$RNNREPAIR_DATA/mnist/" --json
    json 'd["set"] == "mnist" and len(d["files"]) == 4'
    exists real/train-images-idx3-ubyte.gz
    run 0 fetch mnist -o real --url 'file:///nowhere/at/all/'
else
    echo "no MNIST files here: fetching them from a mirror is not tried"
fi
