#!/usr/bin/env python3
"""Makes the reference of the plugin ABI from the comments of its headers.

Usage: sdk/reference.py           writes sdk/REFERENCE.md
       sdk/reference.py --check   is it what the headers say now?
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
HEADERS = ("abi.h", "plugin.h", "host.h", "batch.h", "partitioner.h", "transform.h", "retention.h", "codec.h",
           "authenticator.h", "authorizer.h", "draft/relay.h")
PIECE = re.compile(r"/\*(?P<comment>.*?)\*/|(?P<define>^#define(?:[^\n]*\\\n)*[^\n]*$)|(?P<other>^#[^\n]*$)|"
                   r"(?P<open>(?:typedef\s+)?struct\s+\w+\s*\{)|(?P<close>\}[^;{]*;)|(?P<statement>[^;{}#/]+;)",
                   re.DOTALL | re.MULTILINE)
FUNCTION = re.compile(r"\(\s*\*\s*(\w+)\s*\)\s*\(")
CONSTANT = re.compile(r"TIDEMILL_CONSTANT\(\s*\w+\s*,\s*(\w+)\s*,\s*(.*)\)\s*;", re.DOTALL)
TAGS = ("@thread", "@blocks", "@owns", "@errors")


def text_of(comment):
    lines = [re.sub(r"^\s*\*? ?", "", line).rstrip() for line in comment.strip().splitlines()]
    return "\n".join(lines).strip()


def split_tags(text):
    """The prose of a comment, and what each tag says."""
    parts = re.split(r"(@thread|@blocks|@owns|@errors)\b", text)
    tags = {parts[i]: " ".join(parts[i + 1].split()) for i in range(1, len(parts), 2)}
    return " ".join(parts[0].split()), tags


def squeezed(code):
    return re.sub(r"\s+", " ", code).strip()


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    for row in rows:
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
    return "\n".join(lines) + "\n"


class Header:
    """The declarations of one header, in their order, as Markdown."""

    def __init__(self, name, text):
        self.name, self.introduction, self.pending = name, None, ""
        self.constants, self.structs, self.current = [], [], None
        for piece in PIECE.finditer(text):
            self.take(piece)

    def take(self, piece):
        kind, said = piece.lastgroup, piece[0]
        if kind == "comment":
            if self.introduction is None:
                self.introduction = text_of(piece["comment"])
            elif not piece["comment"].startswith(" ----"):
                self.pending = text_of(piece["comment"])
            return
        comment, self.pending = self.pending, ""
        if kind == "define":
            self.define(squeezed(said.replace("\\\n", " ")), comment)
        elif kind == "open":
            self.current = (re.search(r"struct\s+(\w+)", said)[1], comment, [])
        elif kind == "close" and self.current:
            self.structs.append(self.current)
            self.current = None
        elif kind == "statement" and self.current:
            self.current[2].append((said.rstrip(";").strip(), comment))
        elif kind == "statement" and (constant := CONSTANT.search(said)):
            self.constants.append((f"`{constant[1]}`", f"`{squeezed(constant[2])}`", " ".join(comment.split())))

    def define(self, line, comment):
        found = re.fullmatch(r"#define (TIDEMILL_\w+) (\S.*)", line)
        # Constants of the ABI; not the macros that are about the language.
        if found and re.fullmatch(r'"[^"]*"|0x\w+|\d+u?|\w+_MIN|\w+_MAX', found[2]):
            self.constants.append((f"`{found[1]}`", f"`{found[2]}`", " ".join(comment.split())))

    def markdown(self):
        out = [f"## {self.name}\n", "```text\n" + self.introduction + "\n```\n"]
        if self.constants:
            out.append(table(("constant", "value", "meaning"), self.constants))
        for name, comment, members in self.structs:
            out.append(f"### `{name}`\n")
            if comment:
                out.append(" ".join(comment.split()) + "\n")
            fields = [(f"`{squeezed(code)}`", " ".join(said.split())) for code, said in members
                      if not FUNCTION.search(code)]
            if fields:
                out.append(table(("field", "meaning"), fields))
            out += [self.function(code, said) for code, said in members if FUNCTION.search(code)]
        return "\n".join(out)

    @staticmethod
    def function(code, comment):
        prose, tags = split_tags(comment)
        lines = [f"#### `{FUNCTION.search(code)[1]}`\n", f"```c\n{squeezed(code)};\n```\n", prose + "\n"]
        lines.append(table(("tag", ""), [(tag[1:], tags[tag]) for tag in TAGS if tag in tags]))
        return "\n".join(lines)


def main(arguments):
    made = ["# Reference of the plugin ABI\n",
            "Made by `sdk/reference.py` from the comments of the headers, which are what holds. "
            "Start with `sdk/README.md`.\n"]
    functions = 0
    for name in HEADERS:
        header = Header(name, (HERE / "include/tidemill" / name).read_text(encoding="utf-8"))
        functions += sum(1 for one in header.structs for code, _ in one[2] if FUNCTION.search(code))
        made.append(header.markdown())
    text = "\n".join(made).rstrip() + "\n"
    target = HERE / "REFERENCE.md"
    if functions < 40:
        sys.exit(f"only {functions} functions found: are the headers written otherwise now?")
    if arguments == ["--check"]:
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            sys.exit("sdk/REFERENCE.md is not what the headers say; run sdk/reference.py")
        print(f"{functions} functions, as the headers say")
    else:
        target.write_text(text, encoding="utf-8")


main(sys.argv[1:])
