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

# What a run without an influence model cannot answer is no failure of the server.
cp -r r bare
rm bare/influence.safetensors
"$RNNREPAIR" serve bare --port 0 --json --quiet >server.json 2>.err &
server=$!
until [ -s server.json ]; do
    kill -0 "$server" 2>/dev/null || fail "a run without an influence model"
    sleep 0.1
done
python3 - <<'END' || fail "what a bare run answers"
import json
import urllib.error
import urllib.request

server = json.load(open("server.json"))
bearer = {"Authorization": "Bearer " + server["token"]}


def status(name):
    address = f"http://127.0.0.1:{server['port']}/api/{name}.json"
    try:
        return urllib.request.urlopen(urllib.request.Request(address, headers=bearer)).status, ""
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)["error"]["message"]


assert status("predict") == (200, "")
for name in ("states", "trust", "audit"):
    code, message = status(name)
    assert code == 422 and "rnnrepair build bare" in message, (name, code, message)
END
kill "$server"
wait "$server" || fail "the server of a bare run ends with $?"
