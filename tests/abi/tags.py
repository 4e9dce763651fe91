#!/usr/bin/env python3
"""Every function of the plugin ABI says who calls it, whether it blocks, who owns what and how it fails.

Usage: tags.py INCLUDE_DIRECTORY | tags.py --self-test

Looks at each function pointer and each function declaration of the C headers: the comment right before it has
the tags @thread, @blocks, @owns and @errors (tidemill/abi.h, rule 10). Every table and view starts with
`uint32_t struct_size`, unless it is one of the frozen values.
"""
import pathlib
import re
import sys

THREADS = {"control", "shard", "any"}
BLOCKS = {"no", "may"}
FROZEN = {"tidemill_bytes", "tidemill_buffer", "tidemill_uuid", "tidemill_config_value", "tidemill_kind"}
# In an array whose stride is told beside it; starts with its name instead.
STRIDED = {"tidemill_config_key"}
# The entry starts with the magic number, which a reader needs before it can trust the size.
ENTRY = {"tidemill_plugin"}

COMMENT_OR_CODE = re.compile(r"/\*(?P<comment>.*?)\*/|(?P<code>[^/]+|/)", re.DOTALL)
POINTER = re.compile(r"\(\s*\*\s*(\w+)\s*\)\s*\(")
DECLARED = re.compile(r"^\s*(?!typedef|return|else|#)[\w\s*]+?[\s*](\w+)\s*\([^;{}]*\)\s*;", re.MULTILINE)
STRUCT = re.compile(r"struct\s+(\w+)\s*\{(.*?)\n\}", re.DOTALL)


def check_tags(comment, where, errors):
    tags = dict(re.findall(r"@(\w+)\s+([^@]*)", comment))
    for tag in ("thread", "blocks", "owns", "errors"):
        if not tags.get(tag, "").strip(" *\n"):
            errors.append(f"{where}: no @{tag}")
    for tag, allowed in (("thread", THREADS), ("blocks", BLOCKS)):
        value = tags.get(tag, "").strip(" *\n")
        if value and value not in allowed:
            errors.append(f"{where}: @{tag} {value!r} is none of {sorted(allowed)}")


def check(name, text):
    """Errors in one header, and how many functions it has."""
    errors, functions, last_comment = [], 0, ""
    text = re.sub(r"\\\n", " ", text)
    text = re.sub(r"^\s*#.*$|^TIDEMILL_(STATIC_ASSERT|CONSTANT).*$", "", text, flags=re.MULTILINE)
    for piece in COMMENT_OR_CODE.finditer(text):
        if piece["comment"] is not None:
            last_comment = piece["comment"]
            continue
        statements = piece["code"].split(";")
        for statement in statements:
            found = POINTER.findall(statement) or DECLARED.findall(statement + ";")
            for function in found:
                functions += 1
                check_tags(last_comment, f"{name}: {function}", errors)
            if statement.strip() and statement is not statements[-1]:
                last_comment = ""
    plain = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    for struct, body in STRUCT.findall(plain):
        first = " ".join(body.split(";")[0].split())
        if struct in FROZEN | STRIDED:
            continue
        wanted = "uint32_t magic" if struct in ENTRY else "uint32_t struct_size"
        if first != wanted:
            errors.append(f"{name}: {struct} starts with '{first}', not '{wanted}'")
    return errors, functions


def self_test():
    good = """/* Does.\n * @thread any\n * @blocks no\n * @owns nothing\n * @errors none */\nvoid (*f)(void);"""
    cases = [
        (good, 0),
        (good.replace("@thread any\n", "\n"), 1),
        (good.replace("any", "somewhere"), 1),
        (good.replace("@errors none", ""), 1),
        (good + "\nvoid (*g)(void);", 4),
        (good.replace("void (*f)(void);", "void f(void);").replace("@blocks no", ""), 1),
        ("typedef struct t {\n  int32_t x;\n} t;", 1),
    ]
    for text, expected in cases:
        found, _ = check("case", text)
        assert len(found) == expected, (text, found)
    print(f"{len(cases)} cases")


def main(directory):
    errors, functions = [], 0
    headers = sorted(pathlib.Path(directory).rglob("*.h"))
    for header in headers:
        found, count = check(header.name, header.read_text(encoding="utf-8"))
        errors += found
        functions += count
    print("\n".join(errors) or f"{functions} functions in {len(headers)} headers are tagged")
    return 1 if errors or functions == 0 else 0


if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
    print(__doc__)
    sys.exit(len(sys.argv) < 2)
if sys.argv[1] == "--self-test":
    self_test()
else:
    sys.exit(main(sys.argv[1]))
