"""The C++ types, defaults and statements for the fields of one struct."""

import itertools

from schema import INTEGERS, SCALARS

CPP_INTEGERS = {name: f"std::{name}_t" for name in INTEGERS}


class Code:
    """Lines with indentation."""

    def __init__(self):
        self.lines = []
        self.depth = 0

    def add(self, text=""):
        self.lines.append("  " * self.depth + text if text else "")

    def open(self, text):
        self.add(text + " {")
        self.depth += 1

    def close(self, text="}"):
        self.depth -= 1
        self.add(text)

    def text(self):
        return "\n".join(self.lines) + "\n"


def range_condition(wanted, around):
    """A C++ condition for `version` in `wanted`, given that it is in `around`; '' is always."""
    parts = []
    if wanted.first > around.first:
        parts.append(f"version >= {wanted.first}")
    if wanted.last < around.last:
        parts.append(f"version <= {wanted.last}")
    if len(parts) == 2 and wanted.first == wanted.last:
        return f"version == {wanted.first}"
    return " && ".join(parts)


def lacking_condition(wanted, around):
    """The opposite of range_condition; '' is never."""
    parts = []
    if wanted.first > around.first:
        parts.append(f"version < {wanted.first}")
    if wanted.last < around.last:
        parts.append(f"version > {wanted.last}")
    return f"({' || '.join(parts)})" if len(parts) == 2 else "".join(parts)


def in_parentheses(condition):
    return f"({condition})" if "||" in condition else condition


def struct_type(message, name):
    return f"{message.name}_{name}"


def scalar_type(one):
    if one.strong == "wire_error":
        return "wire_error"
    if one.strong:
        return f"tidemill::{one.strong}"
    return {"bool": "bool", "float64": "double", "uuid": "tidemill::uuid"}.get(
        one.base) or CPP_INTEGERS[one.base]


def element_type(message, one):
    if one.base in SCALARS:
        return scalar_type(one)
    simple = {"string": "std::string_view", "bytes": "tidemill::bytes_view",
              "records": "tidemill::protocol::records"}
    return simple.get(one.base) or struct_type(message, one.base)


def value_type(message, one):
    element = element_type(message, one)
    return f"std::vector<{element}>" if one.is_array else element


def field_type(message, one):
    plain = value_type(message, one)
    return f"std::optional<{plain}>" if one.nullable else plain


def default_literal(one):
    """The default of a scalar, without the type around it."""
    text = one.default or ("false" if one.base == "bool" else "0")
    if one.base == "int64" and int(text) == -2**63:
        return "std::numeric_limits<std::int64_t>::min()"
    if one.base == "int32" and int(text) == -2**31:
        return "std::numeric_limits<std::int32_t>::min()"
    return text


def initializer(one):
    if one.nullable:
        if one.default == "null" or (one.base == "records" and not one.is_array):
            return "{}"
        return "{std::in_place}"
    if one.is_array or one.base not in SCALARS or one.base == "uuid":
        return "{}"
    if one.default is None and one.base != "bool":
        return "{}"
    literal = default_literal(one)
    return f" = {scalar_type(one)}{{{literal}}}" if one.strong else f" = {literal}"


