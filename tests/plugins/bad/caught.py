#!/usr/bin/env python3
"""A bad plugin is caught by the test that its fault is named after. Usage: caught.py TIDECTL FILE TEST TEXT [OPTION...]"""
import json
import subprocess
import sys

tidectl, file, test, text, *options = sys.argv[1:]
ran = subprocess.run([tidectl, "--json", "plugin", "validate", file, "--filter", test, *options], capture_output=True, text=True,
                     timeout=300, check=False)
results = [json.loads(line) for line in ran.stdout.splitlines()]
caught = [one for one in results if one.get("test") == test and one["result"] == "FAILED" and text in one["message"]]
print("\n".join(one["message"] for one in caught) or f"not caught by {test} with '{text}':\n{ran.stdout}{ran.stderr}")
sys.exit(0 if caught and ran.returncode == 1 else 1)
