"""A cluster that stands: says where, keeps a child, and counts how long it was allowed to run."""

import subprocess
import sys
import time

path, behaviour = sys.argv[1], sys.argv[2]
if behaviour == "fails":
    print("there is no room for a cluster", file=sys.stderr)
    sys.exit(3)
child = subprocess.Popen(
    [sys.executable, "-c", "import time\nwhile True: time.sleep(1)", "far-cluster-child"]
)
with open(path, "a", encoding="utf-8") as starts:
    starts.write(f"{child.pid}\n")
print("loading", flush=True)
print(f"stands at port {child.pid}", flush=True)
while True:
    time.sleep(0.01)
