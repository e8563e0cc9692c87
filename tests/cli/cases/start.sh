# SPDX-License-Identifier: MIT
# Libraries that single commands need are loaded by these alone; where one is missing, they say so.
. "$(dirname "$0")/../lib.sh"

# The dynamic loader lists what a start loads, instead of starting.
if ! emulated; then
    LD_TRACE_LOADED_OBJECTS=1 "$RNNREPAIR" >.out 2>.err
    out_has 'libjansson'
    if grep -E 'lib(curl|microhttpd)' .out; then
        fail "every start loads what single commands need"
    fi
fi

mkdir broken
for name in libcurl.so.4 libcurl-gnutls.so.4 libmicrohttpd.so.12; do
    echo 'no library' >"broken/$name"
done
LD_LIBRARY_PATH=$work/broken:${LD_LIBRARY_PATH-} run 0 --version
LD_LIBRARY_PATH=$work/broken run 3 fetch mnist -o got --url 'file:///nowhere/at/all/'
err_has 'a download needs libcurl'
err_has 'which cannot be loaded'
"$RNNREPAIR" serve missing --port 0 >.out 2>.err
if ! grep -q 'without libmicrohttpd' .err; then
    LD_LIBRARY_PATH=$work/broken run 3 serve missing --port 0
    err_has 'the command serve needs libmicrohttpd'
fi
