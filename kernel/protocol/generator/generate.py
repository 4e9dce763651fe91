#!/usr/bin/env python3
"""Generates the C++ of the wire protocol from the schema files.

  generate.py SCHEMA_FOLDER OUTPUT_FOLDER          the messages, api_table.hpp, all_messages.hpp
  generate.py --json SCHEMA_FOLDER OUTPUT_FOLDER   JSON conversion of every message, for tests
  generate.py --list SCHEMA_FOLDER                 the paths that the first form writes
  generate.py --list-json SCHEMA_FOLDER            and the second

Files that would not change are left alone, so that what includes them is not compiled again.
"""

import sys
from pathlib import Path

import json_code
import message_code
import table_code
from schema import SchemaError, parse_folder


def outputs(files):
    made = {}
    for file in files:
        made[f"{file.path}.hpp"] = message_code.header(file)
        made[f"{file.path}.cpp"] = message_code.source(file)
    made["api_table.hpp"] = table_code.api_table(files)
    made["all_messages.hpp"] = table_code.all_messages(files)
    return made


def write(folder, made):
    for name, text in made.items():
        path = folder / name
        if path.exists() and path.read_text() == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def main(arguments):
    mode = arguments.pop(0) if arguments and arguments[0].startswith("--") else ""
    modes = {"": outputs, "--list": outputs,
             "--json": json_code.outputs, "--list-json": json_code.outputs}
    listing = mode.startswith("--list")
    if mode not in modes or len(arguments) != (1 if listing else 2):
        sys.exit(__doc__)
    try:
        files = parse_folder(Path(arguments[0]))
        table_code.check(files)
    except SchemaError as error:
        sys.exit(f"{error}")
    made = modes[mode](files)
    if listing:
        print("\n".join(made))
    else:
        write(Path(arguments[1]), made)


if __name__ == "__main__":
    main(sys.argv[1:])
