# SPDX-License-Identifier: MIT
# serve: who may ask what, on a run of images and on one of text, and how it ends.
. "$(dirname "$0")/../lib.sh"
. "$here/../odd_words.sh"

small_run r
run 0 build r --states 6 --quiet
cp -r r r2
cp -r t t2

"$RNNREPAIR" serve r --port 99999 2>.err
[ $? -eq 2 ] || fail "port 99999 is taken"
"$RNNREPAIR" serve missing --port 0 >.out 2>.err
case $? in
3) ! grep -q 'without libmicrohttpd' .err || exit 77 ;;
1) ;;
*) fail "a run that is missing" ;;
esac
python3 "$here/../serve_client.py" INT "$RNNREPAIR" r r2 >.out 2>.err || fail "a run of images"
python3 "$here/../serve_client.py" TERM "$RNNREPAIR" t t2 >.out 2>.err || fail "a run of text"