class FieldCode:
    """The statements for the fields of one struct."""

    def __init__(self, message, versions):
        self.message = message
        self.versions = versions

    def flexible(self, one=None):
        since = self.message.flexible_since
        if since is None or since > self.versions.last or (one and not one.flexible):
            return "false"
        return "true" if since <= self.versions.first else "flexible"

    def declare_flexible(self, code):
        """Used at least where the struct ends with its tags."""
        if self.flexible() == "flexible":
            code.add(f"const bool flexible = version >= {self.message.flexible_since};")

    @staticmethod
    def null_allowed(one):
        return range_condition(one.nullable, one.versions) or "true"

    # Reading.

    def read_body(self, code, fields):
        self.declare_flexible(code)
        self.in_versions(code, [one for one in fields if one.tag is None], self.read_field)
        if self.flexible() == "false":
            return
        guarded = self.flexible() == "flexible"
        if guarded:
            code.open("if (flexible)")
        tagged = sorted((one for one in fields if one.tag is not None), key=lambda one: one.tag)
        if tagged:
            self.read_tags(code, tagged)
        else:
            code.add("from.skip_tags();")
        if guarded:
            code.close()

    def in_versions(self, code, fields, emit):
        """Emits the fields, neighbours of the same versions under one condition."""
        for condition, group in itertools.groupby(
                fields, lambda one: range_condition(one.versions, self.versions)):
            if condition:
                code.open(f"if ({condition})")
            for one in group:
                emit(code, one)
            if condition:
                code.close()

    def read_tags(self, code, tagged):
        code.open("for (tag_cursor tags(from); tags.next();)")
        code.open("switch (tags.tag())")
        for one in tagged:
            code.open(f"case {one.tag}:")
            condition = lacking_condition(one.versions, self.versions)
            if condition:
                code.open(f"if ({condition})")
                code.add("tags.skip();")
                code.add("break;")
                code.close()
            self.read_field(code, one)
            code.add("break;")
            code.close()
        code.open("default:")
        code.add("tags.skip();")
        code.close()
        code.close()
        code.close()

    def read_scalar(self, one):
        if one.base == "bool":
            return "from.boolean()"
        if one.base == "float64":
            return "from.float64()"
        if one.base == "uuid":
            return "from.uuid_value()"
        plain = f"from.integer<{CPP_INTEGERS[one.base]}>()"
        if one.strong == "wire_error":
            return f"static_cast<wire_error>({plain})"
        return f"tidemill::{one.strong}{{{plain}}}" if one.strong else plain

    def read_field(self, code, one):
        target = f"to.{one.name}"
        flexible = self.flexible(one)
        if one.is_array:
            self.read_array(code, one, target, flexible)
        elif one.base in SCALARS:
            code.add(f"{target} = {self.read_scalar(one)};")
        elif one.is_struct:
            self.read_struct(code, one, target)
        else:
            name = {"string": "string", "bytes": "bytes", "records": "record_batches"}[one.base]
            if one.nullable:
                code.add(f"{target} = from.nullable_{name}({flexible}, {self.null_allowed(one)});")
            else:
                code.add(f"{target} = from.{name}({flexible});")

    def read_struct(self, code, one, target):
        if not one.nullable:
            code.add(f"read_struct(from, {target}, version);")
            return
        name = "tagged_struct_present" if one.tag is not None else "struct_present"
        code.open(f"if (from.{name}({self.null_allowed(one)}))")
        code.add(f"read_struct(from, {target}.emplace(), version);")
        code.depth -= 1
        code.open("} else")
        code.add(f"{target}.reset();")
        code.close()

    def read_array(self, code, one, target, flexible):
        size_min = self.element_size_min(one)
        if one.base in SCALARS:
            element = f"element = {self.read_scalar(one)};"
        elif one.is_struct:
            element = "read_struct(from, element, version);"
        else:
            element = f"element = from.{one.base}({flexible});"
        null_allowed = f"{self.null_allowed(one)}, " if one.nullable else ""
        name = "nullable_array" if one.nullable else "array"
        code.add(f"from.{name}({target}, {flexible}, {null_allowed}{size_min}, "
                 f"[&](auto& element) {{ {element} }});")

    def element_size_min(self, one):
        if one.base in SCALARS:
            return SCALARS[one.base]
        if one.is_struct:
            return self.message.size_min(self.message.structs[one.base].fields, one.versions)
        return 1 if self.flexible(one) != "false" else 2

    # Writing.

    def differs(self, one):
        """A C++ condition: the field is not at its default."""
        value = f"from.{one.name}"
        if one.nullable:
            if initializer(one) == "{}":
                return f"{value}.has_value()"
            if one.is_struct and not one.is_array:
                return f"!{value} || !is_default(*{value})"
            return f"!{value} || !{value}->empty()"
        if one.is_array or one.base in ("string", "bytes"):
            return f"!{value}.empty()"
        if one.base == "records":
            return f"{value}.size_bytes() != 0"
        if one.is_struct:
            return f"!is_default({value})"
        if one.base == "uuid":
            return f"!{value}.is_zero()"
        if one.base == "bool":
            return value if default_literal(one) == "false" else f"!{value}"
        if one.strong == "wire_error":
            return f"{value} != wire_error{{{default_literal(one)}}}"
        raw = f"{value}.value()" if one.strong else value
        return f"{raw} != {default_literal(one)}"

    def write_body(self, code, fields):
        self.declare_flexible(code)
        for one in fields:
            self.refuse_lacking(code, one)
        self.in_versions(code, [one for one in fields if one.tag is None], self.write_field)
        if self.flexible() == "false":
            return
        guarded = self.flexible() == "flexible"
        if guarded:
            code.open("if (flexible)")
        self.write_tags(code, sorted((one for one in fields if one.tag is not None),
                                     key=lambda one: one.tag))
        if guarded:
            code.close()

    def refuse_lacking(self, code, one):
        condition = lacking_condition(one.versions, self.versions)
        if not condition or one.ignorable:
            return
        code.open(f"if ({condition} && {in_parentheses(self.differs(one))})")
        code.add("to.fail(errc::field_not_in_version);")
        code.close()

    def write_tags(self, code, tagged):
        if not tagged:
            code.add("to.unsigned_varint(0);")
            return
        for one in tagged:
            condition = range_condition(one.versions, self.versions)
            condition = f"{condition} && " if condition else ""
            differs = in_parentheses(self.differs(one)) if condition else self.differs(one)
            code.add(f"const bool has_{one.name} = {condition}{differs};")
        total = " + ".join(f"has_{one.name}" for one in tagged)
        code.add(f"to.unsigned_varint(static_cast<std::uint32_t>({total}));")
        for one in tagged:
            code.open(f"if (has_{one.name})")
            code.add(f"const auto payload = to.begin_tag({one.tag});")
            self.write_field(code, one)
            code.add("to.end_tag(payload);")
            code.close()

    def write_scalar(self, one, value):
        if one.base == "bool":
            return f"to.boolean({value});"
        if one.base == "float64":
            return f"to.float64({value});"
        if one.base == "uuid":
            return f"to.uuid_value({value});"
        if one.strong == "wire_error":
            return f"to.integer(static_cast<std::int16_t>({value}));"
        return f"to.integer({value}.value());" if one.strong else f"to.integer({value});"

    def write_field(self, code, one):
        value = f"from.{one.name}"
        flexible = self.flexible(one)
        if one.is_array:
            self.write_array(code, one, value, flexible)
        elif one.base in SCALARS:
            code.add(self.write_scalar(one, value))
        elif one.is_struct:
            self.write_struct(code, one, value)
        else:
            name = {"string": "string", "bytes": "bytes", "records": "record_batches"}[one.base]
            if one.nullable:
                code.add(f"to.nullable_{name}({value}, {flexible}, {self.null_allowed(one)});")
            else:
                code.add(f"to.{name}({value}, {flexible});")

    def write_struct(self, code, one, value):
        if not one.nullable:
            code.add(f"write_struct(to, {value}, version);")
            return
        name = "tagged_struct_present" if one.tag is not None else "struct_present"
        code.add(f"to.{name}({value}.has_value(), {self.null_allowed(one)});")
        code.open(f"if ({value})")
        code.add(f"write_struct(to, *{value}, version);")
        code.close()

    def write_array(self, code, one, value, flexible):
        if one.base in SCALARS:
            element = self.write_scalar(one, "element")
        elif one.is_struct:
            element = "write_struct(to, element, version);"
        else:
            element = f"to.{one.base}(element, {flexible});"
        null_allowed = f", {self.null_allowed(one)}" if one.nullable else ""
        name = "nullable_array" if one.nullable else "array"
        code.add(f"to.{name}({value}, {flexible}{null_allowed}, "
                 f"[&](const auto& element) {{ {element} }});")
