#!/bin/sh
# Train, evaluate and predict as a user does in a shell, with JSON checked at every joint.
# Usage: pipe.sh PYTHON, in an empty directory.
set -eu
python=$1
nnlab() { "$python" -m nnlab "$@"; }
# json EXPRESSION: reads JSON lines into `rows` and fails unless the expression holds.
json() { "$python" -c 'import json, sys; rows = [json.loads(line) for line in sys.stdin]; assert eval(sys.argv[1]), rows[:3]' "$1"; }
one() { "$python" -c 'import json, sys; body = json.load(sys.stdin); assert eval(sys.argv[1]), body' "$1"; }

nnlab train xor --epochs 30 --name first --json > events.jsonl 2> train.err
json 'rows[0]["event"] == "run_started" and rows[-1]["event"] == "run_finished"' < events.jsonl
json '[row["epoch"] for row in rows if row["event"] == "epoch"] == list(range(1, 31))' < events.jsonl
json 'rows[-1]["stopped_by"] == "epochs" and rows[-1]["metrics"]["accuracy_test"] > 0.8' < events.jsonl

nnlab runs list --json | one '[run["run"] for run in body] == ["first"] and body[0]["status"] == "finished"'
nnlab eval latest --json | one 'body["split"] == "test" and body["metrics"]["accuracy"] > 0.8'
nnlab data plot xor --json | "$python" -c '
import json, sys
print("x2,x1,label")
for x, y, kind in json.load(sys.stdin)["points"]:
    print(y, x, kind, sep=",")
' > rows.csv
nnlab predict first rows.csv --json | json 'len(rows) == 1000 and rows[0]["row"] == 1'
tail -n +2 rows.csv | cut -d, -f3 > truth
nnlab predict first - < rows.csv | tail -n +2 | cut -d, -f1 | paste -d' ' - truth > pairs
awk '$1 == $2 { right++ } END { exit !(right / NR > 0.8) }' pairs

nnlab predict first --row 'x1=0.5,x2=0.5' | head -n 1 | grep -q '^prediction,probability_0,probability_1$'
if nnlab predict first missing.csv > out 2> err; then exit 1; else test $? -eq 2; fi
test ! -s out
test "$(wc -l < err)" -eq 1
nnlab runs rm first --yes 2> /dev/null
nnlab runs list --json | one 'body == []'
echo done
